import { describe, expect, test } from 'vitest';
import { checkDegrade, combine, isLeftOut } from '../../../../src/client/degrade/degrade.ts';

const offsetsFrom = (first: number, count: number): number[] =>
  Array.from({ length: count }, (_, at) => first + at);

const record = (
  offset: number,
  timestampMs = 0,
  partition = 0,
): Parameters<typeof isLeftOut>[1] => ({
  partition,
  offset,
  timestampMs,
});

describe('what is left out', () => {
  test.each([
    [1000, false],
    [999, true],
    [-1, false],
  ])('by age 100, at 1100, of a record of %d: %s', (timestampMs, isOut) => {
    expect(isLeftOut({ skipOlderThanMs: 100 }, record(0, timestampMs), 1100)).toBe(isOut);
  });

  test.each([0, 0.1, 0.5, 1])(
    'by a sample of %d leaves that share, of few in a row too',
    (sample) => {
      const offsets = offsetsFrom(2 ** 40, 100);

      const kept = offsets.filter((offset) => !isLeftOut({ sample }, record(offset), 0));

      expect(Math.abs(kept.length - 100 * sample)).toBeLessThanOrEqual(2);
    },
  );

  test('by a sample is another row in each partition, and the same one each time', () => {
    const kept = (partition: number): number[] =>
      offsetsFrom(0, 50).filter(
        (offset) => !isLeftOut({ sample: 0.2 }, record(offset, 0, partition), 0),
      );

    expect(kept(1)).toEqual(kept(1));
    expect(kept(1)).not.toEqual(kept(0));
  });

  test('by two is what either leaves out', () => {
    const application = { skipOlderThanMs: 50, sample: 0.5 };

    expect(combine(application, { skipOlderThanMs: 80, sample: 0.2, pause: true })).toEqual({
      skipOlderThanMs: 50,
      sample: 0.2,
      pause: true,
    });
    expect(combine({}, application)).toEqual({ ...application, pause: false });
  });

  test.each<[object, RegExp]>([
    [{ skipOlderThanMs: -1 }, /skipOlderThanMs=-1 is not a whole number/],
    [{ sample: 1.1 }, /sample=1.1 is no share/],
    [{ pause: 'yes' }, /pause=yes is neither true nor false/],
    [{ paused: true }, /unknown key of degrade: paused, did you mean pause/],
  ])('cannot be %j', (options, message) => {
    expect(() => checkDegrade(options as never)).toThrow(message);
  });
});
