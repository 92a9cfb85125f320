import { byteAt } from '../base/bytes/big-endian.ts';
import type { PartitionId } from '../base/ids.ts';

const SEED = 0x9747b28c;
const MULTIPLIER = 0x5bd1e995;

const scramble = (word: number): number => {
  const product = Math.imul(word, MULTIPLIER);
  return Math.imul(product ^ (product >>> 24), MULTIPLIER);
};

/** MurmurHash2, little-endian, with the seed of Kafka's clients; a signed 32-bit number. */
export const murmur2 = (key: Uint8Array): number => {
  const tailBytes = key.length & 3;
  const tailAt = key.length - tailBytes;
  let hash = SEED ^ key.length;
  for (let at = 0; at < tailAt; at += 4) {
    const word =
      byteAt(key, at) |
      (byteAt(key, at + 1) << 8) |
      (byteAt(key, at + 2) << 16) |
      (byteAt(key, at + 3) << 24);
    hash = Math.imul(hash, MULTIPLIER) ^ scramble(word);
  }
  if (tailBytes === 3) hash ^= byteAt(key, tailAt + 2) << 16;
  if (tailBytes >= 2) hash ^= byteAt(key, tailAt + 1) << 8;
  if (tailBytes >= 1) hash = Math.imul(hash ^ byteAt(key, tailAt), MULTIPLIER);
  hash = Math.imul(hash ^ (hash >>> 13), MULTIPLIER);
  return hash ^ (hash >>> 15);
};

/** Clears the sign bit; an absolute value would place keys elsewhere than Kafka does. */
export const toPositive = (hash: number): number => hash & 0x7fff_ffff;

/** The partition that every Kafka client of the Java family chooses for `key`. */
export const partitionForKey = (key: Uint8Array, partitionCount: number): PartitionId =>
  toPositive(murmur2(key)) % partitionCount;
