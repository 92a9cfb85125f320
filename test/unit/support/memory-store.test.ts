import { describe, expect, it } from 'vitest';
import type { KeyValueStore } from '../../../src/env/key-value-store.ts';
import { MemoryStores } from '../../support/memory-store.ts';
import { SeededRandom } from '../../support/seeded-random.ts';

const put = (store: KeyValueStore, name: string, sync: boolean): Promise<void> => {
  const key = new TextEncoder().encode(name);
  return store.batch([{ type: 'put', key, value: key }], { sync });
};

const namesIn = async (stores: MemoryStores): Promise<string> => {
  const store = await stores.open('/s');
  const entries = await store.entries({});
  return entries.map(([key]) => new TextDecoder().decode(key)).join('');
};

describe('a power cut under a store', () => {
  it('keeps batches up to the last synced one', async () => {
    const stores = new MemoryStores();
    const store = await stores.open('/s');
    await put(store, 'a', false);
    await put(store, 'b', true);
    await put(store, 'c', false);

    stores.crash();

    expect(await namesIn(stores)).toBe('ab');
  });

  it('keeps unsynced batches in order only', async () => {
    const seen = new Set<string>();
    for (let seed = 0; seed < 60; seed += 1) {
      const stores = new MemoryStores();
      const store = await stores.open('/s');
      for (const name of ['a', 'b', 'c']) await put(store, name, false);
      stores.crash(new SeededRandom(seed));
      seen.add(await namesIn(stores));
    }

    expect([...seen].sort()).toEqual(['', 'a', 'ab', 'abc']);
  });

  it('makes the open store useless', async () => {
    const stores = new MemoryStores();
    const store = await stores.open('/s');

    stores.crash();

    await expect(store.get(new Uint8Array(1))).rejects.toMatchObject({ code: 'CLOSED' });
  });

  it('loses a batch whose sync failed', async () => {
    const stores = new MemoryStores();
    const store = await stores.open('/s');
    stores.failNextSync();
    await expect(put(store, 'a', true)).rejects.toMatchObject({ code: 'STORAGE_ERROR' });

    stores.crash();

    expect(await namesIn(stores)).toBe('');
  });
});

describe('a store whose syncs are held', () => {
  it('ends no synced batch before they are released, and has it on the device after', async () => {
    const stores = new MemoryStores();
    const store = await stores.open('/s');
    stores.holdSyncs();
    let isDone = false;

    const batch = put(store, 'a', true).then(() => {
      isDone = true;
    });
    await new Promise((resolve) => setImmediate(resolve));
    const early = isDone;
    stores.releaseSyncs();
    await batch;
    stores.crash();

    expect(early).toBe(false);
    expect(await namesIn(stores)).toBe('a');
  });

  it('loses what was held when the power goes, and fails the batch', async () => {
    const stores = new MemoryStores();
    const store = await stores.open('/s');
    stores.holdSyncs();

    const batch = put(store, 'a', true);
    stores.crash();

    await expect(batch).rejects.toMatchObject({ code: 'CLOSED' });
    expect(await namesIn(stores)).toBe('');
  });
});
