import { describe, expect, test } from 'vitest';
import { KeyValueParkStore } from '../../../../src/client/parking/key-value-park-store.ts';
import type { ParkedRecord } from '../../../../src/client/parking/park-store.ts';
import { levelStores } from '../../../../src/platform/level-store.ts';
import { MemoryStores } from '../../../support/memory-store.ts';
import { SeededRandom } from '../../../support/seeded-random.ts';
import { tempDirs } from '../../../support/temp-dir.ts';

const makeTempDir = tempDirs();

const parked = (offset: number, changes: Partial<ParkedRecord> = {}): ParkedRecord => ({
  groupId: 'g',
  topic: 't',
  partition: 0,
  offset,
  timestampMs: 5,
  attempts: 1,
  errorName: 'Error',
  errorMessage: 'bad',
  errorStack: '',
  firstFailureMs: 10,
  lastFailureMs: 20,
  key: null,
  value: Uint8Array.of(0xff, offset),
  headers: [{ key: 'h', value: null }],
  dueMs: 100,
  ...changes,
});

const open = async (): Promise<KeyValueParkStore> =>
  new KeyValueParkStore(await levelStores.open(makeTempDir()));

const dueOf = async (store: KeyValueParkStore, nowMs: number): Promise<number[]> =>
  (await store.due(nowMs, 100)).map(({ offset }) => offset);

describe('parked records in LevelDB', () => {
  test('are given back byte for byte, after a restart too', async () => {
    const path = makeTempDir();
    const first = new KeyValueParkStore(await levelStores.open(path));
    await first.put([parked(1)]);
    await first.close();

    const second = new KeyValueParkStore(await levelStores.open(path));
    const [found] = await second.due(100, 10);
    await second.close();

    expect(found).toEqual(parked(1));
  });

  test('come in the order in which they are due, and none before', async () => {
    const store = await open();
    await store.put([parked(1, { dueMs: 300 }), parked(2, { dueMs: 256 }), parked(3)]);

    const found = [await dueOf(store, 99), await dueOf(store, 299), await dueOf(store, 300)];
    await store.close();

    expect(found).toEqual([[], [3, 2], [3, 2, 1]]);
  });

  test('stay as they are where one is parked again with no more attempts', async () => {
    const store = await open();
    await store.put([parked(1, { attempts: 2, dueMs: 200 })]);

    await store.put([parked(1, { attempts: 1, dueMs: 50 })]);
    const early = await dueOf(store, 199);
    await store.put([parked(1, { attempts: 3, dueMs: 150 })]);
    const later = await store.due(1000, 10);
    await store.close();

    expect(early).toEqual([]);
    expect(later.map(({ attempts, dueMs }) => [attempts, dueMs])).toEqual([[3, 150]]);
  });

  test('are gone when they are removed, whichever version is named; twice is once', async () => {
    const store = await open();
    await store.put([parked(1, { attempts: 2, dueMs: 200 }), parked(2)]);

    await store.remove(parked(1));
    await store.remove(parked(1));
    const found = await dueOf(store, 1000);
    await store.close();

    expect(found).toEqual([2]);
  });

  test('are told apart by group, topic, partition and offset', async () => {
    const store = await open();
    const others = [{ groupId: 'h' }, { topic: 'u' }, { partition: 1 }, { offset: 2 }];

    await store.put([parked(1), ...others.map((change) => parked(1, change))]);
    const found = await store.due(1000, 100);
    await store.close();

    expect(found).toHaveLength(5);
  });

  test('that were put are there after a power cut, with their moments (in memory)', async () => {
    const stores = new MemoryStores();
    const store = new KeyValueParkStore(await stores.open('/p'));
    await store.put([parked(1), parked(2)]);
    await store.remove(parked(1));

    stores.crash(new SeededRandom(1));
    const after = new KeyValueParkStore(await stores.open('/p'));

    expect(await dueOf(after, 1000)).toEqual([2]);
  });
});
