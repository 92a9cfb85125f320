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
const repeated = (offset: number, dueMs: number): Change => ({ kind: 'repeated', offset, dueMs });
const cancelled = (offset: number, atOffset: number): Change => ({
  kind: 'cancelled',
  offset,
  atOffset,
});
const gone = (offset: number): Change => ({ kind: 'gone', offset });
const upTo = (appliedOffset: number) => ({ appliedOffset, leaderEpoch: 1 });

const OF = { topicId: 'topic', partition: 0 };

const open = async (stores = new MemoryStores(), cancelledMax?: number) => {
  const store = await stores.open(PATH);
  const index = new PendingIndex(store, OF, cancelledMax);
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

  it('keeps what repeats where it is, for its next moment, also after it is read again', async () => {
    const { index, store } = await open();
    await index.apply([held(0, 10), held(1, 50), repeated(0, 20), repeated(0, 30)], upTo(4));
    await index.apply([repeated(0, 40), repeated(77, 40)], upTo(6));
    const told = { offset: 0, dueMs: 40, firstOffset: 0, isTold: true };
    const again = new PendingIndex(store, OF);

    expect(await again.load()).toBe(true);
    expect(again.count).toBe(2);
    expect([index.told, again.told]).toEqual([[told], [told]]);
    expect((await again.nearest(9)).map(({ dueMs }) => dueMs)).toEqual([40, 50]);
  });

  it('has no such one any more once it is held anew, moved or gone', async () => {
    const { index } = await open();
    const anew = { offset: 5, dueMs: 20, firstOffset: 0 };
    await index.apply([held(0, 10), repeated(0, 20)], upTo(2));
    await index.apply([{ kind: 'hold', hold: anew, replaces: 0 }], upTo(6));
    const heldAnew = index.told;
    await index.apply([repeated(0, 30)], upTo(7));
    const repeatedThere = index.told;
    await index.apply([gone(0)], upTo(8));

    expect(heldAnew).toEqual([]);
    expect(repeatedThere).toEqual([{ ...anew, dueMs: 30, isTold: true }]);
    expect(index.told).toEqual([]);
    expect(index.count).toBe(0);
  });

  it('knows what was held anew by where it was held first, and where it is', async () => {
    const { index } = await open();
    const anew = {
      kind: 'hold',
      hold: { offset: 5, dueMs: 9, firstOffset: 0 },
      replaces: 0,
    } as const;
    await index.apply([held(0, 1)], upTo(1));
    await index.apply([anew], upTo(6));

    const found = [await index.find(0), await index.find(5), await index.find(1)];
    await index.apply([gone(0)], upTo(7));

    expect(found).toEqual([anew.hold, anew.hold, undefined]);
    expect(index.count).toBe(0);
  });

  it('lets go of an old form where the one between never came', async () => {
    const { index } = await open();
    await index.apply([held(0, 1), held(1, 1)], upTo(2));

    const third = { offset: 7, dueMs: 9, firstOffset: 0 };
    await index.apply([{ kind: 'hold', hold: third, replaces: 4 }, gone(1)], upTo(8));

    expect(await index.nearest(10)).toEqual([third]);
  });

  it('remembers what was cancelled, as what is gone', async () => {
    const { index, stores } = await open();
    await index.apply([held(0, 1), held(1, 1)], upTo(2));
    await index.apply([cancelled(1, 2), gone(0)], upTo(4));
    stores.kill();

    const again = await open(stores);

    expect(again.index.count).toBe(0);
    expect([await again.index.isCancelled(0), await again.index.isCancelled(1)]).toEqual([
      false,
      true,
    ]);
  });

  it.each([
    ['that one record was cancelled', 0],
    ['which one a cancellation was of', 1],
    ['how far the log was applied', 2],
  ])('begins anew where nothing waits and the entry was lost that says %s', async (_what, at) => {
    const { index, stores } = await open();
    await index.apply([held(0, 1), cancelled(0, 1)], upTo(2));
    stores.kill();
    // c, e, m: the letters that keys begin with.
    stores.corrupt(PATH, at, 'gone');

    const again = await open(stores);

    expect(again.isWhole).toBe(false);
    expect(again.index.appliedOffset).toBe(0);
    expect(await again.index.isCancelled(0)).toBe(false);
    // From the log, as if it had never been there.
    await again.index.apply([held(0, 1), cancelled(0, 1)], upTo(2));
    expect(await again.index.isCancelled(0)).toBe(true);
  });

  it('begins anew where a write was lost that held and cancelled the same record', async () => {
    const { index, stores } = await open();
    await index.apply([held(0, 1), cancelled(0, 1)], upTo(2));
    await index.apply([held(2, 1)], upTo(3));
    stores.kill();
    // c, d, e, m, o.
    stores.corrupt(PATH, 2, 'gone');
    stores.corrupt(PATH, 0, 'gone');

    const again = await open(stores);

    expect(again.isWhole).toBe(false);
  });

  it('begins anew where its mark is of a program that counted no cancellations', async () => {
    const { index, stores, store } = await open();
    await index.apply([held(0, 1), held(1, 1), cancelled(0, 2)], upTo(3));
    const [mark] = await store.entries({ start: Buffer.from('m'), end: Buffer.from('n') });
    const [key, value] = mark ?? [Buffer.of(), Buffer.of()];
    await store.batch([{ type: 'put', key, value: value.subarray(0, 28) }], { sync: true });
    stores.kill();

    const again = await open(stores);

    expect(again.isWhole).toBe(false);
    expect(await again.index.nearest(9)).toEqual([]);
  });

  it('is whole where a record was cancelled twice, in one step or in two', async () => {
    const { index, stores } = await open();
    await index.apply([held(0, 1), cancelled(0, 1), cancelled(0, 2)], upTo(3));
    await index.apply([cancelled(0, 3)], upTo(4));
    stores.kill();

    const again = await open(stores);

    expect(again.isWhole).toBe(true);
    expect(await again.index.isCancelled(0)).toBe(true);
  });

  it('forgets the oldest of too many cancellations, and is whole still', async () => {
    const { index, stores } = await open(new MemoryStores(), 2);
    await index.apply([cancelled(3, 10), cancelled(2, 11), cancelled(1, 12)], upTo(13));
    await index.apply([cancelled(0, 13)], upTo(14));
    stores.kill();

    const again = await open(stores);

    expect(again.isWhole).toBe(true);
    const remembered = [3, 2, 1, 0].map((offset) => again.index.isCancelled(offset));
    expect(await Promise.all(remembered)).toEqual([false, false, true, true]);
  });

  it('has what is due at the last moment there is', async () => {
    const { index, stores } = await open();
    await index.apply([held(0, Number.MAX_SAFE_INTEGER)], upTo(1));
    stores.kill();

    const again = await open(stores);

    expect(again.isWhole).toBe(true);
    expect(offsetsOf(await again.index.nearest(1))).toEqual([0]);
  });

  it('begins anew where the entry was lost that says where one is now', async () => {
    const { index, stores } = await open();
    await index.apply([held(0, 1)], upTo(1));
    const anew = { offset: 5, dueMs: 9, firstOffset: 0 };
    await index.apply([{ kind: 'hold', hold: anew, replaces: 0 }], upTo(6));
    stores.kill();
    // d, f, m, o.
    stores.corrupt(PATH, 1, 'gone');

    const again = await open(stores);

    expect(again.isWhole).toBe(false);
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
    const others = [
      { ...OF, partition: 1 },
      { ...OF, topicId: 'topic2' },
    ].map((of) => new PendingIndex(store, of));
    await index.apply([held(0, 5)], upTo(1));
    for (const other of others) await other.apply([held(7, 1)], upTo(8));

    await index.clear();

    expect(await index.nearest(5)).toEqual([]);
    for (const other of others) expect(offsetsOf(await other.nearest(5))).toEqual([7]);
  });
});
