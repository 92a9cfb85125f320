import { InvariantViolation } from '../assert.ts';

/**
 * Fixed-width integers, big-endian, at a position of a byte array. The caller has checked that the
 * bytes are there: nothing here does, because these run for every batch and every record.
 * 64-bit values travel as two halves of 32 bits, never as BigInt, which allocates.
 */

const TWO_POW_32 = 0x1_0000_0000;

/** The byte at `position`; reads as 0 in arithmetic past the end. */
export const byteAt = (bytes: Uint8Array, position: number): number => bytes[position] as number;

export const readInt8At = (bytes: Uint8Array, position: number): number =>
  (byteAt(bytes, position) << 24) >> 24;

export const readInt16At = (bytes: Uint8Array, position: number): number =>
  ((byteAt(bytes, position) << 24) >> 16) | byteAt(bytes, position + 1);

export const readInt32At = (bytes: Uint8Array, position: number): number =>
  (byteAt(bytes, position) << 24) |
  (byteAt(bytes, position + 1) << 16) |
  (byteAt(bytes, position + 2) << 8) |
  byteAt(bytes, position + 3);

export const readUint32At = (bytes: Uint8Array, position: number): number =>
  readInt32At(bytes, position) >>> 0;

/**
 * The signed 64-bit value, exact where it is a safe integer. Beyond 2^53 it is rounded, and
 * `Number.isSafeInteger` of the result is false: callers that read foreign bytes check that.
 */
export const readInt64At = (bytes: Uint8Array, position: number): number =>
  readInt32At(bytes, position) * TWO_POW_32 + readUint32At(bytes, position + 4);

export const writeInt16At = (bytes: Uint8Array, position: number, value: number): void => {
  bytes[position] = value >> 8;
  bytes[position + 1] = value;
};

export const writeInt32At = (bytes: Uint8Array, position: number, value: number): void => {
  bytes[position] = value >>> 24;
  bytes[position + 1] = value >>> 16;
  bytes[position + 2] = value >>> 8;
  bytes[position + 3] = value;
};

/** Writes a safe integer as a signed 64-bit value; what lies beyond 2^53 is a bug of the caller. */
export const writeInt64At = (bytes: Uint8Array, position: number, value: number): void => {
  // No `assert`: it would make the words of its claim for each value that is fine.
  if (!Number.isSafeInteger(value)) throw notSafe(value);
  writeInt32At(bytes, position, Math.floor(value / TWO_POW_32));
  writeInt32At(bytes, position + 4, value >>> 0);
};

const notSafe = (value: number): InvariantViolation =>
  new InvariantViolation(`a 64-bit field takes a safe integer, not ${value}`);
