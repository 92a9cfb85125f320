import { afterEach, describe, expect, it } from 'vitest';
import { groupPartition } from '../../../src/broker/groups/offsets-topic.ts';
import { OFFSETS_TOPIC } from '../../../src/metadata/internal-topics.ts';
import type { CompatClient } from '../support/clients.ts';
import type { CompatCluster } from '../support/cluster.ts';
import { Member, until } from '../support/member.ts';
import type { CompatSuite } from '../support/suite.ts';
import { named, slugOf } from '../support/suite.ts';

const PARTITIONS = 6;
const ALL = [0, 1, 2, 3, 4, 5];
const OFFSETS_PARTITIONS = 50;
/** Records of each step. */
const STEP = 60;
const GROUP_TIMEOUT_MS = 180_000;

/** Whose coordinator is killed. */
const MEMBERS = [
  // At a connection that breaks it begins anew, whatever the coordinator knows: it asks the broker
  // that is gone until its retries are used up (4 s), restarts as a new member, and the old one,
  // which could not leave, is waited for until its session of 10 s ends. The coordinator itself is
  // back within a second.
  { client: 'kafkajs', words: [], keepsGeneration: false },
  { client: 'confluent-kafka', words: [], keepsGeneration: true },
  { client: 'confluent-kafka', words: ['cooperative-sticky'], keepsGeneration: true },
  { client: 'kafka-python', words: [], keepsGeneration: true },
].map((member) => ({ ...member, name: [member.client, ...member.words].join(', ') }));

/**
 * Two members share a topic, their coordinator is killed while they read, one leaves, the other
 * takes over, and one that comes later begins where both left off.
 */
export const groupsSuite = (suite: CompatSuite): void => {
  const running = new Set<Member>();
  afterEach(async () => {
    await Promise.all([...running].map((member) => member.kill()));
    running.clear();
  });

  describe.each(MEMBERS)('a group of $name', ({ name, client, words, keepsGeneration }) => {
    const program = suite.clients.find((found) => found.name.startsWith(client))?.member;
    const topic = `group-${name.replaceAll(/[^a-z]+/gi, '-')}`;
    const groupId = `of-${topic}`;

    const join = (): Member => {
      const at = [suite.cluster.kafkaBootstrap, topic, groupId];
      const member = new Member([...(program ?? []), ...at, ...words]);
      running.add(member);
      return member;
    };
    it.skipIf(program === undefined)(
      'shares partitions, outlives its coordinator, and goes on where it was',
      async () => {
        const story = { cluster: suite.cluster, topic, groupId, join };
        await liveThrough({ ...story, isCoordinatorKilled: true, keepsGeneration });
      },
      GROUP_TIMEOUT_MS,
    );
  });

  quietGroups(suite);
};

/** The same without a kill, so that all of them can go on at once. */
const quietGroups = (suite: CompatSuite): void => {
  const isQuiet = ({ name }: CompatClient): boolean =>
    !MEMBERS.some(({ client }) => name.startsWith(client));
  const members = suite.clients.filter((it) => it.member !== undefined && isQuiet(it));
  describe.concurrent('a group without a kill', () => {
    it.each(named(members))(
      'of $name shares partitions, and goes on where it was',
      async ({ client }) => {
        const topic = `quiet-group-${slugOf(client)}`;
        const groupId = `of-${topic}`;
        const running: Member[] = [];
        const join = (): Member => {
          const at = [suite.cluster.kafkaBootstrap, topic, groupId];
          const member = new Member([...(client.member ?? []), ...at]);
          running.push(member);
          return member;
        };
        const story = { cluster: suite.cluster, topic, groupId, join };
        try {
          await liveThrough({ ...story, isCoordinatorKilled: false, keepsGeneration: false });
        } finally {
          await Promise.all(running.map((member) => member.kill()));
        }
      },
      GROUP_TIMEOUT_MS,
    );
  });
};

interface Story {
  readonly cluster: CompatCluster;
  readonly topic: string;
  readonly groupId: string;
  readonly join: () => Member;
  readonly isCoordinatorKilled: boolean;
  /** Its members take a coordinator that is gone for no reason to gather anew. */
  readonly keepsGeneration: boolean;
}

const liveThrough = async (story: Story): Promise<void> => {
  const { cluster, topic, join } = story;
  const append = (from: number): Promise<void> =>
    cluster.append(topic, { from, count: STEP, partitions: PARTITIONS });
  await cluster.createTopic(topic, PARTITIONS);
  await append(0);

  const a = join();
  await untilRead(STEP, a);
  expect(a.assigned).toEqual(ALL);

  const b = join();
  const areHalves = (): boolean => a.assigned.length === 3 && b.assigned.length === 3;
  await until(areHalves, () => tell(a, b));
  expect([...a.assigned, ...b.assigned].sort()).toEqual(ALL);
  await append(STEP);
  await untilRead(2 * STEP, a, b);

  const append3rd = async (): Promise<void> => {
    await append(2 * STEP);
    await untilRead(3 * STEP, a, b);
  };
  if (story.isCoordinatorKilled) await whileItsCoordinatorIsGone(story, a, append3rd);
  else await append3rd();

  await b.leave();
  await until(
    () => a.assigned.length === PARTITIONS,
    () => tell(a, b),
  );
  await append(3 * STEP);
  await untilRead(4 * STEP, a, b);
  await a.leave();

  await append(4 * STEP);
  const c = join();
  await untilRead(STEP, c);
  await c.leave();
  expect(numbersOf(c)).toEqual(Array.from({ length: STEP }, (_, at) => 4 * STEP + at));
  expectOrder(a, b);
};

const whileItsCoordinatorIsGone = async (
  { cluster, groupId, keepsGeneration }: Story,
  member: Member,
  goOn: () => Promise<void>,
): Promise<void> => {
  // It leads partitions of the topic as well.
  const generations = member.assignments.length;
  const partition = groupPartition(groupId, OFFSETS_PARTITIONS);
  const victim = await cluster.leaderOf(OFFSETS_TOPIC, partition);
  await cluster.kill(victim);
  try {
    await goOn();
  } finally {
    await cluster.start(victim);
  }
  // What the coordinator knew is not lost with it: nobody has to gather anew.
  if (keepsGeneration) expect(member.assignments).toHaveLength(generations);
};

const untilRead = (count: number, ...members: Member[]): Promise<void> =>
  until(
    () => new Set(members.flatMap(numbersOf)).size >= count,
    () => tell(...members),
  );

const numbersOf = ({ read }: Member): number[] =>
  read.map(([, , value]) => Number(value)).sort((x, y) => x - y);

/** Within a partition; what was read again because its commit was lost on the way left out. */
const expectOrder = (...members: Member[]): void => {
  for (const { read } of members) {
    for (const partition of ALL) {
      const offsets = read.filter(([at]) => at === partition).map(([, offset]) => offset);
      const firsts = [...new Set(offsets)];
      expect(firsts, `partition ${partition}`).toEqual(firsts.toSorted((x, y) => x - y));
    }
  }
};

const tell = (...members: Member[]): string =>
  members
    .map(({ assignments, read, errors }) =>
      JSON.stringify({ assignments, readCount: read.length, errors }),
    )
    .join('\n');
