import { describeError, OttlaError } from '../../../src/base/errors.ts';
import type { ReaderRecord } from '../../../src/client/reader/decode-records.ts';
import type { Reader } from '../../../src/client/reader/reader.ts';
import type { ReaderBatch } from '../../../src/client/reader/record-source.ts';
import type { SimClient } from '../world/sim-client.ts';
import type { KnownTopic, WorkloadContext } from './context.ts';
import { keyOf, mayMeetOldMetadata } from './context.ts';
import { tickIn } from './schedules.ts';
import { VALUE_END } from './sim-producer.ts';
import { tickValue } from './tick-values.ts';

export interface SimReaderOptions {
  readonly client: SimClient;
  readonly process: string;
}

/** A reader may give up only because it could not even find its topics. */
const EXPECTED: ReadonlySet<string> = new Set([
  'REQUEST_TIMED_OUT',
  'NETWORK_EXCEPTION',
  'UNKNOWN_TOPIC_OR_PARTITION',
  'UNKNOWN_TOPIC_ID',
  'LEADER_NOT_AVAILABLE',
  'BROKER_NOT_AVAILABLE',
  'CLOSED',
]);

/** One process that reads all partitions there are when it begins, as it is given them. */
export class SimReader {
  /** Where each key goes on. */
  readonly positions = new Map<string, number>();
  readonly #context: WorkloadContext;
  readonly #options: SimReaderOptions;
  readonly #keys = new Map<string, string>();
  #topics: readonly KnownTopic[] = [];
  #reader: Reader | undefined;

  constructor(context: WorkloadContext, options: SimReaderOptions) {
    this.#context = context;
    this.#options = options;
  }

  /** Begins at the start of every partition, or where another reader was. */
  open(from: 'earliest' | ReadonlyMap<string, number>): void {
    const { history, world, topics } = this.#context;
    this.#topics = [...topics];
    const assignments = topics.flatMap((topic) =>
      Array.from({ length: topic.partitionCount }, (_, partition) => {
        const { name } = topic;
        const key = keyOf(topic, partition);
        this.#keys.set(`${name}-${partition}`, key);
        const offset = from === 'earliest' ? undefined : from.get(key);
        const start = offset === undefined ? ('earliest' as const) : { offset };
        return { topic: name, partition, from: start };
      }),
    );
    if (assignments.length === 0) return;
    const keys = [...this.#keys.values()];
    const { process } = this.#options;
    history.add({ f: 'assign', type: 'ok', process, keys, timeMs: world.nowMs });
    // Where everything is kept, a position that is out of range is a loss.
    const mayLoseOldest = topics.some(({ keeps }) => keeps === 'newest');
    const offsetOutOfRange = mayLoseOldest ? 'earliest' : 'fail';
    const options = { assignments, maxWaitMs: 300, offsetOutOfRange } as const;
    void this.#read(this.#options.client.sdk.reader(options));
  }

  stop(): void {
    void this.#reader?.close();
    this.#reader = undefined;
  }

  hasReached(ends: ReadonlyMap<string, number>): boolean {
    return [...ends].every(([key, end]) => (this.positions.get(key) ?? 0) >= end);
  }

  describeMissing(ends: ReadonlyMap<string, number>): string {
    return [...ends]
      .filter(([key, end]) => (this.positions.get(key) ?? 0) < end)
      .map(([key, end]) => `${key} at ${this.positions.get(key) ?? 0} of ${end}`)
      .join(', ');
  }

  async #read(reader: Reader): Promise<void> {
    this.#reader = reader;
    try {
      for await (const batch of reader.batches()) {
        if (this.#reader !== reader) return;
        this.#onBatch(batch);
      }
    } catch (error) {
      this.#onError(error);
    }
  }

  #onBatch({ topic, partition, records, nextOffset }: ReaderBatch): void {
    const { history, world } = this.#context;
    const key = this.#keys.get(`${topic}-${partition}`) ?? '';
    this.positions.set(key, nextOffset);
    const { process } = this.#options;
    const read = records.map((record) => [record.offset, valueRead(record)] as const);
    const polled = [{ key, records: read.filter(([, value]) => value !== OF_REPEATER) }];
    history.add({ f: 'poll', type: 'ok', process, polled, timeMs: world.nowMs });
  }

  #onError(error: unknown): void {
    const { observer } = this.#context.world;
    observer.mark('reader.gave-up');
    if (error instanceof OttlaError && EXPECTED.has(error.code)) return;
    const isOfGrowth = error instanceof OttlaError && error.code === 'INVALID_PARTITIONS';
    if (isOfGrowth && mayMeetOldMetadata(this.#context)) return;
    // One that was deleted may have been made anew with fewer partitions.
    const hasAll = this.#topics.every((topic) => this.#context.topics.includes(topic));
    if (error instanceof OttlaError && error.code === 'INVALID_PARTITIONS' && !hasAll) return;
    const { process } = this.#options;
    observer.violate('reader-goes-on', `${process}: ${describeError(error)}`);
  }
}

/** Records that a `SimRepeater` sent are judged by the log, and stand in no history. */
export const OF_REPEATER = 'repeated';

const valueRead = ({ offset, value, headers }: ReaderRecord): string => {
  const tick = tickIn(headers);
  return tick === undefined ? idOf(value) : tickValue(idOf(value), tick, offset);
};

export const idOf = (value: Uint8Array | null): string => {
  const text = Buffer.from(value ?? []).toString('utf8');
  return text.slice(0, text.indexOf(VALUE_END));
};
