import { describe, expect, test } from 'vitest';
import type { Copy } from '../../../../src/controller/balance/estimate.ts';
import {
  ASSUMED_RATE,
  ASSUMED_RESTING_RATE,
  copyMs,
} from '../../../../src/controller/balance/estimate.ts';
import {
  CATCH_UP_RATE_KEY,
  CATCH_UP_START_BYTES,
} from '../../../../src/metadata/broker-configs.ts';
import { emptyImage } from '../../../../src/metadata/image.ts';

const MIB = 1024 * 1024;
const LARGE = 2 * CATCH_UP_START_BYTES;

/** Broker 2 may take 1 MiB a second. */
const throttled = {
  ...emptyImage,
  configs: new Map([['broker/2', new Map([[CATCH_UP_RATE_KEY, String(MIB)]])]]),
};

const PACE = { seenBytesPerSecond: undefined, movesInFlightMax: 10, stepMs: 1000 };

const copyTo = (brokerId: number, wholeBytes: number, leftBytes = wholeBytes): Copy => ({
  brokerId,
  leftBytes,
  wholeBytes,
});

/** One partition a copy. */
const timeOf = (copies: readonly Copy[], seenBytesPerSecond?: number): number =>
  copyMs(throttled, { copies, moveCount: copies.length }, { ...PACE, seenBytesPerSecond });

describe('the time that copies take', () => {
  test('is that of the broker which needs longest at its bound', () => {
    const copies = [copyTo(1, 3 * ASSUMED_RATE), copyTo(2, LARGE), copyTo(2, LARGE, 8 * MIB)];

    expect(timeOf(copies)).toBe(40_000);
  });

  test('is longer for what is large, where no bound is set: it rests', () => {
    expect(timeOf([copyTo(1, 3 * ASSUMED_RESTING_RATE)])).toBe(3000);
  });

  test('leaves the bound out for what is too small to be held back', () => {
    const copies = [copyTo(2, ASSUMED_RATE / 4), copyTo(2, CATCH_UP_START_BYTES)];

    expect(timeOf(copies)).toBe(1000);
  });

  test('goes by the rate that was seen, of all together', () => {
    const copies = [copyTo(1, 4 * MIB), copyTo(3, 6 * MIB)];

    expect(timeOf(copies, 2 * MIB)).toBe(5000);
  });

  test('is never less than a bound allows, whatever was seen', () => {
    expect(timeOf([copyTo(2, LARGE)], 100 * MIB)).toBe(32_000);
  });

  test('is never less than the steps in which moves begin', () => {
    const copies = Array.from({ length: 41 }, () => copyTo(1, MIB));

    expect(timeOf(copies)).toBe(5000);
    expect(timeOf(copies, 100 * MIB)).toBe(5000);
  });

  test('is none for nothing', () => {
    expect(timeOf([])).toBe(0);
  });
});
