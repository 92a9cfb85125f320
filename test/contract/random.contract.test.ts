import { describe, expect, it } from 'vitest';
import type { Random } from '../../src/env/random.ts';
import { randomId } from '../../src/env/random.ts';
import { systemRandom } from '../../src/platform/system-random.ts';
import { SeededRandom } from '../support/seeded-random.ts';

const subjects: Readonly<Record<string, () => Random>> = {
  'the system random': () => systemRandom,
  'the seeded random': () => new SeededRandom(42),
};

describe.each(Object.entries(subjects))('%s', (_name, makeRandom) => {
  it('draws every number below the end, and only those', () => {
    const random = makeRandom();
    const drawn = new Set<number>();
    for (let index = 0; index < 500; index += 1) drawn.add(random.below(5));

    expect([...drawn].sort()).toEqual([0, 1, 2, 3, 4]);
  });

  it('draws evenly', () => {
    const random = makeRandom();
    let low = 0;
    for (let index = 0; index < 20_000; index += 1) if (random.below(1000) < 500) low += 1;

    expect(Math.abs(low - 10_000)).toBeLessThan(500);
  });

  it('draws only 0 below 1', () => {
    expect(makeRandom().below(1)).toBe(0);
  });

  it('draws whole numbers over the whole range of safe integers', () => {
    const random = makeRandom();
    let greatest = 0;
    for (let index = 0; index < 100; index += 1) {
      const drawn = random.below(Number.MAX_SAFE_INTEGER);
      expect(Number.isSafeInteger(drawn)).toBe(true);
      greatest = Math.max(greatest, drawn);
    }

    expect(greatest).toBeGreaterThan(2 ** 52);
    expect(greatest).toBeLessThan(Number.MAX_SAFE_INTEGER);
  });

  it.each([0, -1, 1.5, Number.NaN])('refuses %d as an end', (end) => {
    expect(() => makeRandom().below(end)).toThrow('whole number');
  });

  it('gives bytes that the caller owns', () => {
    const random = makeRandom();
    const first = random.bytes(32);
    const copy = first.slice();

    random.bytes(32);

    expect(first).toEqual(copy);
    expect(first.length).toBe(32);
    expect(new Set(first).size).toBeGreaterThan(8);
  });

  it('forks generators that differ by label', () => {
    const random = makeRandom();

    expect(random.fork('a').bytes(16)).not.toEqual(random.fork('b').bytes(16));
  });

  it('makes ids of 22 characters that do not repeat', () => {
    const random = makeRandom();
    const ids = new Set(Array.from({ length: 1000 }, () => randomId(random)));

    expect(ids.size).toBe(1000);
    for (const id of ids) expect(id).toMatch(/^[A-Za-z0-9_][A-Za-z0-9_-]{21}$/);
  });
});

describe('the seeded random', () => {
  it('draws the same from the same seed', () => {
    expect(new SeededRandom(1).bytes(64)).toEqual(new SeededRandom(1).bytes(64));
  });

  it('draws other numbers from another seed', () => {
    expect(new SeededRandom(1).bytes(64)).not.toEqual(new SeededRandom(2).bytes(64));
  });

  it('gives a fork the same draws however many were made before it', () => {
    const early = new SeededRandom(1);
    const late = new SeededRandom(1);
    late.bytes(100);

    expect(late.fork('x').bytes(16)).toEqual(early.fork('x').bytes(16));
  });

  it('gives two forks of one label draws of their own', () => {
    const random = new SeededRandom(1);

    expect(random.fork('x').bytes(16)).not.toEqual(random.fork('x').bytes(16));
  });
});
