import { OttlaError } from '../../base/errors.ts';
import type { KeyValueStore, StoreOperation } from '../../env/key-value-store.ts';
import { wholeRows } from '../whole-rows.ts';
import type { ParkedRecord, ParkStore } from './park-store.ts';
import { decodeParked, encodeParked, parkedId } from './parked-bytes.ts';

const RECORDS = 'r';
const DUE = 'd';
const DUE_BYTES = 8;

/**
 * Parked records in a key-value store. A record is a batch of one, under the CRC of a batch, whose
 * timestamp is the moment it is due; beside it stands an entry in order of these moments. Both are
 * written in one synced batch: a crash leaves both, or neither.
 */
export class KeyValueParkStore implements ParkStore {
  readonly #store: KeyValueStore;
  /** Changes go one after the other: each looks first at what is there. */
  #tail: Promise<void> = Promise.resolve();

  constructor(store: KeyValueStore) {
    this.#store = store;
  }

  put(records: readonly ParkedRecord[]): Promise<void> {
    return this.#inTurn(async () => {
      const operations: StoreOperation[] = [];
      for (const record of records) operations.push(...(await this.#putting(record)));
      if (operations.length > 0) await this.#store.batch(operations, { sync: true });
    });
  }

  async due(nowMs: number, maxRecords: number): Promise<readonly ParkedRecord[]> {
    await this.#tail;
    const range = { start: dueKey(0, ''), end: dueKey(nowMs + 1, '') };
    return await wholeRows(maxRecords, {
      read: (limit) => this.#store.entries({ ...range, limit }),
      decode: async ([key]) => {
        const id = Buffer.from(key.subarray(DUE.length + DUE_BYTES)).toString('utf8');
        const record = await this.#find(id);
        // The entry of one that was damaged and then put anew, by another moment.
        const isOlder = record !== undefined && !dueKey(record.dueMs, id).equals(key);
        return isOlder ? undefined : record;
      },
    });
  }

  remove(record: ParkedRecord): Promise<void> {
    return this.#inTurn(async () => {
      const there = await this.#findWhole(parkedId(record));
      await this.#store.batch(removing(there ?? record), { sync: true });
    });
  }

  /** What is under way is finished first. */
  async close(): Promise<void> {
    await this.#tail;
    await this.#store.close();
  }

  async #putting(record: ParkedRecord): Promise<StoreOperation[]> {
    const id = parkedId(record);
    const there = await this.#findWhole(id);
    if (there !== undefined && there.attempts >= record.attempts) return [];
    return [
      ...(there === undefined ? [] : removing(there)),
      { type: 'put', key: recordKey(id), value: encodeParked(record) },
      { type: 'put', key: dueKey(record.dueMs, id), value: NOTHING },
    ];
  }

  async #find(id: string): Promise<ParkedRecord | undefined> {
    const bytes = await this.#store.get(recordKey(id));
    return bytes === undefined ? undefined : decodeParked(id, bytes);
  }

  /** A damaged one is as good as none: who has it whole may put it anew, or remove it. */
  #findWhole(id: string): Promise<ParkedRecord | undefined> {
    return this.#find(id).catch((error: unknown) => {
      if (error instanceof OttlaError && error.code === 'CORRUPT_STORE') return undefined;
      throw error;
    });
  }

  #inTurn(change: () => Promise<void>): Promise<void> {
    const done = this.#tail.then(change);
    this.#tail = done.catch(() => {});
    return done;
  }
}

const NOTHING = new Uint8Array(0);

const recordKey = (id: string): Uint8Array => Buffer.from(RECORDS + id, 'utf8');

const dueKey = (dueMs: number, id: string): Buffer => {
  const moment = Buffer.alloc(DUE_BYTES);
  moment.writeBigUInt64BE(BigInt(dueMs));
  return Buffer.concat([Buffer.from(DUE), moment, Buffer.from(id, 'utf8')]);
};

const removing = (record: ParkedRecord): StoreOperation[] => {
  const id = parkedId(record);
  return [
    { type: 'del', key: dueKey(record.dueMs, id) },
    { type: 'del', key: recordKey(id) },
  ];
};
