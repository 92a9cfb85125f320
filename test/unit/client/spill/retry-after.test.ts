import { describe, expect, test } from 'vitest';
import { retryAfterMs } from '../../../../src/client/spill/retry-after.ts';

const NOW_MS = Date.UTC(2026, 0, 31, 8, 0, 0);

describe('retry-after', () => {
  test.each([
    ['7', 7000],
    [' 0 ', 0],
    ['Sat, 31 Jan 2026 08:00:30 GMT', 30_000],
    ['Sat, 31 Jan 2026 07:00:00 GMT', 0],
    ['99999999999999999999', 3_600_000],
    ['Sun, 31 Jan 2027 08:00:30 GMT', 3_600_000],
    ['-1', undefined],
    ['1.5', undefined],
    ['soon', undefined],
    ['Sat, 99 Jan 2026 08:00:30 GMT', undefined],
    [null, undefined],
  ])('of %s is %s ms', (value, expected) => {
    expect(retryAfterMs(value, NOW_MS)).toBe(expected);
  });
});
