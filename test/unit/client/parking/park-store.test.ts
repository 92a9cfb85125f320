import { describe, expect, test } from 'vitest';
import { KeyValueParkStore } from '../../../../src/client/parking/key-value-park-store.ts';
import { levelStores } from '../../../../src/platform/level-store.ts';
import { MemoryStores } from '../../../support/memory-store.ts';
import { parked } from '../../../support/parked-record.ts';
import { SeededRandom } from '../../../support/seeded-random.ts';
import { tempDirs } from '../../../support/temp-dir.ts';

const makeTempDir = tempDirs();

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
