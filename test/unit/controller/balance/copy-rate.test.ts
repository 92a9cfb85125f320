import { describe, expect, test } from 'vitest';
import { CopyRate } from '../../../../src/controller/balance/copy-rate.ts';

const MIB = 1024 * 1024;

describe('the rate of copies', () => {
  test('is not known from one look, nor from two within two seconds', () => {
    const rate = new CopyRate();

    rate.onSample(new Map([['a', 0]]), 0);
    const first = rate.bytesPerSecond;
    rate.onSample(new Map([['a', MIB]]), 1999);

    expect([first, rate.bytesPerSecond]).toEqual([undefined, undefined]);
  });

  test('is what all replicas got together', () => {
    const rate = new CopyRate();
    const look = (a: number, b: number, atMs: number): void =>
      rate.onSample(
        new Map([
          ['a', a],
          ['b', b],
        ]),
        atMs,
      );

    look(0, MIB, 0);
    look(2 * MIB, 3 * MIB, 4000);

    expect(rate.bytesPerSecond).toBe(MIB);
  });

  test('counts a replica that was not there before from nothing on', () => {
    const rate = new CopyRate();

    rate.onSample(new Map(), 0);
    rate.onSample(new Map([['a', 4 * MIB]]), 4000);

    expect(rate.bytesPerSecond).toBe(MIB);
  });

  test('counts what began and became whole between two looks, and the rest of what was seen', () => {
    const rate = new CopyRate();

    rate.onSample(new Map([['a', MIB]]), 0);
    rate.onWhole('a', 2 * MIB);
    rate.onWhole('b', 3 * MIB);
    rate.onSample(new Map(), 4000);

    expect(rate.bytesPerSecond).toBe(MIB);
  });

  test('does not fall below nothing where a replica begins anew', () => {
    const rate = new CopyRate();

    rate.onSample(new Map([['a', 4 * MIB]]), 0);
    rate.onSample(new Map([['a', 0]]), 4000);

    expect(rate.bytesPerSecond).toBeUndefined();
  });

  test('is that of the last minute', () => {
    const rate = new CopyRate();

    rate.onSample(new Map([['a', 0]]), 0);
    rate.onSample(new Map([['a', 600 * MIB]]), 10_000);
    rate.onSample(new Map([['a', 660 * MIB]]), 70_000);

    expect(rate.bytesPerSecond).toBe(MIB);
  });
});
