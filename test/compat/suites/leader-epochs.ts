import { describe, expect, it } from 'vitest';
import type { CompatClient } from '../support/clients.ts';
import { Member, until } from '../support/member.ts';
import type { CompatSuite } from '../support/suite.ts';
import { named, slugOf } from '../support/suite.ts';

const PARTITIONS = 3;
const RECORDS = 30;
/** Leads a partition of every topic. */
const VICTIM = 2;
const TIMEOUT_MS = 120_000;

/**
 * A commit tells in which leader epoch its record was read. Who goes on from it under a later leader
 * asks first where that epoch ended (KIP-320): it would meet a log that was cut.
 */
export const leaderEpochsSuite = (suite: CompatSuite): void => {
  const clients = suite.clients.filter(({ asksForEpochs }) => asksForEpochs);
  let changed: Promise<void> | undefined;
  const leadersChanged = () => {
    changed ??= commitAndChangeLeaders(suite, clients);
    return changed;
  };

  describe('a commit of an earlier leader epoch', () => {
    it.each(named(clients))(
      'is verified by $name, which goes on where it was',
      async ({ client }) => {
        await leadersChanged();
        const { cluster } = suite;
        const topic = topicOf(client);
        const at = { from: RECORDS, count: RECORDS, partitions: PARTITIONS };
        await cluster.append(topic, at);
        const before = await cluster.answeredRequests('OffsetForLeaderEpoch');

        const read = await readInGroup(suite, client);

        expect(read).toEqual(numbers(RECORDS, 2 * RECORDS));
        expect(await cluster.answeredRequests('OffsetForLeaderEpoch')).toBeGreaterThan(before);
      },
      TIMEOUT_MS,
    );
  });
};

const topicOf = (client: CompatClient): string => `epochs-${slugOf(client)}`;

const numbers = (start: number, end: number): number[] =>
  Array.from({ length: end - start }, (_, at) => start + at);

/** Each reads and commits in epochs that are over when this resolves. */
const commitAndChangeLeaders = async (
  suite: CompatSuite,
  clients: readonly CompatClient[],
): Promise<void> => {
  const { cluster } = suite;
  await Promise.all(
    clients.map(async (client) => {
      await cluster.createTopic(topicOf(client), PARTITIONS);
      const at = { from: 0, count: RECORDS, partitions: PARTITIONS };
      await cluster.append(topicOf(client), at);
      expect(await readInGroup(suite, client)).toEqual(numbers(0, RECORDS));
    }),
  );
  await cluster.kill(VICTIM);
  await cluster.start(VICTIM);
  await cluster.untilWhole(clients.map(topicOf));
};

/** What a member reads that leaves when it has as many records as are appended in one go. */
const readInGroup = async (suite: CompatSuite, client: CompatClient): Promise<number[]> => {
  const topic = topicOf(client);
  const words = [suite.cluster.kafkaBootstrap, topic, topic];
  const member = new Member([...(client.member ?? []), ...words]);
  try {
    await until(
      () => member.read.length >= RECORDS,
      () => JSON.stringify({ read: member.read, errors: member.errors }),
    );
    await member.leave();
  } finally {
    await member.kill();
  }
  return member.read.map(([, , value]) => Number(value)).sort((a, b) => a - b);
};
