import { describe, expect, it } from 'vitest';
import { growingPercent } from '../../../src/platform/heap-headroom.ts';

const MIB = 1024 * 1024;

describe('growingPercent', () => {
  it('lets a small heap grow by 128 MiB, however small it is', () => {
    for (const usedMib of [4, 16, 100]) {
      const percent = growingPercent(usedMib * MIB);

      expect(Math.abs((usedMib * percent) / 100 - 128)).toBeLessThan(1);
    }
  });

  it('leaves a heap of 128 MiB and more to V8, so that it does not become twice as large', () => {
    expect([128 * MIB, 1024 * MIB].map(growingPercent)).toEqual([0, 0]);
  });

  it('gives a number that V8 takes where nothing is used', () => {
    expect(Number.isSafeInteger(growingPercent(0))).toBe(true);
  });
});
