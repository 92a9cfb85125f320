import { beforeAll, describe, expect, it } from 'vitest';
import { Member, until } from '../support/member.ts';
import { byPartition, countedRecords, linesOf } from '../support/records.ts';
import { mustRun } from '../support/run.ts';
import type { CompatSuite } from '../support/suite.ts';
import { named, slugOf } from '../support/suite.ts';

const TOPIC = 'by-time';
const PARTITIONS = 3;

export const seekSuite = (suite: CompatSuite): void => {
  describe('a position by time', () => {
    const sent = countedRecords(300, PARTITIONS);
    const producer = suite.producers().find(({ isWithoutTimestamps }) => !isWithoutTimestamps);

    beforeAll(async () => {
      if (producer === undefined) throw new Error('there is no producer to write with');
      await suite.cluster.createTopic(TOPIC, PARTITIONS);
      await mustRun(suite.produceCommand(producer, TOPIC, 'none'), linesOf(sent));
    });

    it.each(
      suite
        .consumers()
        .filter(({ seeksByTime }) => seeksByTime)
        .map((client) => ({ name: client.name, client })),
    )('begins what $name reads at the first record that is not older', async ({ client }) => {
      // Between two records of partition 0, and after the last of the others.
      const fromMs = sent[151]?.timestamp ?? 0;

      const received = await suite.consume(client, TOPIC, fromMs);

      const expected = sent.filter(({ timestamp }) => timestamp >= fromMs);
      expect(byPartition(received)).toEqual(byPartition(expected));
    });

    it.each(
      suite
        .consumers()
        .filter(({ seeksByTime }) => seeksByTime)
        .map((client) => ({ name: client.name, client })),
    )('is the end for $name where all records are older', async ({ client }) => {
      const received = await suite.consume(client, TOPIC, (sent.at(-1)?.timestamp ?? 0) + 1);

      expect(received).toEqual([]);
    });

    it.skip.each(named(suite.clients.filter(({ seeksByTime }) => !seeksByTime)))(
      'is nothing that $name can ask for, and it shows no timestamp',
      () => {},
    );
  });

  offsetSuite(suite);
};

/** For who has no other way to choose. */
const offsetSuite = (suite: CompatSuite): void => {
  describe('a position by partition and offset', () => {
    it.each(named(suite.clients.filter(({ followsFromOffset }) => followsFromOffset)))(
      'begins what $name reads there, and nothing else is read',
      async ({ client }) => {
        const topic = `by-offset-${slugOf(client)}`;
        const { cluster } = suite;
        const append = (from: number): Promise<void> =>
          cluster.append(topic, { from, count: 150, partitions: PARTITIONS });
        await cluster.createTopic(topic, PARTITIONS);
        await append(0);
        const words = [cluster.kafkaBootstrap, topic, String(PARTITIONS), '1', '40'];
        const reader = new Member([...(client.follower ?? []), ...words]);
        try {
          await untilRead(reader, 10);
          await append(150);
          await untilRead(reader, 60);
          await reader.leave();
        } finally {
          await reader.kill();
        }

        const numbers = Array.from({ length: 60 }, (_, at) => 40 + at);
        const expected = numbers.map((offset) => [1, offset, String(offset * PARTITIONS + 1)]);
        expect(reader.read).toEqual(expected);
      },
    );
  });
};

const untilRead = (reader: Member, count: number): Promise<void> =>
  until(
    () => reader.read.length >= count,
    () => JSON.stringify({ read: reader.read, errors: reader.errors }),
  );
