import { randomBytes, randomInt } from 'node:crypto';
import { assert } from '../base/assert.ts';
import type { Random } from '../env/random.ts';

/** The widest range `randomInt` draws from. */
const MAX_INT_RANGE = 2 ** 48 - 1;
const TWO_TO_32 = 2 ** 32;
const TWO_TO_53 = 2 ** 53;

/** Randomness of this machine's generator, fit for ids that must not be guessed. */
export const systemRandom: Random = {
  below: (endExclusive) => {
    assert(
      Number.isSafeInteger(endExclusive) && endExclusive > 0,
      'a draw needs a whole number of 1 or more as its end',
    );
    if (endExclusive <= MAX_INT_RANGE) return randomInt(endExclusive);
    const bits = randomBytes(8);
    const wide = (bits.readUInt32BE(0) >>> 11) * TWO_TO_32 + bits.readUInt32BE(4);
    return Math.floor((wide / TWO_TO_53) * endExclusive);
  },
  bytes: (count) => new Uint8Array(randomBytes(count)),
  fork: () => systemRandom,
};
