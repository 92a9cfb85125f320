import { describe, expect, it } from 'vitest';
import type { CachedTail } from '../../../src/log/batch-cache.ts';
import { BatchCache } from '../../../src/log/batch-cache.ts';

const OVERHEAD_BYTES = 160;

/** Room for four batches of 40 bytes. */
const cacheOfFour = (): BatchCache => new BatchCache(4 * (40 + OVERHEAD_BYTES));

const fill = (tail: CachedTail, first: number, end: number): void => {
  for (let offset = first; offset < end; offset += 1) {
    tail.push(offset, offset + 1, new Uint8Array(40));
  }
};

const offsetsFrom = (tail: CachedTail, offset: number): number[] =>
  [...tail.from(offset)].map(({ endOffset }) => endOffset - 1);

describe('BatchCache', () => {
  it('gives the batches from the one that contains an offset', () => {
    const tail = cacheOfFour().tail();
    tail.push(0, 5, new Uint8Array(40));
    tail.push(5, 9, new Uint8Array(40));

    expect(offsetsFrom(tail, 3)).toEqual([4, 8]);
  });

  it('gives nothing for an offset before its first batch', () => {
    const tail = cacheOfFour().tail();
    fill(tail, 10, 12);

    expect(offsetsFrom(tail, 9)).toEqual([]);
  });

  it('lets the batch go that was appended first, of whatever log', () => {
    const cache = cacheOfFour();
    const [first, second] = [cache.tail(), cache.tail()];
    fill(first, 0, 1);
    fill(second, 0, 4);

    expect([first.startOffset, second.startOffset]).toEqual([undefined, 0]);
  });

  it('stays within its bound over many batches', () => {
    const cache = cacheOfFour();
    const tail = cache.tail();

    fill(tail, 0, 10_000);

    expect(cache.usedBytes).toBeLessThanOrEqual(4 * (40 + OVERHEAD_BYTES));
    expect(offsetsFrom(tail, 9997)).toEqual([9997, 9998, 9999]);
  });

  it('forgets what begins below an offset, and no more', () => {
    const cache = cacheOfFour();
    const tail = cache.tail();
    fill(tail, 0, 4);

    tail.dropBelow(3);

    expect(tail.startOffset).toBe(3);
    expect(offsetsFrom(tail, 3)).toEqual([3]);
    expect(cache.usedBytes).toBe(40 + OVERHEAD_BYTES);
  });

  it('forgets what a truncation cuts and frees its room', () => {
    const cache = cacheOfFour();
    const tail = cache.tail();
    fill(tail, 0, 4);

    tail.truncate(2);

    expect(offsetsFrom(tail, 0)).toEqual([0, 1]);
    expect(cache.usedBytes).toBe(2 * (40 + OVERHEAD_BYTES));
  });

  it('counts a batch that was cut and would have been the oldest only once', () => {
    const cache = cacheOfFour();
    const [first, second] = [cache.tail(), cache.tail()];
    fill(first, 0, 2);
    first.clear();

    fill(second, 0, 9);

    expect(offsetsFrom(second, 5)).toEqual([5, 6, 7, 8]);
  });
});
