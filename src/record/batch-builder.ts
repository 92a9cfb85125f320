import { assert } from '../base/assert.ts';
import { sizeOfVarint, sizeOfVarlong } from '../base/bytes/varint.ts';
import { ByteWriter } from '../base/bytes/writer.ts';
import type { ProducerStamp } from './batch-header.ts';
import { HEADER_BYTES, TRANSACTIONAL_BIT, writeBatchHeader } from './batch-header.ts';
import type { Codec } from './codec.ts';
import type { EncodableRecord, RecordHeader } from './record.ts';

export interface BatchBuilderOptions {
  /** Above this the builder takes no more, except that an empty one takes any first record. */
  readonly maxBytes: number;
  readonly isTransactional?: boolean;
  /** Room to begin with; the default grows from 1 KiB. */
  readonly initialBytes?: number;
}

export interface BuildOptions extends Partial<ProducerStamp> {
  /** Compresses the records as one blob; none by default. */
  readonly codec?: Codec;
}

const NULL_LENGTH = -1;
const NO_HEADERS: readonly RecordHeader[] = [];

const sizeOfField = (bytes: Uint8Array | null): number =>
  bytes === null ? sizeOfVarint(NULL_LENGTH) : sizeOfVarint(bytes.length) + bytes.length;

const sizeOfHeaders = (headers: readonly RecordHeader[]): number => {
  let size = sizeOfVarint(headers.length);
  for (const header of headers) {
    const keyBytes = Buffer.byteLength(header.key);
    size += sizeOfVarint(keyBytes) + keyBytes + sizeOfField(header.value);
  }
  return size;
};

/**
 * Writes records straight into the bytes of one batch: nothing is kept of a record after `append`,
 * whose caller gets its arrays back at once. Offsets run from 0; the broker stamps the base.
 */
export class BatchBuilder {
  readonly #writer: ByteWriter;
  readonly #maxBytes: number;
  readonly #attributes: number;
  #count = 0;
  #baseTimestampMs = 0;
  #maxTimestampMs = 0;
  #isBuilt = false;

  constructor(options: BatchBuilderOptions) {
    this.#writer = new ByteWriter(options.initialBytes ?? 1024).skip(HEADER_BYTES);
    this.#maxBytes = options.maxBytes;
    this.#attributes = options.isTransactional === true ? TRANSACTIONAL_BIT : 0;
  }

  /** Size of the batch as it stands, uncompressed and with its header; exact. */
  get sizeBytes(): number {
    return this.#writer.sizeBytes;
  }

  /** Records taken so far. */
  get count(): number {
    return this.#count;
  }

  /**
   * Takes the record and returns true, or returns false and leaves the batch as it was because the
   * record would carry it over `maxBytes`. The first record is always taken, whatever its size: a
   * caller with a hard limit compares `sizeBytes`.
   */
  append(record: EncodableRecord): boolean {
    assert(!this.#isBuilt, 'a batch takes no record after it was built');
    assert(Number.isSafeInteger(record.timestampMs), 'a timestamp is a whole number of ms');
    const baseTimestampMs = this.#count === 0 ? record.timestampMs : this.#baseTimestampMs;
    const timestampDelta = record.timestampMs - baseTimestampMs;
    const headers = record.headers ?? NO_HEADERS;
    const bodyBytes =
      1 +
      sizeOfVarlong(timestampDelta) +
      sizeOfVarint(this.#count) +
      sizeOfField(record.key) +
      sizeOfField(record.value) +
      sizeOfHeaders(headers);
    const endBytes = this.#writer.sizeBytes + sizeOfVarint(bodyBytes) + bodyBytes;
    if (endBytes > this.#maxBytes && this.#count > 0) return false;
    this.#writer.writeVarint(bodyBytes).writeInt8(0);
    this.#writer.writeVarlong(timestampDelta).writeVarint(this.#count);
    this.#writeField(record.key);
    this.#writeField(record.value);
    this.#writeHeaders(headers);
    this.#baseTimestampMs = baseTimestampMs;
    this.#maxTimestampMs =
      this.#count === 0 ? record.timestampMs : Math.max(this.#maxTimestampMs, record.timestampMs);
    this.#count += 1;
    return true;
  }

  /**
   * The finished batch, base offset 0, summed. Uncompressed it is the builder's own buffer, handed
   * over; either way the builder is spent. Producer fields default to -1: not idempotent.
   */
  build(options: BuildOptions = {}): Uint8Array {
    assert(this.#count > 0, 'a batch has at least one record');
    assert(!this.#isBuilt, 'a batch is built once');
    this.#isBuilt = true;
    const { codec } = options;
    const batch = this.#assemble(codec);
    writeBatchHeader(batch, {
      baseOffset: 0,
      partitionLeaderEpoch: -1,
      attributes: this.#attributes | (codec?.code ?? 0),
      lastOffsetDelta: this.#count - 1,
      baseTimestampMs: this.#baseTimestampMs,
      maxTimestampMs: this.#maxTimestampMs,
      producerId: options.producerId ?? -1,
      producerEpoch: options.producerEpoch ?? -1,
      baseSequence: options.baseSequence ?? -1,
      recordCount: this.#count,
    });
    return batch;
  }

  #assemble(codec: Codec | undefined): Uint8Array {
    const plain = this.#writer.bytes();
    if (codec === undefined || codec.code === 0) return plain;
    const blob = codec.compress(plain.subarray(HEADER_BYTES));
    const batch = new Uint8Array(HEADER_BYTES + blob.length);
    batch.set(blob, HEADER_BYTES);
    return batch;
  }

  #writeField(bytes: Uint8Array | null): void {
    if (bytes === null) {
      this.#writer.writeVarint(NULL_LENGTH);
      return;
    }
    this.#writer.writeVarint(bytes.length).writeBytes(bytes);
  }

  #writeHeaders(headers: readonly RecordHeader[]): void {
    this.#writer.writeVarint(headers.length);
    for (const header of headers) {
      const keyBytes = Buffer.byteLength(header.key);
      this.#writer.writeVarint(keyBytes).writeUtf8(header.key, keyBytes);
      this.#writeField(header.value);
    }
  }
}
