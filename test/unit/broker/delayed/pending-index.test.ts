import { describe, expect, it } from 'vitest';
import type { Change } from '../../../../src/broker/delayed/held-batch.ts';
import { PendingIndex } from '../../../../src/broker/delayed/pending-index.ts';
import { MemoryStores } from '../../../support/memory-store.ts';

const PATH = '/delayed';

const held = (offset: number, dueMs: number, replaces = -1): Change => ({
  kind: 'hold',
  hold: { offset, dueMs, firstOffset: offset },
  replaces,
});
const gone = (offset: number): Change => ({ kind: 'gone', offset });
const upTo = (appliedOffset: number) => ({ appliedOffset, leaderEpoch: 1 });

const open = async (stores = new MemoryStores()) => {
  const store = await stores.open(PATH);
  const index = new PendingIndex(store, 'topic', 0);
  const isWhole = await index.load();
  return { stores, store, index, isWhole };
};

const offsetsOf = (holds: readonly { readonly offset: number }[]): number[] =>
  holds.map(({ offset }) => offset);

describe('the index of what waits', () => {
  it('is in order of time, and of offset', async () => {
    const { index } = await open();

    await index.apply([held(0, 300), held(1, 100), held(2, 2 ** 40), held(3, 100)], upTo(4));

    expect(offsetsOf(await index.nearest(3))).toEqual([1, 3, 0]);
    expect(offsetsOf(await index.between(1, 3))).toEqual([1, 2]);
    expect((await index.first())?.offset).toBe(0);
  });

  it('takes away what was delivered, cancelled or held anew, in one step or several', async () => {
    const { index } = await open();
    await index.apply([held(0, 1), held(1, 2), held(2, 3), gone(2)], upTo(4));

    await index.apply([gone(0), held(5, 2, 1), gone(77)], upTo(6));

    expect(offsetsOf(await index.nearest(10))).toEqual([5]);
    expect(index.count).toBe(1);
  });

  it('goes on where it stood when its process ends', async () => {
    const { index, stores } = await open();
    await index.apply([held(0, 1)], upTo(4));
    stores.kill();

    const again = await open(stores);

    expect(again.isWhole).toBe(true);
    expect([again.index.appliedOffset, again.index.leaderEpoch, again.index.count]).toEqual([
      4, 1, 1,
    ]);
  });

  it.each([
    ['when', 0],
    ['how far', 1],
    ['where', 2],
  ])('begins anew where the entry was lost that says %s', async (_what, at) => {
    const { index, stores } = await open();
    await index.apply([held(0, 1)], upTo(4));
    stores.kill();
    // d, m, o: the letters that keys begin with.
    stores.corrupt(PATH, at, 'gone');

    const again = await open(stores);

    expect(again.isWhole).toBe(false);
    expect([again.index.appliedOffset, again.index.count]).toEqual([0, 0]);
    expect(await again.index.nearest(1)).toEqual([]);
  });

  it('keeps partitions and topics apart, also where one name begins the other', async () => {
    const { index, store } = await open();
    const others = [new PendingIndex(store, 'topic', 1), new PendingIndex(store, 'topic2', 0)];
    await index.apply([held(0, 5)], upTo(1));
    for (const other of others) await other.apply([held(7, 1)], upTo(8));

    await index.clear();

    expect(await index.nearest(5)).toEqual([]);
    for (const other of others) expect(offsetsOf(await other.nearest(5))).toEqual([7]);
  });
});
