import { partitionForKey } from './murmur2.ts';

/** A key, and how many of the sampled records have it. */
export interface SampledKey {
  readonly key: Uint8Array;
  readonly count: number;
}

/** What of a sample goes to another partition once a topic has more of them. */
export interface KeyMoves {
  readonly keyCount: number;
  readonly movedKeyCount: number;
  /** Of those with a key. */
  readonly recordCount: number;
  readonly movedRecordCount: number;
  /** Of large numbers of keys, whatever the sample: 1 - before / after where that divides it. */
  readonly expectedShare: number;
}

/** For keys that are placed by Kafka's murmur2, as the SDK and Java's clients do by default. */
export const keyMoves = (
  keys: Iterable<SampledKey>,
  counts: { readonly before: number; readonly after: number },
): KeyMoves => {
  const { before, after } = counts;
  const moves = { keyCount: 0, movedKeyCount: 0, recordCount: 0, movedRecordCount: 0 };
  for (const { key, count } of keys) {
    moves.keyCount += 1;
    moves.recordCount += count;
    if (partitionForKey(key, before) === partitionForKey(key, after)) continue;
    moves.movedKeyCount += 1;
    moves.movedRecordCount += count;
  }
  return { ...moves, expectedShare: 1 - before / leastCommonMultiple(before, after) };
};

/** Hashes repeat after so many: of each such run the first `before` stay where they are. */
const leastCommonMultiple = (a: number, b: number): number => (a / greatestDivisor(a, b)) * b;

const greatestDivisor = (a: number, b: number): number => (b === 0 ? a : greatestDivisor(b, a % b));
