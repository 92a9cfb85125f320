import { assert } from '../assert.ts';
import { writeInt16At, writeInt32At, writeInt64At } from './big-endian.ts';
import {
  MAX_VARINT_BYTES,
  MAX_VARLONG_BYTES,
  writeUvarintAt,
  writeVarintAt,
  writeVarlongAt,
} from './varint.ts';

/** Appends big-endian values to one growing buffer. */
export class ByteWriter {
  #buffer: Buffer;
  #sizeBytes = 0;

  constructor(initialBytes = 256) {
    // Not from Node's shared pool: the finished bytes may outlive and outgrow their neighbours.
    this.#buffer = Buffer.allocUnsafeSlow(Math.max(16, initialBytes));
  }

  /** Bytes written so far, which is also the position of the next one. */
  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  /** Forgets what was written, and keeps the memory: views of it show what comes next. */
  clear(): this {
    this.#sizeBytes = 0;
    return this;
  }

  writeInt8(value: number): this {
    // The position first: making room may replace the buffer.
    const at = this.#advance(1);
    this.#buffer[at] = value;
    return this;
  }

  writeInt16(value: number): this {
    const at = this.#advance(2);
    writeInt16At(this.#buffer, at, value);
    return this;
  }

  /** A 32-bit value, signed or unsigned. */
  writeInt32(value: number): this {
    const at = this.#advance(4);
    writeInt32At(this.#buffer, at, value);
    return this;
  }

  /** A safe integer in eight bytes. */
  writeInt64(value: number): this {
    const at = this.#advance(8);
    writeInt64At(this.#buffer, at, value);
    return this;
  }

  writeUvarint(value: number): this {
    this.#reserve(MAX_VARINT_BYTES);
    this.#sizeBytes = writeUvarintAt(this.#buffer, this.#sizeBytes, value);
    return this;
  }

  writeVarint(value: number): this {
    this.#reserve(MAX_VARINT_BYTES);
    this.#sizeBytes = writeVarintAt(this.#buffer, this.#sizeBytes, value);
    return this;
  }

  writeVarlong(value: number): this {
    assert(Number.isSafeInteger(value), `a varlong takes a safe integer, not ${value}`);
    this.#reserve(MAX_VARLONG_BYTES);
    this.#sizeBytes = writeVarlongAt(this.#buffer, this.#sizeBytes, value);
    return this;
  }

  /** Copies `bytes`; the caller keeps them. */
  writeBytes(bytes: Uint8Array): this {
    const at = this.#advance(bytes.length);
    this.#buffer.set(bytes, at);
    return this;
  }

  /** Writes UTF-8 without a length; `encodedBytes` is `Buffer.byteLength(text)`, where known. */
  writeUtf8(text: string, encodedBytes: number = Buffer.byteLength(text)): this {
    const at = this.#advance(encodedBytes);
    this.#buffer.write(text, at, encodedBytes, 'utf8');
    return this;
  }

  /** Leaves room of undefined content, to be filled by `patchInt32` or through `bytes()`. */
  skip(sizeBytes: number): this {
    this.#advance(sizeBytes);
    return this;
  }

  /** Overwrites four bytes that were written or skipped before. */
  patchInt32(position: number, value: number): this {
    assert(
      position >= 0 && position + 4 <= this.#sizeBytes,
      'a patch stays inside what is written',
    );
    writeInt32At(this.#buffer, position, value);
    return this;
  }

  /** A view of what was written; later writes may move on to another buffer and leave it behind. */
  bytes(): Uint8Array {
    return new Uint8Array(this.#buffer.buffer, this.#buffer.byteOffset, this.#sizeBytes);
  }

  #advance(sizeBytes: number): number {
    this.#reserve(sizeBytes);
    const at = this.#sizeBytes;
    this.#sizeBytes = at + sizeBytes;
    return at;
  }

  #reserve(sizeBytes: number): void {
    const needed = this.#sizeBytes + sizeBytes;
    if (needed <= this.#buffer.length) return;
    const grown = Buffer.allocUnsafeSlow(Math.max(needed, this.#buffer.length * 2));
    this.#buffer.copy(grown, 0, 0, this.#sizeBytes);
    this.#buffer = grown;
  }
}
