import { describe, expect, it } from 'vitest';
import type { KeyRange, KeyValueStore, KeyValueStores } from '../../src/env/key-value-store.ts';
import { levelStores } from '../../src/platform/level-store.ts';
import { logStores } from '../chaos/power/log-store.ts';
import { PowerDisk } from '../chaos/power/power-disk.ts';
import { MemoryStores } from '../support/memory-store.ts';
import { tempDirs } from '../support/temp-dir.ts';

interface Subject {
  readonly stores: KeyValueStores;
  readonly path: string;
}

const makeTempDir = tempDirs();

const subjects: Readonly<Record<string, () => Subject>> = {
  LevelDB: () => ({ stores: levelStores, path: `${makeTempDir()}/store` }),
  'the store in memory': () => ({ stores: new MemoryStores(), path: '/store' }),
  'the store on a disk': () => ({
    stores: logStores(new PowerDisk({ device: makeTempDir(), syncMs: 0 })),
    path: '/store',
  }),
};

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const text = (value: Uint8Array | undefined): string | undefined =>
  value === undefined ? undefined : new TextDecoder().decode(value);

const put = (store: KeyValueStore, pairs: Readonly<Record<string, string>>): Promise<void> =>
  store.batch(
    Object.entries(pairs).map(([key, value]) => ({
      type: 'put' as const,
      key: bytes(key),
      value: bytes(value),
    })),
    { sync: false },
  );

const keysIn = async (store: KeyValueStore, range: KeyRange): Promise<string> => {
  const entries = await store.entries(range);
  return entries.map(([key]) => text(key)).join('');
};

const letters = { a: '1', b: '2', c: '3', d: '4' };

describe.each(Object.entries(subjects))('%s', (_name, makeSubject) => {
  it('gives back what was put, and undefined for what was not', async () => {
    const { stores, path } = makeSubject();
    const store = await stores.open(path);
    await put(store, { key: 'value' });

    expect(text(await store.get(bytes('key')))).toBe('value');
    expect(await store.get(bytes('none'))).toBeUndefined();
    await store.close();
  });

  it('applies the operations of a batch in order', async () => {
    const { stores, path } = makeSubject();
    const store = await stores.open(path);

    await store.batch(
      [
        { type: 'put', key: bytes('a'), value: bytes('1') },
        { type: 'del', key: bytes('a') },
        { type: 'put', key: bytes('b'), value: bytes('1') },
        { type: 'put', key: bytes('b'), value: bytes('2') },
        { type: 'del', key: bytes('never there') },
      ],
      { sync: true },
    );

    expect(await store.get(bytes('a'))).toBeUndefined();
    expect(text(await store.get(bytes('b')))).toBe('2');
    await store.close();
  });

  it.each<[string, KeyRange, string]>([
    ['all', {}, 'abcd'],
    ['from a start, inclusive', { start: bytes('b') }, 'bcd'],
    ['to an end, exclusive', { end: bytes('c') }, 'ab'],
    ['between two keys that are not there', { start: bytes('aa'), end: bytes('cc') }, 'bc'],
    ['the first ones', { limit: 2 }, 'ab'],
    ['the last ones first', { reverse: true, limit: 2 }, 'dc'],
    ['none with a limit of 0', { limit: 0 }, ''],
    ['none where the start is past the end', { start: bytes('c'), end: bytes('b') }, ''],
  ])('lists entries in key order: %s', async (_case, range, expected) => {
    const { stores, path } = makeSubject();
    const store = await stores.open(path);
    await put(store, letters);

    expect(await keysIn(store, range)).toBe(expected);
    await store.close();
  });

  it('orders keys as unsigned bytes, a prefix first', async () => {
    const { stores, path } = makeSubject();
    const store = await stores.open(path);
    const keys = [[0xff], [0x7f], [0x80], [0x7f, 0x00]].map((key) => Uint8Array.from(key));
    await store.batch(
      keys.map((key) => ({ type: 'put' as const, key, value: key })),
      { sync: false },
    );

    const entries = await store.entries({});

    expect(entries.map(([key]) => [...key])).toEqual([[0x7f], [0x7f, 0x00], [0x80], [0xff]]);
    await store.close();
  });

  it('keeps empty values apart from missing ones', async () => {
    const { stores, path } = makeSubject();
    const store = await stores.open(path);
    await put(store, { empty: '' });

    expect(await store.get(bytes('empty'))).toEqual(new Uint8Array(0));
    await store.close();
  });

  it('leaves keys and values of a batch to the caller', async () => {
    const { stores, path } = makeSubject();
    const store = await stores.open(path);
    const value = bytes('value');

    const written = store.batch([{ type: 'put', key: bytes('key'), value }], { sync: false });
    await written;
    value.fill(0);

    expect(text(await store.get(bytes('key')))).toBe('value');
    await store.close();
  });

  it('holds its content over a close', async () => {
    const { stores, path } = makeSubject();
    const first = await stores.open(path);
    await put(first, { key: 'value' });
    await first.close();

    const second = await stores.open(path);

    expect(text(await second.get(bytes('key')))).toBe('value');
    await second.close();
  });

  it('refuses a second open of one directory with CONFIG', async () => {
    const { stores, path } = makeSubject();
    const store = await stores.open(path);

    await expect(stores.open(path)).rejects.toMatchObject({ code: 'CONFIG' });
    await store.close();
  });

  it('refuses every use after close with CLOSED, and takes a second close', async () => {
    const { stores, path } = makeSubject();
    const store = await stores.open(path);
    await store.close();
    await store.close();

    await expect(store.get(bytes('a'))).rejects.toMatchObject({ code: 'CLOSED' });
    await expect(put(store, { a: '1' })).rejects.toMatchObject({ code: 'CLOSED' });
    await expect(store.entries({})).rejects.toMatchObject({ code: 'CLOSED' });
  });
});
