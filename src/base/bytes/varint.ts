/**
 * Variable-length integers: seven bits a byte, lowest group first, the high bit says "more".
 * `varint` (32 bits) and `varlong` (64 bits) are zigzagged first, so that small negative numbers
 * stay short; `uvarint` is not. A varlong is a safe integer here: what lies beyond 2^53 is refused
 * on decode. Source: Kafka protocol guide, primitive types.
 */

export const MAX_VARINT_BYTES = 5;
export const MAX_VARLONG_BYTES = 10;

const TWO_POW_32 = 0x1_0000_0000;

const zigzag32 = (value: number): number => ((value << 1) ^ (value >> 31)) >>> 0;

const fitsInt32 = (value: number): boolean => value === (value | 0);

/** The high and the low half of a zigzagged 64-bit value. */
const zigzagHigh = (value: number): number => {
  const high = Math.floor(value / TWO_POW_32) | 0;
  return (((high << 1) | ((value >>> 0) >>> 31)) ^ (high >> 31)) >>> 0;
};
const zigzagLow = (value: number): number => {
  const sign = value < 0 ? -1 : 0;
  return (((value >>> 0) << 1) ^ sign) >>> 0;
};

/** Bytes that an unsigned 32-bit value takes, 1 to 5. */
export const sizeOfUvarint = (value: number): number => {
  if (value < 0x80) return 1;
  if (value < 0x4000) return 2;
  if (value < 0x20_0000) return 3;
  return value < 0x1000_0000 ? 4 : 5;
};

/** Bytes that a signed 32-bit value takes, 1 to 5. */
export const sizeOfVarint = (value: number): number => sizeOfUvarint(zigzag32(value));

/** Bytes that a safe integer takes as a varlong, 1 to 8 (ten only beyond 2^53). */
export const sizeOfVarlong = (value: number): number => {
  if (fitsInt32(value)) return sizeOfVarint(value);
  let high = zigzagHigh(value);
  if (high < 8) return 5;
  high = Math.floor(high / 8);
  let size = 6;
  while (high >= 0x80) {
    high >>>= 7;
    size += 1;
  }
  return size;
};

/** Writes an unsigned 32-bit value; returns the position after it. */
export const writeUvarintAt = (bytes: Uint8Array, position: number, value: number): number => {
  let rest = value;
  let next = position;
  while (rest > 0x7f) {
    bytes[next] = (rest & 0x7f) | 0x80;
    next += 1;
    rest >>>= 7;
  }
  bytes[next] = rest;
  return next + 1;
};

/** Writes a signed 32-bit value; returns the position after it. */
export const writeVarintAt = (bytes: Uint8Array, position: number, value: number): number =>
  writeUvarintAt(bytes, position, zigzag32(value));

/** Writes a safe integer as a varlong; returns the position after it. */
export const writeVarlongAt = (bytes: Uint8Array, position: number, value: number): number => {
  if (fitsInt32(value)) return writeVarintAt(bytes, position, value);
  let high = zigzagHigh(value);
  let low = zigzagLow(value);
  let next = position;
  while (high !== 0) {
    bytes[next] = (low & 0x7f) | 0x80;
    next += 1;
    low = ((low >>> 7) | (high << 25)) >>> 0;
    high >>>= 7;
  }
  return writeUvarintAt(bytes, next, low);
};

/** Undoes the zigzag of an unsigned 32-bit value. */
export const unzigzag32 = (value: number): number => (value >>> 1) ^ -(value & 1);

/** Undoes the zigzag of two unsigned halves; not a safe integer when the value lies beyond 2^53. */
export const unzigzag64 = (high: number, low: number): number => {
  const sign = -(low & 1);
  const plainLow = (((low >>> 1) | (high << 31)) ^ sign) >>> 0;
  const plainHigh = ((high >>> 1) ^ sign) | 0;
  return plainHigh * TWO_POW_32 + plainLow;
};
