import type { Reader } from '../../../../src/client/reader/reader.ts';
import type { ReaderOptions } from '../../../../src/client/reader/reader-options.ts';
import { string } from '../../../../src/client/serde/serde.ts';
import { BatchBuilder } from '../../../../src/record/batch-builder.ts';
import type { World } from '../fixture.ts';
import { outcomeAfter, startWorld } from '../fixture.ts';

export const range = (count: number, first = 0): string[] =>
  Array.from({ length: count }, (_, at) => `v${first + at}`);

export const batchOf = (values: readonly string[], timestampMs = 0): Uint8Array => {
  const builder = new BatchBuilder({ maxBytes: 1_000_000 });
  for (const value of values) builder.append({ key: null, value: Buffer.from(value), timestampMs });
  return builder.build();
};

export const fill = (
  world: World,
  values: readonly string[],
  at: { topic?: string; partition?: number; batchSize?: number } = {},
): void => {
  const { topic = 't', partition = 0, batchSize = 3 } = at;
  for (let first = 0; first < values.length; first += batchSize) {
    world.cluster
      .partition(topic, partition)
      .append(batchOf(values.slice(first, first + batchSize)));
  }
};

export const readerOf = (
  world: World,
  options: Partial<ReaderOptions<string, string>> = {},
): Reader<string, string> =>
  world.client.reader<string, string>({
    topic: 't',
    from: 'earliest',
    deserializers: { key: string, value: string },
    ...options,
  });

/** What the reader hands out until it has `count` records or `delayMs` are over. */
export const take = async <V>(
  world: World,
  reader: Reader<unknown, V>,
  count: number,
  delayMs = 5000,
): Promise<V[]> => {
  const found: V[] = [];
  const work = async (): Promise<void> => {
    for await (const { value } of reader) {
      found.push(value as V);
      if (found.length >= count) return;
    }
  };
  const { error } = await outcomeAfter(world.clock, delayMs, work());
  if (error !== undefined) throw error;
  return found;
};

export const startFilled = async (count = 10, partitions = 1): Promise<World> => {
  const world = await startWorld();
  world.cluster.createTopic('t', { partitions });
  fill(world, range(count));
  return world;
};
