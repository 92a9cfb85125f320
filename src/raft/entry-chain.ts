import { crc32c } from '../base/bytes/crc32c.ts';
import type { LogIndex } from '../base/ids.ts';
import type { Entry } from './core/entry.ts';
import { decodeEntry, encodeEntry } from './wire.ts';

const SUM_BYTES = 4;

/**
 * Entries as LevelDB keeps them: each value opens with a sum over the previous entry's sum and the
 * entry itself, so that a record which LevelDB lost or damaged in silence breaks the chain.
 */
export const chainEntry = (entry: Entry, previousSum: number): { value: Buffer; sum: number } => {
  const encoded = encodeEntry(entry);
  const value = Buffer.allocUnsafe(SUM_BYTES + encoded.length);
  value.writeUInt32BE(previousSum, 0);
  value.set(encoded, SUM_BYTES);
  const sum = crc32c(value);
  value.writeUInt32BE(sum, 0);
  return { value, sum };
};

export interface ChainRead {
  readonly entries: readonly Entry[];
  /** The sum behind each entry, in the order of the entries. */
  readonly sums: readonly number[];
  /** The first index that is missing or damaged though something stands behind it or in it. */
  readonly brokenAt: LogIndex | undefined;
}

/** Reads consecutive entries behind `base`, up to the end or the first break. */
export const readChain = (
  values: readonly Uint8Array[],
  base: { readonly index: LogIndex; readonly sum: number },
): ChainRead => {
  const entries: Entry[] = [];
  const sums: number[] = [];
  let sum = base.sum;
  for (const value of values) {
    const index = base.index + entries.length + 1;
    const entry = readLink(value, sum);
    if (entry?.index !== index) return { entries, sums, brokenAt: index };
    sum = sumOf(value);
    entries.push(entry);
    sums.push(sum);
  }
  return { entries, sums, brokenAt: undefined };
};

const sumOf = (value: Uint8Array): number =>
  Buffer.from(value.buffer, value.byteOffset, value.length).readUInt32BE(0);

const readLink = (value: Uint8Array, previousSum: number): Entry | undefined => {
  if (value.length < SUM_BYTES) return undefined;
  const check = Buffer.from(value);
  check.writeUInt32BE(previousSum, 0);
  if (crc32c(check) !== sumOf(value)) return undefined;
  try {
    const entry = decodeEntry(value.subarray(SUM_BYTES));
    return saysNothing(entry) ? undefined : entry;
  } catch {
    return undefined;
  }
};

/** What a version keeps of a set of voters that knows of none: who counts would not be known. */
const saysNothing = ({ kind, payload }: Entry): boolean => kind === 'data' && payload.length === 0;
