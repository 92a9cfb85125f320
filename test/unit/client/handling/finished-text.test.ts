import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { OffsetRange } from '../../../../src/client/handling/finished-text.ts';
import { decodeFinished, encodeFinished } from '../../../../src/client/handling/finished-text.ts';

const FLOOR = fc.integer({ min: 0, max: 2 ** 50 });
const COUNT = fc.oneof(
  fc.integer({ min: 1, max: 40 }),
  fc.integer({ min: 1, max: 2 ** 20 }),
  fc.integer({ min: 1, max: 2 ** 44 }),
);
const PAIRS = fc.array(fc.tuple(COUNT, COUNT), { maxLength: 30 });

const rangesOf = (floor: number, pairs: ReadonlyArray<[number, number]>): OffsetRange[] => {
  let at = floor;
  return pairs.map(([open, finished]) => {
    const start = at + open;
    at = start + finished;
    return { start, end: at };
  });
};

describe('the text of what is finished', () => {
  test('tells it again, whatever it is', () => {
    fc.assert(
      fc.property(FLOOR, PAIRS, (floor, pairs) => {
        const ranges = rangesOf(floor, pairs);

        expect(decodeFinished(floor, encodeFinished(floor, ranges))).toEqual(ranges);
      }),
    );
  });

  test('where it is bounded, tells the lowest ranges, and no other offset', () => {
    fc.assert(
      fc.property(FLOOR, PAIRS, fc.integer({ min: 0, max: 200 }), (floor, pairs, maxBytes) => {
        const ranges = rangesOf(floor, pairs);

        const text = encodeFinished(floor, ranges, maxBytes);

        expect(text.length).toBeLessThanOrEqual(maxBytes);
        const told = decodeFinished(floor, text) ?? [];
        expect(told).toEqual(ranges.slice(0, told.length));
      }),
    );
  });

  test.each([
    ['nothing finished', 7, [], ''],
    ['one behind one that is open', 7, [{ start: 8, end: 9 }], 'done1=BB'],
    ['32 of them', 0, [{ start: 1, end: 33 }], 'done1=BgB'],
    [
      'two ranges',
      5,
      rangesOf(5, [
        [1, 2],
        [3, 4],
      ]),
      'done1=BCDE',
    ],
  ] as const)('keeps its form: %s', (_, floor, ranges, text) => {
    expect(encodeFinished(floor, ranges)).toBe(text);
  });

  test.each([
    ['of a later version', 'done2=BB'],
    ['cut within a number', 'done1=Bg'],
    ['cut within a pair', 'done1=BBC'],
    ['with a character that is no digit', 'done1=B!'],
    ['of a range without offsets', 'done1=BA'],
    ['beyond all offsets', `done1=B${'g'.repeat(20)}B`],
    ['of somebody else', 'hello'],
  ])('is not believed: one %s', (_, text) => {
    expect(decodeFinished(5, text)).toBeUndefined();
  });

  test('is never taken for something else when it is damaged', () => {
    fc.assert(
      fc.property(FLOOR, fc.string({ maxLength: 40 }), (floor, rest) => {
        const ranges = decodeFinished(floor, `done1=${rest}`) ?? [];

        let at = floor;
        for (const { start, end } of ranges) {
          expect(start).toBeGreaterThanOrEqual(at);
          expect(end).toBeGreaterThan(start);
          at = end;
        }
      }),
    );
  });
});
