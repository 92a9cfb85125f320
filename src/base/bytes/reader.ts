import { OttlaError } from '../errors.ts';
import { nearestSafeInteger } from '../safe-integer.ts';
import { byteAt, readInt16At, readInt32At, readInt64At } from './big-endian.ts';
import { MAX_VARINT_BYTES, MAX_VARLONG_BYTES, unzigzag32, unzigzag64 } from './varint.ts';

const corrupt = (message: string): OttlaError => new OttlaError('CORRUPT_MESSAGE', message);

/**
 * Reads big-endian values from foreign bytes. Every read is bounded by the bytes that remain, so
 * that a lying length can neither run past the end nor make anyone allocate: it throws
 * `CORRUPT_MESSAGE` (retriable on the wire, as Kafka has it) and the reader must be dropped.
 * Byte arrays come back as views of the input, never as copies, and live as long as the input does.
 */
export class ByteReader {
  readonly #bytes: Uint8Array;
  readonly #end: number;
  #position: number;
  #text: Buffer | undefined;

  /** Reads from `start` (inclusive) to `end` (exclusive). */
  constructor(bytes: Uint8Array, start = 0, end: number = bytes.length) {
    if (start < 0 || end > bytes.length || start > end) {
      throw corrupt(`range ${start}..${end} lies outside the ${bytes.length} bytes given`);
    }
    this.#bytes = bytes;
    this.#position = start;
    this.#end = end;
  }

  /** Position of the next byte, counted from the start of the array that was given. */
  get position(): number {
    return this.#position;
  }

  get remainingBytes(): number {
    return this.#end - this.#position;
  }

  readInt8(): number {
    return (byteAt(this.#bytes, this.#take(1)) << 24) >> 24;
  }

  readInt16(): number {
    return readInt16At(this.#bytes, this.#take(2));
  }

  readInt32(): number {
    return readInt32At(this.#bytes, this.#take(4));
  }

  readUint32(): number {
    return readInt32At(this.#bytes, this.#take(4)) >>> 0;
  }

  /** A signed 64-bit value; throws when it is not a safe integer. */
  readInt64(): number {
    const at = this.#take(8);
    return this.#safe(readInt64At(this.#bytes, at), at);
  }

  /** A signed 64-bit value; what lies beyond 2^53 comes back as the nearest safe integer. */
  readInt64Clamped(): number {
    return nearestSafeInteger(readInt64At(this.#bytes, this.#take(8)));
  }

  /** An unsigned 32-bit value of at most five bytes. */
  readUvarint(): number {
    const start = this.#position;
    let value = 0;
    for (let index = 0; index < MAX_VARINT_BYTES; index += 1) {
      const byte = byteAt(this.#bytes, this.#take(1));
      if (index === MAX_VARINT_BYTES - 1 && byte > 0x0f) break;
      value |= (byte & 0x7f) << (7 * index);
      if (byte < 0x80) return value >>> 0;
    }
    throw corrupt(`varint at byte ${start} is longer than 32 bits`);
  }

  readVarint(): number {
    return unzigzag32(this.readUvarint());
  }

  /** A zigzagged 64-bit value of at most ten bytes; throws when it is not a safe integer. */
  readVarlong(): number {
    const start = this.#position;
    let low = 0;
    let high = 0;
    for (let index = 0; index < MAX_VARLONG_BYTES; index += 1) {
      const byte = byteAt(this.#bytes, this.#take(1));
      if (index === MAX_VARLONG_BYTES - 1 && byte > 1) break;
      const group = byte & 0x7f;
      // The fifth group straddles the halves: its low four bits end `low`, the rest begin `high`.
      if (index <= 4) low |= group << (7 * index);
      if (index === 4) high = group >>> 4;
      if (index > 4) high |= group << (7 * index - 32);
      if (byte < 0x80) return this.#safe(unzigzag64(high >>> 0, low >>> 0), start);
    }
    throw corrupt(`varlong at byte ${start} is longer than 64 bits`);
  }

  /** A view of the next `sizeBytes` bytes, a plain Uint8Array whatever the input is. */
  readBytes(sizeBytes: number): Uint8Array {
    const start = this.#take(sizeBytes);
    // Not `subarray`: of a Buffer that is a Buffer, whose `slice` means something else.
    return new Uint8Array(this.#bytes.buffer, this.#bytes.byteOffset + start, sizeBytes);
  }

  /** The next `sizeBytes` bytes as text; what is not UTF-8 becomes U+FFFD. */
  readUtf8(sizeBytes: number): string {
    const start = this.#take(sizeBytes);
    this.#text ??= Buffer.from(this.#bytes.buffer, this.#bytes.byteOffset, this.#bytes.byteLength);
    return this.#text.toString('utf8', start, start + sizeBytes);
  }

  skip(sizeBytes: number): void {
    this.#take(sizeBytes);
  }

  #take(sizeBytes: number): number {
    const start = this.#position;
    if (sizeBytes < 0) throw corrupt(`length ${sizeBytes} at byte ${start} is negative`);
    if (sizeBytes > this.#end - start) {
      throw corrupt(
        `${sizeBytes} bytes are needed at byte ${start}, ${this.#end - start} remain: truncated`,
      );
    }
    this.#position = start + sizeBytes;
    return start;
  }

  #safe(value: number, position: number): number {
    if (Number.isSafeInteger(value)) return value;
    throw corrupt(`64-bit value at byte ${position} lies beyond 2^53 and cannot be represented`);
  }
}
