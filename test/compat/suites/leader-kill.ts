import { describe, expect, it } from 'vitest';
import type { CompatClient } from '../support/clients.ts';
import type { WireRecord } from '../support/records.ts';
import { countedRecords, linesOf } from '../support/records.ts';
import type { Ran } from '../support/run.ts';
import { start } from '../support/run.ts';
import type { CompatSuite } from '../support/suite.ts';
import { slugOf } from '../support/suite.ts';

const PARTITIONS = 3;
const RECORDS = 1500;
/** Any node would do. */
const VICTIM = 2;
const KILL_TIMEOUT_MS = 180_000;

interface Outcome extends Ran {
  readonly topic: string;
}

/**
 * One kill for all producers at once, each in the middle of its own topic: a topic's three partitions
 * have three leaders, so whichever node dies leads one of each.
 */
export const leaderKillSuite = (suite: CompatSuite): void => {
  const sent = countedRecords(RECORDS, PARTITIONS);
  let outcomes: Promise<ReadonlyMap<string, Outcome>> | undefined;
  const killed = () => {
    outcomes ??= produceThroughKill(suite, sent);
    return outcomes;
  };
  const read = async (topic: string): Promise<WireRecord[]> => {
    const consumer = suite.consumers().at(0);
    if (consumer === undefined) throw new Error('there is no consumer to read with');
    return await suite.consume(consumer, topic);
  };

  describe('a leader killed on the way', () => {
    const producers = suite.producers();

    it.each(producers.map((client) => ({ name: client.name, client })))(
      'loses no record of $name, and adds none where it is idempotent',
      async ({ client }) => {
        const outcome = (await killed()).get(client.name);

        expect(outcome?.status, outcome?.stderr).toBe(0);
        const received = valuesByPartition(await read(outcome?.topic ?? ''));
        const expected = valuesByPartition(sent);
        // Who does not number its batches may leave copies, each a whole batch again.
        const once = client.isIdempotent ? received : received.map(withoutCopies);
        expect(once).toEqual(expected);
      },
      KILL_TIMEOUT_MS,
    );
  });
};

const produceThroughKill = async (
  suite: CompatSuite,
  sent: readonly WireRecord[],
): Promise<ReadonlyMap<string, Outcome>> => {
  const { cluster } = suite;
  const topicOf = (client: CompatClient) => `kill-${slugOf(client)}`;
  const producers = suite.producers();
  for (const client of producers) await cluster.createTopic(topicOf(client), PARTITIONS);
  const running = producers.map((client) => {
    const program = start(suite.streamCommand(client, topicOf(client)));
    program.write(linesOf(sent.slice(0, sent.length / 2)));
    return { client, program };
  });
  await Promise.all(producers.map((client) => cluster.firstRecord(topicOf(client))));
  for (const client of producers) {
    const leaders = await Promise.all([0, 1, 2].map((it) => cluster.leaderOf(topicOf(client), it)));
    expect(leaders).toContain(VICTIM);
  }

  await cluster.kill(VICTIM);
  try {
    for (const { program } of running) program.end(linesOf(sent.slice(sent.length / 2)));
    const ended = await Promise.all(
      running.map(async ({ client, program }): Promise<[string, Outcome]> => {
        return [client.name, { ...(await program.ended), topic: topicOf(client) }];
      }),
    );
    return new Map(ended);
  } finally {
    // Whoever comes next wants three nodes, and some never look again for a leader that moves back.
    await cluster.start(VICTIM);
    await cluster.untilWhole(producers.map(topicOf));
  }
};

const valuesByPartition = (records: readonly WireRecord[]): (string | null)[][] =>
  Array.from({ length: PARTITIONS }, (_, partition) =>
    records.filter((record) => record.partition === partition).map(({ value }) => value),
  );

const withoutCopies = (values: readonly (string | null)[]): (string | null)[] => [
  ...new Set(values),
];
