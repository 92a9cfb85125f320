import { setTimeout as rest } from 'node:timers/promises';
import type { Consumer, ConsumerOptions, OttlaClient, ReaderRecord } from '../../../src/index.ts';
import { string } from '../../../src/index.ts';

export const KEYS = 100;
export const HANDLER_MS = 20;
export const PARTITIONS = 4;

export type TextConsumer = Consumer<string, string>;
export type TextRecord = ReaderRecord<string, string>;

/** `count` records `key:n` of each key from `first` on, the keys in turn. */
export const fill = async (
  client: OttlaClient,
  topic: string,
  { count, first = 0 }: { readonly count: number; readonly first?: number },
): Promise<void> => {
  await using producer = client.producer();
  const sent: Array<Promise<unknown>> = [];
  for (let n = first; n < first + count; n += 1) {
    for (let key = 0; key < KEYS; key += 1) {
      sent.push(producer.send({ topic, key: `${key}`, value: `${key}:${n}` }));
    }
  }
  await Promise.all(sent);
};

export const join = (
  client: OttlaClient,
  topic: string,
  options: Partial<ConsumerOptions<string, string>> = {},
): TextConsumer =>
  client.consumer<string, string>({
    topics: [topic],
    groupId: topic,
    offsetReset: 'earliest',
    sessionTimeoutMs: 6000,
    heartbeatIntervalMs: 100,
    deserializers: { key: string, value: string },
    ...options,
  });

/** How long `count` records take until they are handled or given up, from the first on. */
export const timeOf = async (
  client: OttlaClient,
  topic: string,
  run: {
    readonly concurrency: number;
    readonly count: number;
    readonly groupId?: string;
    readonly handle?: (record: TextRecord) => void;
    readonly deadLetters?: string;
  },
): Promise<number> => {
  const { count, concurrency, handle, deadLetters, groupId = `${topic}-${concurrency}` } = run;
  const consumer = join(client, topic, { groupId });
  let startMs = 0;
  let endMs = 0;
  let endedCount = 0;
  const end = (): void => {
    endedCount += 1;
    if (endedCount !== count) return;
    endMs = performance.now();
    void consumer.close();
  };
  const giveUp = deadLetters && ({ deadLetter: { topic: deadLetters } } as const);
  await consumer.run({
    concurrency,
    order: 'key',
    handler: async (record) => {
      if (startMs === 0) startMs = performance.now();
      await rest(HANDLER_MS);
      handle?.(record);
      end();
    },
    onFailure: giveUp ? { attempts: 1, giveUp, onDead: end } : { attempts: 1 },
  });
  return endMs - startMs;
};
