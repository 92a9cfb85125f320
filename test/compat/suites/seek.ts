import { beforeAll, describe, expect, it } from 'vitest';
import { byPartition, countedRecords, linesOf } from '../support/records.ts';
import { mustRun } from '../support/run.ts';
import type { CompatSuite } from '../support/suite.ts';

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
  });
};
