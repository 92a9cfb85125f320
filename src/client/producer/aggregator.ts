import { OttlaError } from '../../base/errors.ts';
import type { KeysOf } from '../../base/known-keys.ts';
import { checkKeys } from '../../base/known-keys.ts';
import type { Clock, Timer } from '../../env/clock.ts';
import type { EncodableRecord } from '../../record/record.ts';
import type { AggregateItem } from '../aggregate/aggregate.ts';
import type { StoredItem } from '../aggregate/aggregate-format.ts';
import { encodeItems, itemBytes } from '../aggregate/aggregate-format.ts';
import { asOttlaError } from '../timing.ts';
import type { EncodedRecord, ProducerRecord, RecordMetadata } from './producer-record.ts';

export interface AggregateOptions<K, V> {
  readonly topic: string;
  /**
   * The key of the record that an item goes into, which chooses its partition; items of one key go
   * into the same, or their order is lost. Null: no key.
   */
  by(item: AggregateItem<K, V>): K | null;
  /** How long an item may wait for company; default 10. */
  readonly windowMs?: number;
  /** Items in one record; default 500. */
  readonly max?: number;
  /** Of their keys and values; default 262144. A larger item is a record by itself. */
  readonly maxBytes?: number;
}

export interface AggregatorDeps<K, V> {
  readonly clock: Clock;
  /** Throws what `producer.send` rejects with before anything is sent. */
  readonly encode: (record: ProducerRecord<K, V>) => EncodedRecord;
  readonly send: (record: EncodableRecord & { readonly topic: string }) => Promise<RecordMetadata>;
}

interface Waiting {
  readonly resolve: (metadata: RecordMetadata) => void;
  readonly reject: (error: OttlaError) => void;
}

/** Items that go into one record. */
interface Gathering {
  readonly key: Uint8Array | null;
  readonly timestampMs: number;
  readonly timer: Timer;
  readonly items: StoredItem[];
  readonly waiting: Waiting[];
  sizeBytes: number;
}

const KEYS: KeysOf<AggregateOptions<unknown, unknown>> = {
  topic: true,
  by: true,
  windowMs: true,
  max: true,
  maxBytes: true,
};

export interface ItemSender<K, V> {
  /**
   * Resolves when the record that has the item is acknowledged, with the record's place; rejects as
   * `producer.send` does.
   */
  send(item: AggregateItem<K, V>): Promise<RecordMetadata>;
}

/** Gathers small items into records, one of each key at a time. */
export class Aggregator<K, V> implements ItemSender<K, V> {
  readonly #deps: AggregatorDeps<K, V>;
  readonly #options: Required<AggregateOptions<K, V>>;
  readonly #gatherings = new Map<string, Gathering>();

  /** Throws CONFIG for options that cannot be. */
  constructor(deps: AggregatorDeps<K, V>, options: AggregateOptions<K, V>) {
    this.#deps = deps;
    this.#options = resolve(options);
  }

  send(item: AggregateItem<K, V>): Promise<RecordMetadata> {
    return new Promise((resolve, reject) => {
      const { topic, by, max, maxBytes } = this.#options;
      const { encode } = this.#deps;
      try {
        const { key, value, timestampMs } = encode({ topic, key: item.key, value: item.value });
        const { key: byKey } = encode({ topic, key: by(item), value: null });
        const stored = { key: ownBytes(key), value: ownBytes(value) };
        const sizeBytes = itemBytes(stored);
        const name = byKey === null ? '' : `k${Buffer.from(byKey).toString('latin1')}`;
        if ((this.#gatherings.get(name)?.sizeBytes ?? 0) + sizeBytes > maxBytes) this.#flush(name);
        const gathering = this.#gatherings.get(name) ?? this.#begin(name, byKey, timestampMs);
        gathering.items.push(stored);
        gathering.waiting.push({ resolve, reject });
        gathering.sizeBytes += sizeBytes;
        if (gathering.items.length >= max || gathering.sizeBytes >= maxBytes) this.#flush(name);
      } catch (error) {
        reject(error);
      }
    });
  }

  /** Hands what is gathered to the producer now. */
  flush(): void {
    for (const name of [...this.#gatherings.keys()]) this.#flush(name);
  }

  #begin(name: string, byKey: Uint8Array | null, timestampMs: number): Gathering {
    const gathering: Gathering = {
      key: ownBytes(byKey),
      timestampMs,
      timer: this.#deps.clock.setTimer(this.#options.windowMs, () => this.#flush(name)),
      items: [],
      waiting: [],
      sizeBytes: 0,
    };
    this.#gatherings.set(name, gathering);
    return gathering;
  }

  #flush(name: string): void {
    const gathering = this.#gatherings.get(name);
    if (gathering === undefined) return;
    this.#gatherings.delete(name);
    gathering.timer.cancel();
    const { key, timestampMs, items, waiting } = gathering;
    const { topic } = this.#options;
    this.#deps.send({ topic, key, value: encodeItems(items), headers: [], timestampMs }).then(
      (metadata) => {
        for (const each of waiting) each.resolve(metadata);
      },
      (error: unknown) => {
        for (const each of waiting) each.reject(asOttlaError(error));
      },
    );
  }
}

/** The caller's bytes may change while an item waits for company. */
const ownBytes = (bytes: Uint8Array | null): Uint8Array | null =>
  bytes === null ? null : Uint8Array.from(bytes);

const resolve = <K, V>(options: AggregateOptions<K, V>): Required<AggregateOptions<K, V>> => {
  checkKeys('aggregate option', options, KEYS);
  const { topic, by, windowMs = 10, max = 500, maxBytes = 262_144 } = options;
  if (typeof topic !== 'string' || topic === '') throw config('topic is no name');
  if (typeof by !== 'function') throw config('by is no function');
  for (const [name, value, min] of [
    ['windowMs', windowMs, 0],
    ['max', max, 1],
    ['maxBytes', maxBytes, 1],
  ] as const) {
    if (Number.isSafeInteger(value) && value >= min) continue;
    throw config(`${name}=${value} is not a whole number of ${min} or more`);
  }
  return { topic, by, windowMs, max, maxBytes };
};

const config = (message: string): OttlaError =>
  new OttlaError('CONFIG', `aggregate option ${message}`);
