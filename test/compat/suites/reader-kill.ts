import { afterAll, describe, expect, it } from 'vitest';
import type { CompatClient } from '../support/clients.ts';
import { Member, until } from '../support/member.ts';
import type { CompatSuite } from '../support/suite.ts';
import { named } from '../support/suite.ts';

const TOPIC = 'read-through-kill';
const PARTITIONS = 3;
/** Records of each step. */
const STEP = 300;
/** Before the kill, around it, while the node is away, and when it is back. */
const STEPS = 4;
/** Any node would do: a topic's three partitions have three leaders. */
const VICTIM = 2;
const TIMEOUT_MS = 240_000;
/** A reader asks the node that is gone until its own patience ends. */
const PATIENCE_MS = 90_000;

/** One kill for all readers at once, which read the same topic by assignment, in no group. */
export const readerKillSuite = (suite: CompatSuite): void => {
  const readers = suite.clients.filter(({ follower }) => follower !== undefined);
  const running = new Map<string, Member>();
  let killed: Promise<void> | undefined;
  const readThroughKill = () => {
    killed ??= killWhileRead(suite, readers, running);
    return killed;
  };

  describe('a reader by assignment whose leader is killed', () => {
    // Not by a kill, which would leave kcat behind its wrapper.
    afterAll(() => Promise.all([...running.values()].map((reader) => reader.leave())));

    it.each(named(readers))(
      'reads each record once and in order with $name',
      async ({ client }) => {
        await readThroughKill();
        const reader = running.get(client.name);
        if (reader === undefined) throw new Error(`${client.name} was not started`);

        await untilRead(reader, STEPS * STEP, PATIENCE_MS);

        expect(readOf(reader)).toEqual(written(STEPS * STEP));
      },
      TIMEOUT_MS,
    );

    it.skip.each(named(suite.clients.filter(({ readsInGroupsOnly }) => readsInGroupsOnly)))(
      'is nothing that $name has: it reads in groups, or fetches from a node that it is told',
      () => {},
    );
  });
};

const killWhileRead = async (
  { cluster }: CompatSuite,
  readers: readonly CompatClient[],
  running: Map<string, Member>,
): Promise<void> => {
  const append = (step: number): Promise<void> =>
    cluster.append(TOPIC, { from: step * STEP, count: STEP, partitions: PARTITIONS });
  await cluster.createTopic(TOPIC, PARTITIONS);
  await append(0);
  for (const { name, follower } of readers) {
    const words = [cluster.kafkaBootstrap, TOPIC, String(PARTITIONS)];
    running.set(name, new Member([...(follower ?? []), ...words]));
  }
  for (const reader of running.values()) await untilRead(reader, STEP, PATIENCE_MS);
  const leaders = await Promise.all([0, 1, 2].map((it) => cluster.leaderOf(TOPIC, it)));
  expect(leaders).toContain(VICTIM);

  const around = append(1);
  await cluster.kill(VICTIM);
  try {
    await around;
    await append(2);
  } finally {
    // Whoever comes next wants three nodes, and some never look again for a leader that moves back.
    await cluster.start(VICTIM);
    await cluster.untilWhole([TOPIC]);
  }
  await append(3);
};

const untilRead = (reader: Member, count: number, withinMs: number): Promise<void> =>
  until(
    () => reader.read.length >= count,
    () => JSON.stringify({ readCount: reader.read.length, errors: reader.errors }),
    withinMs,
  );

type Numbered = readonly [offset: number, value: number];

const readOf = ({ read }: Member): Numbered[][] =>
  Array.from({ length: PARTITIONS }, (_, partition) =>
    read
      .filter(([at]) => at === partition)
      .map(([, offset, value]): Numbered => [offset, Number(value)]),
  );

/** What `append` makes of the numbers from 0 on. */
const written = (count: number): Numbered[][] =>
  Array.from({ length: PARTITIONS }, (_, partition) =>
    Array.from({ length: count / PARTITIONS }, (_, at): Numbered => {
      return [at, at * PARTITIONS + partition];
    }),
  );
