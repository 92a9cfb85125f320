import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { levelDelayStore, mysqlDelayStore } from '../../src/app/delays.ts';
import type { DelayStore, DumpedPart, StoredDelay } from '../../src/client/delays/delay-store.ts';
import { levelStores } from '../../src/platform/level-store.ts';
import type { Mariadb } from '../support/mariadb.ts';
import { hasMariadb, startMariadb } from '../support/mariadb.ts';
import { tempDirs } from '../support/temp-dir.ts';

const makeTempDir = tempDirs();
let mariadb: Mariadb | undefined;
let tables = 0;

beforeAll(async () => {
  if (hasMariadb) mariadb = await startMariadb();
}, 120_000);

afterAll(async () => {
  await mariadb?.[Symbol.asyncDispose]();
}, 60_000);

interface Opened {
  readonly store: DelayStore;
  /** The same content, as another process has it later. */
  again(): Promise<DelayStore>;
  /** Turns a bit of what waits there, and opens it again. */
  damaged(...offsets: readonly number[]): Promise<DelayStore>;
}

const bitTurned = (bytes: Uint8Array): Uint8Array => {
  const turned = Uint8Array.from(bytes);
  turned[turned.length - 1] = (turned.at(-1) ?? 0) ^ 1;
  return turned;
};

const subjects: Readonly<Record<string, () => Promise<Opened>>> = {
  LevelDB: async () => {
    const path = `${makeTempDir()}/store`;
    const store = await levelDelayStore(path);
    const again = async () => {
      await store.close();
      return await levelDelayStore(path);
    };
    const damaged = async (...offsets: readonly number[]) => {
      await store.close();
      const level = await levelStores.open(path);
      for (const [key, value] of await level.entries({
        start: Buffer.from('d'),
        end: Buffer.from('e'),
      })) {
        const offset = Number(Buffer.from(key).toString('latin1').split('/').at(-1));
        if (!offsets.includes(offset)) continue;
        await level.batch([{ type: 'put', key, value: bitTurned(value) }], { sync: true });
      }
      await level.close();
      return await levelDelayStore(path);
    };
    return { store, again, damaged };
  },
  ...(hasMariadb && {
    MariaDB: async () => {
      if (mariadb === undefined) throw new Error('it did not start');
      const { pool } = mariadb;
      tables += 1;
      const table = `delays_${tables}`;
      return {
        store: mysqlDelayStore(pool, table),
        again: async () => mysqlDelayStore(pool, table),
        damaged: async (...offsets: readonly number[]) => {
          for (const offset of offsets) {
            const [rows] = await pool.query(`SELECT record FROM ${table} WHERE at_offset = ?`, [
              offset,
            ]);
            const [{ record }] = rows as [{ record: Uint8Array }];
            const values = [Buffer.from(bitTurned(record)), offset];
            await pool.query(`UPDATE ${table} SET record = ? WHERE at_offset = ?`, values);
          }
          return mysqlDelayStore(pool, table);
        },
      };
    },
  }),
};

const delay = (offset: number, dueMs: number, changes: Partial<StoredDelay> = {}): StoredDelay => ({
  topic: 'Delays',
  partition: 3,
  offset,
  dueMs,
  target: 'orders',
  key: Buffer.from(`k${offset}`),
  value: Buffer.from([0, 0xff, 0x27, offset]),
  headers: [
    { key: 'h', value: Buffer.from('1') },
    { key: 'h', value: null },
  ],
  ...changes,
});

/** From the first offset to behind the last one. */
const part = (...delays: readonly StoredDelay[]): DumpedPart => ({
  topic: 'Delays',
  partition: 3,
  firstOffset: delays[0]?.offset ?? 0,
  nextOffset: (delays.at(-1)?.offset ?? -1) + 1,
  delays,
});

/** Offsets of what is due, all of which then is done. */
const takeDue = async (store: DelayStore, nowMs: number, maxCount = 100): Promise<number[]> => {
  let offsets: number[] = [];
  await store.forwardDue({ nowMs, maxCount }, async (done) => {
    offsets = done.map(({ offset }) => offset);
    return { done, failed: [], againMs: 0 };
  });
  return offsets;
};

describe.skipIf(hasMariadb)('the delay store in MariaDB', () => {
  it.skip('is not tested: mariadb-server is not installed', () => {});
});

describe.each(Object.entries(subjects))('the delay store in %s', (_name, open) => {
  it('gives back what was put, byte for byte, once it is due', async () => {
    const { store, again } = await open();
    const whole = delay(7, 1000);
    const bare = delay(8, 1000, { key: null, value: null, headers: [], target: 'o' });
    await store.put(part(whole, bare));
    const later = await again();
    const found: StoredDelay[] = [];
    const early = await takeDue(later, 999);
    const count = await later.forwardDue({ nowMs: 1000, maxCount: 10 }, async (done) => {
      found.push(...done);
      return { done, failed: [], againMs: 0 };
    });

    expect(early).toEqual([]);
    expect(count).toBe(2);
    const plain = (one: StoredDelay) => JSON.parse(JSON.stringify({ ...one, offset: one.offset }));
    const asBuffers = (one: StoredDelay): StoredDelay => ({
      ...one,
      key: one.key && Buffer.from(one.key),
      value: one.value && Buffer.from(one.value),
      headers: one.headers.map(({ key, value }) => ({ key, value: value && Buffer.from(value) })),
    });
    expect(found.map(asBuffers).map(plain)).toEqual([whole, bare].map(plain));
    expect(await takeDue(later, 5000)).toEqual([]);
  });

  it('gives the longest due first, and no more than were asked for', async () => {
    const { store } = await open();
    await store.put(part(delay(0, 300), delay(1, 100), delay(2, 200), delay(10, 100)));

    expect(await takeDue(store, 1000, 2)).toEqual([1, 10]);
    expect(await takeDue(store, 1000, 2)).toEqual([2, 0]);
  });

  it('keeps what could not be forwarded, and all where forwarding fails', async () => {
    const { store, again } = await open();
    await store.put(part(delay(0, 100), delay(1, 100)));
    const crash = store.forwardDue({ nowMs: 100, maxCount: 9 }, () => Promise.reject(Error('no')));
    await expect(crash).rejects.toThrow('no');
    await store.forwardDue({ nowMs: 100, maxCount: 9 }, async ([first, second]) => ({
      done: first === undefined ? [] : [first],
      failed: second === undefined ? [] : [second],
      againMs: 500,
    }));
    const later = await again();

    expect(await takeDue(later, 499)).toEqual([]);
    expect(await takeDue(later, 500)).toEqual([1]);
  });

  it('takes a part that is read again for what is new in it, also when some is forwarded', async () => {
    const { store, again } = await open();
    await store.put(part(delay(0, 100), delay(1, 900)));
    await takeDue(store, 100);
    const later = await again();
    await later.put(part(delay(0, 100), delay(1, 900), delay(2, 100)));

    expect(await takeDue(later, 1000)).toEqual([2, 1]);
  });

  it('refuses what is read from further back', async () => {
    const { store } = await open();
    await store.put(part(delay(0, 100)));
    await store.put(part(delay(1, 100)));

    await expect(store.put(part(delay(0, 100)))).rejects.toMatchObject({ code: 'CONFIG' });
  });

  it('passes over damaged ones, and leaves them, while anything whole is due', async () => {
    const { store, damaged } = await open();
    await store.put(part(delay(0, 100), delay(1, 200), delay(2, 300), delay(3, 400)));
    const later = await damaged(0, 2);

    const first = await takeDue(later, 1000, 1);
    const others = await takeDue(later, 1000);
    const left = takeDue(later, 1000);

    expect([first, others]).toEqual([[1], [3]]);
    await expect(left).rejects.toMatchObject({
      code: 'CORRUPT_STORE',
      message: 'the delayed message Delays/3/0 is damaged: remove it by hand',
    });
  });

  it('knows partitions and topics apart, also those that differ in case', async () => {
    const { store } = await open();
    await store.put(part(delay(5, 100)));
    const other = delay(0, 100, { topic: 'delays' });
    await store.put({ ...part(other), topic: 'delays' });

    expect(await takeDue(store, 100)).toHaveLength(2);
  });
});

describe.skipIf(!hasMariadb)('two processes with one store in MariaDB', () => {
  it('forward each what the other does not have in hand', async () => {
    const { store, again } = (await subjects['MariaDB']?.()) ?? {};
    if (store === undefined || again === undefined) throw new Error('it is not there');
    await store.put(part(...Array.from({ length: 10 }, (_, offset) => delay(offset, 100))));
    const other = await again();
    const taken: number[][] = [];
    await store.forwardDue({ nowMs: 100, maxCount: 5 }, async (done) => {
      taken.push(done.map(({ offset }) => offset));
      taken.push(await takeDue(other, 100));
      // A dump goes on meanwhile.
      await other.put(part(delay(10, 100)));
      return { done, failed: [], againMs: 0 };
    });

    expect(taken).toEqual([
      [0, 1, 2, 3, 4],
      [5, 6, 7, 8, 9],
    ]);
    expect(await takeDue(other, 100)).toEqual([10]);
  });
});
