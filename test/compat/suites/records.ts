import { describe, expect, it } from 'vitest';
import type { CompatClient } from '../support/clients.ts';
import type { WireRecord } from '../support/records.ts';
import { linesOf, oddRecords } from '../support/records.ts';
import { mustRun } from '../support/run.ts';
import type { CompatSuite } from '../support/suite.ts';

const CODECS = ['none', 'gzip', 'snappy', 'lz4', 'zstd'];
const PARTITIONS_PER_CLIENT = 3;
/** Most of a short program's time is its start and its waiting. */
const WRITERS = 4;

/**
 * One topic a codec, in which each producer has partitions of its own: every consumer reads what
 * every producer sent in one go.
 */
export const recordsSuite = (suite: CompatSuite): void => {
  const written = new Map<string, Promise<Written>>();
  /** Whichever test comes first has it written. */
  const writtenIn = (codec: string): Promise<Written> => {
    const writing = written.get(codec) ?? write(suite, codec);
    written.set(codec, writing);
    return writing;
  };

  describe.each(CODECS)('records in %s', (codec) => {
    const producers = suite.producers(codec);
    const consumers = suite.consumers(codec);

    it.each(producers.map(({ name }) => name))('are taken from %s', async (name) => {
      const { failures } = await writtenIn(codec);

      expect(failures.get(name)).toBeUndefined();
    });

    it.each(consumers.map((client) => ({ name: client.name, client })))(
      'come back byte for byte to $name, whoever sent them',
      async ({ client }) => {
        const { topic, sent } = await writtenIn(codec);

        const received = await suite.consume(client, topic);

        for (const { producer, partition, records } of sent) {
          const of = received.filter((record) => record.partition === partition);
          const expected = records.map((record) => seenBy(client, record));
          expect(
            of.map((it) => comparable(it, producer)),
            `sent by ${producer.name}`,
          ).toEqual(expected.map((it) => comparable(it, producer)));
        }
      },
    );
  });
};

interface Sent {
  readonly producer: CompatClient;
  readonly partition: number;
  readonly records: readonly WireRecord[];
}

interface Written {
  readonly topic: string;
  /** What was sent without a failure. */
  readonly sent: readonly Sent[];
  readonly failures: ReadonlyMap<string, unknown>;
}

const write = async (suite: CompatSuite, codec: string): Promise<Written> => {
  const topic = `odd-${codec}`;
  const producers = suite.producers(codec);
  await suite.cluster.createTopic(topic, producers.length * PARTITIONS_PER_CLIENT);
  const sent: Sent[] = [];
  const failures = new Map<string, unknown>();
  const send = async (producer: CompatClient, at: number): Promise<void> => {
    const own = Array.from({ length: PARTITIONS_PER_CLIENT }, (_, it) => {
      const partition = at * PARTITIONS_PER_CLIENT + it;
      return { producer, partition, records: oddRecords(partition, it + 1) };
    });
    const lines = linesOf(own.flatMap(({ records }) => records));
    try {
      await mustRun(suite.produceCommand(producer, topic, codec), lines);
      sent.push(...own);
    } catch (error) {
      failures.set(producer.name, error);
    }
  };
  await inParallel(WRITERS, producers, send);
  return { topic, sent, failures };
};

/** As many at a time. */
export const inParallel = async <T>(
  limit: number,
  items: readonly T[],
  run: (item: T, at: number) => Promise<void>,
): Promise<void> => {
  const left = items.entries();
  const worker = async () => {
    for (const [at, item] of left) await run(item, at);
  };
  await Promise.all(Array.from({ length: limit }, worker));
};

/** Some clients cannot show what is there: nothing where null and empty differ. */
const seenBy = ({ showsEmptyAsNull }: CompatClient, record: WireRecord): WireRecord => {
  if (showsEmptyAsNull !== true) return record;
  const shown = (text: string | null) => (text === '' ? null : text);
  const headers = record.headers.map(([name, value]) => [name, shown(value)] as const);
  return { ...record, key: shown(record.key), value: shown(record.value), headers };
};

/** Without what the broker adds, and without the time where the producer could not choose it. */
const comparable = (record: WireRecord, { isWithoutTimestamps }: CompatClient) => {
  const { partition, key, value, headers, timestamp } = record;
  const isTold = isWithoutTimestamps !== true;
  return { partition, key, value, headers, ...(isTold ? { timestamp } : {}) };
};
