import { describe, expect, test } from 'vitest';
import { silentLogger } from '../../../src/env/logger.ts';
import type { SnapshotBytes } from '../../../src/metadata/loader.ts';
import { MetadataLoader } from '../../../src/metadata/loader.ts';
import type { SnapshotterOptions } from '../../../src/metadata/snapshotter.ts';
import { MetadataSnapshotter } from '../../../src/metadata/snapshotter.ts';
import { entry, topic } from './fixtures.ts';

const setUp = (options: SnapshotterOptions, keep?: () => Promise<void>) => {
  const loader = new MetadataLoader();
  const kept: SnapshotBytes[] = [];
  const snapshotter = new MetadataSnapshotter({
    loader,
    keep: async (snapshot) => {
      kept.push(snapshot);
      await keep?.();
    },
    logger: silentLogger,
    options,
  });
  const commit = async (index: number): Promise<void> => {
    const entries = [entry(index, [topic(`t${index}`)])];
    loader.onCommitted(entries);
    snapshotter.onCommitted(entries);
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { kept, commit };
};

describe('the snapshotter', () => {
  test('takes one snapshot each time enough entries have come', async () => {
    const { kept, commit } = setUp({ everyEntries: 2 });

    for (const index of [1, 2, 3, 4, 5]) await commit(index);

    expect(kept.map(({ index }) => index)).toEqual([2, 4]);
  });

  test('takes one when enough bytes have come', async () => {
    const { kept, commit } = setUp({ everyBytes: 10 });

    await commit(1);

    expect(kept).toHaveLength(1);
  });

  test('takes no second one while the first is being stored', async () => {
    let finish = (): void => {};
    const { kept, commit } = setUp(
      { everyEntries: 1 },
      () => new Promise((done) => (finish = done)),
    );

    await commit(1);
    await commit(2);
    finish();
    await commit(3);
    await commit(4);

    expect(kept[0]?.index).toBe(1);
    expect(kept).toHaveLength(2);
  });

  test('tries again after one that failed', async () => {
    const { kept, commit } = setUp({ everyEntries: 1 }, () => Promise.reject(new Error('full')));

    await commit(1);
    await commit(2);

    expect(kept.map(({ index }) => index)).toEqual([1, 2]);
  });
});
