import { describe, expect, it } from 'vitest';
import { chainEntry, readChain } from '../../../src/raft/entry-chain.ts';
import { entries, entry } from './store-fixture.ts';

const BASE = { index: 10, sum: 77 };

const chainOf = (count: number): Buffer[] => {
  const values: Buffer[] = [];
  let { sum } = BASE;
  for (const each of entries(BASE.index + 1, BASE.index + count, 3)) {
    const link = chainEntry(each, sum);
    values.push(link.value);
    sum = link.sum;
  }
  return values;
};

const without = (values: readonly Buffer[], at: number): Buffer[] =>
  values.filter((_, index) => index !== at);

const flipped = (values: readonly Buffer[], at: number, byte: number): Buffer[] =>
  values.map((value, index) => {
    const copy = Buffer.from(value);
    if (index === at) copy[byte] = (copy[byte] ?? 0) ^ 0x40;
    return copy;
  });

describe('a chain of entries', () => {
  it('is read whole where nothing is broken', () => {
    const read = readChain(chainOf(5), BASE);

    expect(read.brokenAt).toBeUndefined();
    expect(read.entries.map(({ index }) => index)).toEqual([11, 12, 13, 14, 15]);
  });

  it('gives the sum that the next entry continues', () => {
    const values = chainOf(3);
    const next = chainEntry(entry(14, 3), readChain(values, BASE).sums.at(-1) ?? 0);

    const read = readChain([...values, next.value], BASE);

    expect(read.brokenAt).toBeUndefined();
  });

  const length = chainOf(1)[0]?.length ?? 0;
  it.each(Array.from({ length }, (_, byte) => byte))(
    'breaks where byte %i of a value rots',
    (byte) => {
      const read = readChain(flipped(chainOf(5), 2, byte), BASE);

      expect(read.brokenAt).toBe(13);
      expect(read.entries).toHaveLength(2);
    },
  );

  it('breaks at an entry that is gone with others behind it', () => {
    const read = readChain(without(chainOf(5), 1), BASE);

    expect(read.brokenAt).toBe(12);
  });

  it('breaks at the first entry where it hangs on another base', () => {
    const read = readChain(chainOf(5), { ...BASE, sum: 78 });

    expect(read).toMatchObject({ brokenAt: 11, entries: [] });
  });

  it('breaks at a value too short to hold a sum', () => {
    const read = readChain([...chainOf(2), Buffer.alloc(3)], BASE);

    expect(read.brokenAt).toBe(13);
  });

  it('breaks where an old entry stands in the place of its successor', () => {
    const [first, second] = chainOf(2);
    const overwritten = chainEntry(
      entry(12, 4, 'newer'),
      readChain([first as Buffer], BASE).sums[0] ?? 0,
    );
    const third = chainEntry(entry(13, 4), overwritten.sum);

    const read = readChain([first as Buffer, second as Buffer, third.value], BASE);

    expect(read.brokenAt).toBe(13);
  });
});
