import type { KeyValueStore, StoreOperation } from '../../env/key-value-store.ts';
import { wholeRows } from '../whole-rows.ts';
import type {
  DelayStore,
  DueRequest,
  DumpedPart,
  DumpPosition,
  Forwarded,
  StoredDelay,
} from './delay-store.ts';
import { newOfPart, nextPosition } from './delay-store.ts';
import type { DelayPlace } from './stored-delay-codec.ts';
import { decodeDelay, encodeDelay } from './stored-delay-codec.ts';

/**
 * In a key-value store, of one process:
 *
 *     d <due> <place>        a message, in the order in which they are due
 *     p <partition>          which part of it was read last
 *
 * Each change is one synced batch: a crash leaves all of it, or nothing.
 */
export class KeyValueDelayStore implements DelayStore {
  readonly #store: KeyValueStore;
  /** Changes go one after the other: each looks first at what is there. */
  #tail: Promise<unknown> = Promise.resolve();

  constructor(store: KeyValueStore) {
    this.#store = store;
  }

  put(part: DumpedPart): Promise<void> {
    return this.#inTurn(async () => {
      const positionKey = keyOfPosition(part);
      const last = decodePosition(await this.#store.get(positionKey));
      const operations: StoreOperation[] = newOfPart(part, last).map(putting);
      const value = encodePosition(nextPosition(part, last));
      operations.push({ type: 'put', key: positionKey, value });
      await this.#store.batch(operations, { sync: true });
    });
  }

  forwardDue(
    { nowMs, maxCount }: DueRequest,
    forward: (delays: readonly StoredDelay[]) => Promise<Forwarded>,
  ): Promise<number> {
    const range = { start: keyOfDue(0, ''), end: keyOfDue(nowMs + 1, '') };
    return this.#inTurn(async () => {
      const delays = await wholeRows(maxCount, {
        read: (limit) => this.#store.entries({ ...range, limit }),
        decode: ([key, value]) => decodeDelay(value, placeIn(key)),
      });
      if (delays.length === 0) return 0;
      const { done, failed, againMs } = await forward(delays);
      const operations = [...done, ...failed].map(removing);
      operations.push(...failed.map((delay) => putting({ ...delay, dueMs: againMs })));
      await this.#store.batch(operations, { sync: true });
      return delays.length;
    });
  }

  /** What is under way is finished first. */
  async close(): Promise<void> {
    await this.#tail;
    await this.#store.close();
  }

  #inTurn<T>(change: () => Promise<T>): Promise<T> {
    const done = this.#tail.then(change);
    this.#tail = done.catch(() => {});
    return done;
  }
}

const DUE = 'd';
const POSITION = 'p';
const DUE_BYTES = 8;

const keyOfDue = (dueMs: number, place: string): Uint8Array => {
  const moment = Buffer.alloc(DUE_BYTES);
  moment.writeBigUInt64BE(BigInt(dueMs));
  return Buffer.concat([Buffer.from(DUE), moment, Buffer.from(place, 'utf8')]);
};

/** Offsets of one length: those due at once go in their order. */
const keyOfDelay = ({ topic, partition, offset, dueMs }: StoredDelay): Uint8Array =>
  keyOfDue(dueMs, `${topic}/${partition}/${String(offset).padStart(16, '0')}`);

const placeIn = (key: Uint8Array): DelayPlace => {
  const text = Buffer.from(key.subarray(DUE.length + DUE_BYTES)).toString('utf8');
  const [topic = '', partition, offset] = text.split('/');
  return { topic, partition: Number(partition), offset: Number(offset) };
};

const putting = (delay: StoredDelay): StoreOperation => ({
  type: 'put',
  key: keyOfDelay(delay),
  value: encodeDelay(delay),
});

const removing = (delay: StoredDelay): StoreOperation => ({ type: 'del', key: keyOfDelay(delay) });

const keyOfPosition = ({ topic, partition }: DumpedPart): Uint8Array =>
  Buffer.from(`${POSITION}${topic}/${partition}`, 'utf8');

const encodePosition = (position: DumpPosition): Uint8Array =>
  Buffer.from(JSON.stringify(position), 'utf8');

const decodePosition = (bytes: Uint8Array | undefined): DumpPosition | undefined =>
  bytes && (JSON.parse(Buffer.from(bytes).toString('utf8')) as DumpPosition);
