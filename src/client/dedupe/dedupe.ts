import { OttlaError } from '../../base/errors.ts';
import type { KeysOf } from '../../base/known-keys.ts';
import { checkKeys } from '../../base/known-keys.ts';
import type { BatchHandler } from '../handling/batch-options.ts';
import type { RecordBatch } from '../handling/marked-batch.ts';
import type { RecordHandler } from '../handling/run-options.ts';
import type { ReaderRecord } from '../reader/decode-records.ts';
import type { DedupeStore } from './dedupe-store.ts';

export interface DedupeOptions<K = Uint8Array, V = Uint8Array> {
  readonly store: DedupeStore;
  /**
   * Names a record; two with the same name are one. Default: by topic, partition, offset and item,
   * which tells a record that is handed out again, and not one that was sent twice.
   */
  readonly key?: (record: ReaderRecord<K, V>) => string;
  /** How long a record is remembered; default 86400000 (a day). */
  readonly windowMs?: number;
}

export interface Dedupe<K, V> {
  /** Calls the handler with records that were not handled in the window. */
  handler(handler: RecordHandler<K, V>): RecordHandler<K, V>;
  /** The same for `eachBatch`: what was handled is left out of the batch. */
  batchHandler(handler: BatchHandler<K, V>): BatchHandler<K, V>;
}

const DEDUPE_KEYS: KeysOf<DedupeOptions> = { store: true, key: true, windowMs: true };
const DAY_MS = 86_400_000;

/**
 * Wraps handlers so that what they have done is not done again. A record is remembered after its
 * handler is done and before its offset counts as finished: a crash between the two leaves a record
 * that is handed out again and passed over, one between the effect and the store an effect that is
 * repeated. Only a store that takes the effect and the name in one transaction closes that gap.
 *
 * Records of one name at once: the later wait for the first, and are handled if that fails. Throws
 * CONFIG for options that cannot be.
 */
export const dedupe = <K = Uint8Array, V = Uint8Array>(
  options: DedupeOptions<K, V>,
): Dedupe<K, V> => {
  checkKeys('dedupe option', options, DEDUPE_KEYS);
  const { store, key = placeOf, windowMs = DAY_MS } = options;
  if (!Number.isSafeInteger(windowMs) || windowMs < 1) {
    throw new OttlaError(
      'CONFIG',
      `dedupe option windowMs=${windowMs} is not a whole number of 1 or more`,
    );
  }
  const line = new Map<string, Promise<void>>();
  return {
    handler: (handler) => async (record, context) => {
      const id = key(record);
      await inLine(line, [id], async () => {
        if ((await store.seen([id])).has(id)) return;
        await handler(record, context);
        await store.remember([id], windowMs);
      });
    },
    batchHandler: (handler) => async (batch, context) => {
      const ids = new Map(batch.records.map((record) => [record, key(record)]));
      await inLine(line, [...new Set(ids.values())], async () => {
        const seen = await store.seen([...new Set(ids.values())]);
        const sieved = new SievedBatch(batch, ids, seen);
        try {
          if (sieved.records.length > 0) await handler(sieved, context);
          sieved.end();
        } catch (error) {
          sieved.end({ error });
        }
        await store.remember(sieved.doneIds, windowMs);
        sieved.tell();
      });
    },
  };
};

const placeOf = <K, V>({ topic, partition, offset, item }: ReaderRecord<K, V>): string => {
  const place = `${topic}/${partition}/${offset}`;
  return item === undefined ? place : `${place}/${item}`;
};

/** Works when all that has one of these ids and came before is over. */
const inLine = async (
  line: Map<string, Promise<void>>,
  ids: readonly string[],
  work: () => Promise<void>,
): Promise<void> => {
  const before = Promise.all(ids.map((id) => line.get(id)));
  const done = before.then(work);
  const over = done.catch(() => {});
  for (const id of ids) line.set(id, over);
  try {
    await done;
  } finally {
    for (const id of ids) if (line.get(id) === over) line.delete(id);
  }
};

type Outcome = { readonly outcome: 'done' | 'retry' | 'dead'; readonly error?: unknown };

/** A batch without what was handled before, and of each id the first record only. */
class SievedBatch<K, V> implements RecordBatch<K, V> {
  readonly topic: string;
  readonly partition: number;
  readonly records: ReadonlyArray<ReaderRecord<K, V>>;
  readonly #batch: RecordBatch<K, V>;
  readonly #ids: ReadonlyMap<ReaderRecord<K, V>, string>;
  readonly #seen: ReadonlySet<string>;
  /** By id. */
  readonly #outcomes = new Map<string, Outcome>();

  constructor(
    batch: RecordBatch<K, V>,
    ids: ReadonlyMap<ReaderRecord<K, V>, string>,
    seen: ReadonlySet<string>,
  ) {
    this.topic = batch.topic;
    this.partition = batch.partition;
    this.#batch = batch;
    this.#ids = ids;
    this.#seen = seen;
    const known = new Set(seen);
    this.records = batch.records.filter((record) => {
      const id = this.#idOf(record);
      return !known.has(id) && known.add(id);
    });
  }

  readonly done = (record: ReaderRecord<K, V>): void => this.#mark(record, { outcome: 'done' });

  readonly retry = (record: ReaderRecord<K, V>, error?: unknown): void =>
    this.#mark(record, { outcome: 'retry', error });

  readonly dead = (record: ReaderRecord<K, V>, error?: unknown): void =>
    this.#mark(record, { outcome: 'dead', error });

  /** Those that this call of the handler has done. */
  get doneIds(): string[] {
    return [...this.#outcomes].flatMap(([id, { outcome }]) => (outcome === 'done' ? [id] : []));
  }

  /** The handler has returned, or thrown what stands in `failure`. */
  end(failure?: { readonly error: unknown }): void {
    const rest: Outcome =
      failure === undefined ? { outcome: 'done' } : { outcome: 'retry', error: failure.error };
    for (const record of this.records) {
      const id = this.#idOf(record);
      if (!this.#outcomes.has(id)) this.#outcomes.set(id, rest);
    }
  }

  /** Tells the batch of each of its records. */
  tell(): void {
    for (const record of this.#batch.records) {
      const id = this.#idOf(record);
      const { outcome, error } = this.#outcomes.get(id) ?? { outcome: 'done' };
      this.#batch[this.#seen.has(id) ? 'done' : outcome](record, error);
    }
  }

  #mark(record: ReaderRecord<K, V>, outcome: Outcome): void {
    this.#outcomes.set(this.#idOf(record), outcome);
  }

  #idOf(record: ReaderRecord<K, V>): string {
    const id = this.#ids.get(record);
    if (id !== undefined) return id;
    throw new OttlaError('CONFIG', 'the record is none of this batch: give one of its records');
  }
}
