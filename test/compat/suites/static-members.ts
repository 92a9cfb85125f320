import { describe, expect, it } from 'vitest';
import type { CompatClient } from '../support/clients.ts';
import { Member, until } from '../support/member.ts';
import type { CompatSuite } from '../support/suite.ts';
import { named, slugOf } from '../support/suite.ts';

const PARTITIONS = 6;
/** Records of each step. */
const STEP = 60;
const PATIENCE_MS = 45_000;
const TIMEOUT_MS = 180_000;

/** Members with a `group.instance.id`: who comes back by it is who was gone, and there is but one. */
export const staticMembersSuite = (suite: CompatSuite): void => {
  describe('a static member', () => {
    const clients = suite.clients.filter(({ memberTakesInstance }) => memberTakesInstance);

    it.each(named(clients))(
      'of $name that restarts within its session keeps its partitions, and nobody gathers anew',
      ({ client }) => inGroup(suite, { client, what: 'static' }, restart),
      TIMEOUT_MS,
    );

    it.each(named(clients))(
      'of $name is fenced by a younger one with its id, which takes its partitions',
      ({ client }) => inGroup(suite, { client, what: 'fenced' }, fence),
      TIMEOUT_MS,
    );

    it.skip.each(named(suite.clients.filter(({ isWithoutInstances }) => isWithoutInstances)))(
      'is nothing that $name has: it knows no group.instance.id',
      () => {},
    );
  });
};

/** A topic and the group that reads it, both by one name. */
interface Group {
  readonly join: (instanceId: string) => Member;
  /** The records of a step. */
  readonly append: (step: number) => Promise<void>;
  readonly generation: () => Promise<number>;
}

const inGroup = async (
  { cluster }: CompatSuite,
  { client, what }: { readonly client: CompatClient; readonly what: string },
  act: (group: Group) => Promise<void>,
): Promise<void> => {
  const topic = `${what}-${slugOf(client)}`;
  await cluster.createTopic(topic, PARTITIONS);
  const running: Member[] = [];
  const join = (instanceId: string): Member => {
    const words = [cluster.kafkaBootstrap, topic, topic, 'range', instanceId];
    const member = new Member([...(client.member ?? []), ...words]);
    running.push(member);
    return member;
  };
  const append = (step: number): Promise<void> =>
    cluster.append(topic, { from: step * STEP, count: STEP, partitions: PARTITIONS });
  const generation = async (): Promise<number> =>
    (await cluster.client.admin().groups.describe(topic)).generation;
  try {
    await act({ join, append, generation });
  } finally {
    await Promise.all(running.map((member) => member.kill()));
  }
};

/** By `kill -9`, the leader of the group first, then the other. */
const restart = async ({ join, append, generation }: Group): Promise<void> => {
  await append(0);
  const leader = join('leader');
  await untilRead(STEP, leader);
  const other = join('other');
  await untilAssigned(3, leader, other);
  const before = await generation();
  const counts = [leader.assignments.length, other.assignments.length];

  await leader.kill();
  const leaderAgain = join('leader');
  await untilAssigned(3, leaderAgain);
  await append(1);
  await untilRead(2 * STEP, leader, leaderAgain, other);
  await other.kill();
  const otherAgain = join('other');
  await untilAssigned(3, otherAgain);
  await append(2);
  await untilRead(3 * STEP, leader, leaderAgain, other, otherAgain);

  expect(leaderAgain.assigned).toEqual(leader.assigned);
  expect(otherAgain.assigned).toEqual(other.assigned);
  expect([leader.assignments.length, other.assignments.length]).toEqual(counts);
  expect([leaderAgain.assignments.length, otherAgain.assignments.length]).toEqual([1, 1]);
  expect(await generation()).toBe(before);
};

const fence = async ({ join, append }: Group): Promise<void> => {
  await append(0);
  const older = join('the-one');
  await untilRead(STEP, older);

  const younger = join('the-one');
  await untilAssigned(PARTITIONS, younger);
  await until(
    () => older.isFenced,
    () => tell(older, younger),
    PATIENCE_MS,
  );
  await append(1);
  await untilRead(2 * STEP, older, younger);

  expect(older.read).toHaveLength(STEP);
  expect(younger.isFenced).toBe(false);
};

const untilAssigned = (count: number, ...members: Member[]): Promise<void> =>
  until(
    () => members.every(({ assigned }) => assigned.length === count),
    () => tell(...members),
    PATIENCE_MS,
  );

const untilRead = (count: number, ...members: Member[]): Promise<void> =>
  until(
    () => new Set(members.flatMap(({ read }) => read.map(([, , value]) => value))).size >= count,
    () => tell(...members),
    PATIENCE_MS,
  );

const tell = (...members: Member[]): string =>
  members
    .map(({ assignments, read, errors }) =>
      JSON.stringify({ assignments, readCount: read.length, errors }),
    )
    .join('\n');
