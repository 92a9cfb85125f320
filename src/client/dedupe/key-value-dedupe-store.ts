import type { Clock } from '../../env/clock.ts';
import type { KeyValueStore, StoreOperation } from '../../env/key-value-store.ts';
import type { DedupeStore } from './dedupe-store.ts';

const IDS = 'i';
const ENDS = 'e';
const MOMENT_BYTES = 8;
/** Of those whose time is over, at each call that adds some. */
const SWEPT_AT_ONCE = 64;

/**
 * Ids in a key-value store, each with the moment at which it is forgotten, and an entry in order of
 * these moments. Added and swept in one synced batch: a crash leaves all of it, or nothing.
 * Moments are of the wall clock, which goes on while no process does.
 */
export class KeyValueDedupeStore implements DedupeStore {
  readonly #store: KeyValueStore;
  readonly #clock: Clock;
  #tail: Promise<void> = Promise.resolve();

  constructor(store: KeyValueStore, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
  }

  async seen(ids: readonly string[]): Promise<ReadonlySet<string>> {
    const nowMs = this.#clock.wallMs();
    const ends = await Promise.all(ids.map((id) => this.#endOf(id)));
    return new Set(ids.filter((_, at) => (ends[at] ?? 0) > nowMs));
  }

  remember(ids: readonly string[], windowMs: number): Promise<void> {
    if (ids.length === 0) return Promise.resolve();
    const done = this.#tail.then(async () => {
      const nowMs = this.#clock.wallMs();
      const operations = [...(await this.#sweeping(nowMs))];
      for (const id of new Set(ids)) operations.push(...(await this.#adding(id, nowMs + windowMs)));
      await this.#store.batch(operations, { sync: true });
    });
    this.#tail = done.catch(() => {});
    return done;
  }

  /** What is under way is finished first. */
  async close(): Promise<void> {
    await this.#tail;
    await this.#store.close();
  }

  async #adding(id: string, endMs: number): Promise<StoreOperation[]> {
    const before = await this.#endOf(id);
    return [
      ...(before === undefined ? [] : [{ type: 'del' as const, key: endKey(before, id) }]),
      { type: 'put', key: idKey(id), value: moment(endMs) },
      { type: 'put', key: endKey(endMs, id), value: NOTHING },
    ];
  }

  async #sweeping(nowMs: number): Promise<StoreOperation[]> {
    const range = { start: endKey(0, ''), end: endKey(nowMs + 1, ''), limit: SWEPT_AT_ONCE };
    const over = await this.#store.entries(range);
    return over.flatMap(([key]) => {
      const id = Buffer.from(key.subarray(ENDS.length + MOMENT_BYTES)).toString('utf8');
      return [
        { type: 'del' as const, key },
        { type: 'del' as const, key: idKey(id) },
      ];
    });
  }

  async #endOf(id: string): Promise<number | undefined> {
    const bytes = await this.#store.get(idKey(id));
    return bytes === undefined ? undefined : Number(Buffer.from(bytes).readBigUInt64BE());
  }
}

const NOTHING = new Uint8Array(0);

const moment = (atMs: number): Buffer => {
  const bytes = Buffer.alloc(MOMENT_BYTES);
  bytes.writeBigUInt64BE(BigInt(atMs));
  return bytes;
};

const idKey = (id: string): Uint8Array => Buffer.from(IDS + id, 'utf8');

const endKey = (endMs: number, id: string): Uint8Array =>
  Buffer.concat([Buffer.from(ENDS), moment(endMs), Buffer.from(id, 'utf8')]);
