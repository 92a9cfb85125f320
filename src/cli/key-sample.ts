import type { Offset, PartitionId } from '../base/ids.ts';
import type { OttlaClient } from '../client/client.ts';
import { SystemClock } from '../platform/system-clock.ts';
import type { SampledKey } from '../record/key-moves.ts';

/** The keys of a topic's newest records. */
export interface KeySample {
  /** The most frequent first. */
  readonly keys: readonly SampledKey[];
  /** Those without a key, too. */
  readonly recordCount: number;
}

interface Range {
  readonly partition: PartitionId;
  readonly offset: Offset;
  readonly end: Offset;
}

/** A sample is a guess all the same: it is taken from what came until then. */
const PATIENCE_MS = 10_000;

/** Reads the newest records of each partition, so many of all together; joins no group. */
export const sampleKeys = async (
  client: OttlaClient,
  topic: string,
  maxRecordCount: number,
): Promise<KeySample> => {
  const ranges = await newest(client, topic, maxRecordCount);
  const counter = new KeyCounter();
  if (ranges.length > 0) await readInto(counter, client, { topic, ranges });
  return counter.sample();
};

const newest = async (
  client: OttlaClient,
  topic: string,
  maxRecordCount: number,
): Promise<Range[]> => {
  const admin = client.admin();
  const { partitions } = await admin.describeTopic(topic);
  const ask = (at: 'earliest' | 'latest') =>
    admin.listOffsets(partitions.map(({ partition }) => ({ topic, partition, at })));
  const [starts, ends] = [await ask('earliest'), await ask('latest')];
  const share = Math.max(1, Math.ceil(maxRecordCount / partitions.length));
  return ends
    .map(({ partition, offset: end = 0 }, at) => {
      const start = starts[at]?.offset ?? 0;
      return { partition, offset: Math.max(start, end - share), end };
    })
    .filter(({ offset, end }) => offset < end);
};

const readInto = async (
  counter: KeyCounter,
  client: OttlaClient,
  { topic, ranges }: { readonly topic: string; readonly ranges: readonly Range[] },
): Promise<void> => {
  const stop = new AbortController();
  const timer = new SystemClock().setTimer(PATIENCE_MS, () => stop.abort());
  const open = new Map(ranges.map(({ partition, end }) => [partition, end]));
  await using reader = client.reader({
    assignments: ranges.map(({ partition, offset }) => ({ topic, partition, from: { offset } })),
    offsetOutOfRange: 'earliest',
    signal: stop.signal,
  });
  try {
    for await (const { partition, records, nextOffset } of reader.batches()) {
      const end = open.get(partition) ?? 0;
      for (const { key, offset } of records) if (offset < end) counter.add(key);
      if (nextOffset >= end) open.delete(partition);
      if (open.size === 0) break;
    }
  } catch (error) {
    if (!stop.signal.aborted) throw error;
  } finally {
    timer.cancel();
  }
};

class KeyCounter {
  readonly #counts = new Map<string, number>();
  #recordCount = 0;

  add(key: Uint8Array | null): void {
    this.#recordCount += 1;
    if (key === null) return;
    const name = Buffer.from(key).toString('latin1');
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + 1);
  }

  sample(): KeySample {
    const keys = [...this.#counts]
      .sort(([, a], [, b]) => b - a)
      .map(([name, count]) => ({ key: Buffer.from(name, 'latin1'), count }));
    return { keys, recordCount: this.#recordCount };
  }
}
