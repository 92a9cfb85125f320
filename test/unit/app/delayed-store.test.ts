import { expect, it } from 'vitest';
import { delayedStore } from '../../../src/app/delayed-store.ts';
import { silentLogger } from '../../../src/env/logger.ts';
import { MemoryDisk } from '../../support/memory-disk.ts';
import { MemoryStores } from '../../support/memory-store.ts';

const VERSION_KEY = Buffer.from('v');

const setUp = () => {
  const stores = new MemoryStores();
  const store = delayedStore({ disk: new MemoryDisk(), stores, logger: silentLogger }, '/data');
  return { stores, store };
};

it('the index of delayed records says its version, and is opened again by it', async () => {
  const { store } = setUp();

  const first = await store.open();
  await first.close();
  const again = await store.open();

  expect(Buffer.from((await again.get(VERSION_KEY)) ?? []).toString()).toBe('1');
});

it('an index of delayed records of a later release is not opened, and not built again', async () => {
  const { stores, store } = setUp();
  const later = await stores.open('/data/delayed');
  const value = Buffer.from('2');
  await later.batch([{ type: 'put', key: VERSION_KEY, value }], { sync: false });
  await later.close();

  const opening = store.open();

  await expect(opening).rejects.toThrow(
    '/data/delayed is of format 2, this release knows 1: start the release that wrote it, ' +
      'or a later one; the file was left as it is',
  );
  const still = await stores.open('/data/delayed');
  expect(Buffer.from((await still.get(VERSION_KEY)) ?? []).toString()).toBe('2');
});
