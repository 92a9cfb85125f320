import { describe, expect, it } from 'vitest';
import type { Assignor } from '../../../src/client/group/assignors/assignor.ts';
import { roundRobin } from '../../../src/client/group/assignors/round-robin.ts';
import type { GroupMember } from '../support/member.ts';
import { Member, until } from '../support/member.ts';
import { SdkMember } from '../support/sdk-member.ts';
import type { CompatSuite } from '../support/suite.ts';

const PARTITIONS = 6;
const ALL = [0, 1, 2, 3, 4, 5];
/** Records of each step. */
const STEP = 60;
const TIMEOUT_MS = 120_000;

/** Kafka's clients name the assignors alike; this one has a name of its own for round robin. */
const KAFKAJS_ROUND_ROBIN: Assignor = { ...roundRobin, name: 'RoundRobinAssigner' };

const OTHERS = [
  { client: 'kafkajs', words: [], assignor: KAFKAJS_ROUND_ROBIN },
  { client: 'confluent-kafka', words: [], assignor: 'range' },
  { client: 'confluent-kafka', words: ['cooperative-sticky'], assignor: 'cooperative-sticky' },
] as const;

/**
 * A member by the SDK, over gRPC, and one by a Kafka client in one group: whoever comes first leads
 * and assigns for both; each takes over where the other leaves.
 */
export const mixedGroupsSuite = (suite: CompatSuite): void => {
  describe.each(OTHERS)('a group of the SDK and $client $words', ({ client, ...other }) => {
    const program = suite.clients.find((found) => found.name.startsWith(client))?.member;

    it.skipIf(program === undefined).each(['the SDK', client])(
      'led by %s: shares partitions, and each takes over from the other',
      async (leader) => {
        const name = [client, ...other.words, leader].join('-').replaceAll(/[^a-z]+/gi, '-');
        const topic = `mixed-${name}`;
        const { cluster } = suite;
        await cluster.createTopic(topic, PARTITIONS);
        const children: Member[] = [];
        const theirs = (): GroupMember => {
          const words = [cluster.kafkaBootstrap, topic, topic, ...other.words];
          const member = new Member([...(program ?? []), ...words]);
          children.push(member);
          return member;
        };
        const ours = (): GroupMember =>
          new SdkMember(cluster.client, { topic, groupId: topic, assignor: other.assignor });
        const [first, second] = leader === 'the SDK' ? [ours, theirs] : [theirs, ours];
        const append = (from: number): Promise<void> =>
          cluster.append(topic, { from, count: STEP, partitions: PARTITIONS });

        try {
          await liveThrough({ first, second, append });
        } finally {
          await Promise.all(children.map((member) => member.kill()));
        }
      },
      TIMEOUT_MS,
    );
  });
};

interface Story {
  readonly first: () => GroupMember;
  readonly second: () => GroupMember;
  readonly append: (from: number) => Promise<void>;
}

const liveThrough = async ({ first, second, append }: Story): Promise<void> => {
  await append(0);
  const leader = first();
  await untilRead(STEP, leader);

  const other = second();
  const areHalves = (): boolean => leader.assigned.length === 3 && other.assigned.length === 3;
  await until(areHalves, () => tell(leader, other));
  expect([...leader.assigned, ...other.assigned].sort()).toEqual(ALL);
  await append(STEP);
  await untilRead(2 * STEP, leader, other);

  await leader.leave();
  await until(
    () => other.assigned.length === PARTITIONS,
    () => tell(leader, other),
  );
  await append(2 * STEP);
  await untilRead(3 * STEP, leader, other);

  const again = first();
  await until(
    () => again.assigned.length === 3 && other.assigned.length === 3,
    () => tell(again, other),
  );
  await other.leave();
  await until(
    () => again.assigned.length === PARTITIONS,
    () => tell(again, other),
  );
  await append(3 * STEP);
  await untilRead(4 * STEP, leader, other, again);
  await again.leave();
};

const untilRead = (count: number, ...members: GroupMember[]): Promise<void> =>
  until(
    () => new Set(members.flatMap(valuesOf)).size >= count,
    () => tell(...members),
  );

const valuesOf = ({ read }: GroupMember): string[] => read.map(([, , value]) => value);

const tell = (...members: GroupMember[]): string =>
  members
    .map(({ assigned, read, errors }) =>
      JSON.stringify({ assigned, readCount: read.length, errors }),
    )
    .join('\n');
