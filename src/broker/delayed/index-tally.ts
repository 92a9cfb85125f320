import type { Offset } from '../../base/ids.ts';

const SUM_LIMIT = 2 ** 32;

/** How many entries there are, and the sum of what each adds. */
export interface Tallied {
  readonly count: number;
  /** Tells entries of which some were lost or changed from all of them. */
  readonly sum: number;
}

/** Of the entries of a range, which are to be those that another one has, or a mark counted. */
export class Tally implements Tallied {
  count: number;
  sum: number;

  constructor({ count, sum }: Tallied = { count: 0, sum: 0 }) {
    this.count = count;
    this.sum = sum;
  }

  /** An entry of an offset, and of another number: when it is due, or another offset. */
  add(offset: Offset, number = 0): void {
    this.count += 1;
    this.sum = (this.sum + sumOf(offset, number)) % SUM_LIMIT;
  }

  remove(offset: Offset, number = 0): void {
    this.count -= 1;
    this.sum = (this.sum + SUM_LIMIT - sumOf(offset, number)) % SUM_LIMIT;
  }

  is({ count, sum }: Tallied): boolean {
    return this.count === count && this.sum === sum;
  }
}

/** Below 2^32, and different for most. */
const sumOf = (offset: Offset, number: number): number => {
  const mixed = Math.imul(offset | 0, 0x9e37_79b1) ^ Math.imul(number | 0, 0x85eb_ca6b);
  return (mixed ^ Math.floor(offset / 2 ** 32) ^ Math.floor(number / 2 ** 32)) >>> 0;
};
