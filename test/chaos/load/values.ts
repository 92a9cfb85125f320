import { partitionForKey } from '../../../src/record/murmur2.ts';

/** What is sent: every record has a number of its own, and all else follows from it. */

const PAD_BYTES_MAX = 300;
const SPREAD = 2_654_435_761;
const KEYS_PER_PARTITION = 4;

/** A record's value, of a length of its own. */
export const textOf = (number: number): string => {
  const padBytes = (Math.imul(number, SPREAD) >>> 0) % PAD_BYTES_MAX;
  return `${number}:${'.'.repeat(padBytes)}`;
};

/** The number of a value as it was sent; undefined for anything else. */
export const numberOf = (text: string): number | undefined => {
  const number = Number.parseInt(text, 10);
  return Number.isSafeInteger(number) && textOf(number) === text ? number : undefined;
};

/** Keys by partition: those that every client puts there. */
export const keysByPartition = (partitionCount: number): string[][] => {
  const keys = Array.from({ length: partitionCount }, (): string[] => []);
  for (let at = 0; keys.some(({ length }) => length < KEYS_PER_PARTITION); at += 1) {
    const key = `key-${at}`;
    const own = keys[partitionForKey(Buffer.from(key), partitionCount)];
    if (own !== undefined && own.length < KEYS_PER_PARTITION) own.push(key);
  }
  return keys;
};
