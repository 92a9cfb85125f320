import { describe, expect, test } from 'vitest';
import { ASSUMED_RATE, copyMs } from '../../../../src/controller/balance/estimate.ts';
import { CATCH_UP_RATE_KEY } from '../../../../src/metadata/broker-configs.ts';
import { emptyImage } from '../../../../src/metadata/image.ts';

const throttled = {
  ...emptyImage,
  configs: new Map([['broker/2', new Map([[CATCH_UP_RATE_KEY, '1000']])]]),
};

describe('the time that copies take', () => {
  test('is that of the broker which needs longest at its bound', () => {
    const incoming = new Map([
      [1, 3 * ASSUMED_RATE],
      [2, 5000],
    ]);

    expect(copyMs(throttled, incoming, undefined)).toBe(5000);
  });

  test('goes by the rate that was seen, of all together', () => {
    const incoming = new Map([
      [1, 4000],
      [2, 6000],
    ]);

    expect(copyMs(throttled, incoming, 5000)).toBe(2000);
  });

  test('is none for nothing', () => {
    expect(copyMs(emptyImage, new Map(), undefined)).toBe(0);
  });
});
