import { assert } from '../../src/base/assert.ts';
import type { Random } from '../../src/env/random.ts';

const TWO_TO_32 = 2 ** 32;

/** FNV-1a over UTF-16 units: spreads a label over 32 bits. */
const hashText = (text: string, start: number): number => {
  let hash = (0x811c9dc5 ^ start) >>> 0;
  for (let index = 0; index < text.length; index += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193) >>> 0;
  }
  return hash;
};

/** Bijective mixing of 32 bits (the finalizer of MurmurHash3). */
const mix = (value: number): number => {
  let mixed = value >>> 0;
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b) >>> 0;
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35) >>> 0;
  return (mixed ^ (mixed >>> 16)) >>> 0;
};

/** xoshiro128** (Blackman and Vigna, 2018) from one seed: the same draws on every machine. */
export class SeededRandom implements Random {
  readonly seed: string;
  readonly #state: [number, number, number, number];
  readonly #forkCounts = new Map<string, number>();

  constructor(seed: number | string) {
    this.seed = String(seed);
    const word = (index: number): number => mix(hashText(this.seed, index * 0x9e3779b9));
    this.#state = [word(1), word(2), word(3), word(4) | 1];
  }

  /** 32 random bits. */
  u32(): number {
    const s = this.#state;
    const product = Math.imul(s[1], 5);
    const result = Math.imul((product << 7) | (product >>> 25), 9) >>> 0;
    const shifted = s[1] << 9;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= shifted;
    s[3] = (s[3] << 11) | (s[3] >>> 21);
    return result;
  }

  below(endExclusive: number): number {
    assert(
      Number.isSafeInteger(endExclusive) && endExclusive > 0,
      'a draw needs a whole number of 1 or more as its end',
    );
    if (endExclusive <= TWO_TO_32) return Math.floor((this.u32() / TWO_TO_32) * endExclusive);
    const unit = ((this.u32() >>> 11) * TWO_TO_32 + this.u32()) / 2 ** 53;
    return Math.floor(unit * endExclusive);
  }

  bytes(count: number): Uint8Array {
    const bytes = new Uint8Array(count);
    for (let index = 0; index < count; index += 1) bytes[index] = this.u32() >>> 24;
    return bytes;
  }

  /** Depends on the seed and the earlier forks of this label, never on the draws made so far. */
  fork(label: string): SeededRandom {
    const count = this.#forkCounts.get(label) ?? 0;
    this.#forkCounts.set(label, count + 1);
    return new SeededRandom(`${this.seed}/${label}${count === 0 ? '' : `#${count}`}`);
  }

  /** True once in `of` draws on average: `chance(1, 10)` is 10 %. */
  chance(count: number, of: number): boolean {
    return this.below(of) < count;
  }
}
