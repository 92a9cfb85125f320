import { OttlaError } from '../base/errors.ts';
import type { ProducerRecord } from '../client/producer/producer-record.ts';
import type { LinePiece } from '../platform/line-reader.ts';
import { CHUNK_HEADER, CHUNK_ID_HEADER, chunkBytesOf, chunkText } from './chunks.ts';

/** The part of a producer that is used here. */
export interface LineSink {
  enqueue(
    record: ProducerRecord<Uint8Array, Uint8Array>,
    onDelivery: (error: OttlaError | undefined) => void,
  ): boolean;
  hasRoom(): Promise<void>;
  flush(): Promise<void>;
}

export interface ProduceLinesOptions {
  readonly topic: string;
  readonly partitionCount: number;
  readonly maxMessageBytes: number;
  /** What stands before it in a line is the key; without it in a line there is none. */
  readonly keySeparator?: string | undefined;
  /** A new id for a line that goes in chunks. */
  readonly newId: () => string;
}

export interface ProduceSummary {
  readonly lines: number;
  readonly records: number;
  readonly bytes: number;
}

const KEY_RESERVE_BYTES_MAX = 16 * 1024;

/** Room that is kept for the key in each record of a line; none without keys. */
const keyReserveBytes = (options: ProduceLinesOptions): number =>
  options.keySeparator === undefined
    ? 0
    : Math.min(KEY_RESERVE_BYTES_MAX, Math.floor(options.maxMessageBytes / 4));

/** The longest piece of a line that one record takes. */
export const pieceBytesOf = (options: ProduceLinesOptions): number =>
  chunkBytesOf(options.maxMessageBytes, keyReserveBytes(options));

/** A line of which more pieces follow. */
interface OpenLine {
  readonly id: string;
  readonly key: Uint8Array | null;
  readonly partition: number;
  chunks: number;
}

/** Turns pieces of lines into records and hands them to a producer, as fast as it takes them. */
export class LineProducer {
  readonly #sink: LineSink;
  readonly #options: ProduceLinesOptions;
  readonly #separator: Buffer | undefined;
  readonly #keyReserveBytes: number;
  #open: OpenLine | undefined;
  #chunkedLines = 0;
  #lines = 0;
  #records = 0;
  #bytes = 0;
  #failedCount = 0;
  #failure: OttlaError | undefined;

  constructor(sink: LineSink, options: ProduceLinesOptions) {
    this.#sink = sink;
    this.#options = options;
    this.#separator =
      options.keySeparator === undefined ? undefined : Buffer.from(options.keySeparator);
    this.#keyReserveBytes = keyReserveBytes(options);
  }

  /**
   * Sends all; resolves when all are acknowledged. Stops reading at the first failure and throws
   * it, with the number of records that were not acknowledged.
   */
  async run(pieces: AsyncIterable<LinePiece>): Promise<ProduceSummary> {
    for await (const piece of pieces) {
      const record = this.#toRecord(piece);
      while (!this.#sink.enqueue(record, this.#onDelivery)) await this.#sink.hasRoom();
      this.#records += 1;
      this.#bytes += piece.bytes.length;
      if (piece.endsLine) this.#lines += 1;
      if (this.#failure !== undefined) break;
    }
    await this.#sink.flush();
    if (this.#failure !== undefined) throw this.#lost(this.#failure);
    return { lines: this.#lines, records: this.#records, bytes: this.#bytes };
  }

  readonly #onDelivery = (error: OttlaError | undefined): void => {
    if (error === undefined) return;
    this.#failure ??= error;
    this.#failedCount += 1;
  };

  #lost(failure: OttlaError): OttlaError {
    const count = `${this.#failedCount} of ${this.#records} records were not acknowledged`;
    return new OttlaError(failure.code, `${count}: ${failure.message}`, { cause: failure });
  }

  #toRecord(piece: LinePiece): ProducerRecord<Uint8Array, Uint8Array> {
    const { topic } = this.#options;
    const open = this.#open;
    if (open !== undefined) return this.#chunk(open, piece.bytes, piece.endsLine);
    const { key, value } = this.#splitKey(piece.bytes);
    if (piece.endsLine) return { topic, key, value };
    if (key !== null && key.length > this.#keyReserveBytes) {
      throw new OttlaError(
        'MESSAGE_TOO_LARGE',
        `line ${this.#lines + 1}: a key of ${key.length} bytes is too long for a line that goes ` +
          `in chunks; at most ${this.#keyReserveBytes}`,
      );
    }
    this.#open = { id: this.#options.newId(), key, partition: this.#nextPartition(), chunks: 0 };
    return this.#chunk(this.#open, value, false);
  }

  #chunk(
    line: OpenLine,
    value: Uint8Array,
    isLast: boolean,
  ): ProducerRecord<Uint8Array, Uint8Array> {
    line.chunks += 1;
    if (isLast) this.#open = undefined;
    return {
      topic: this.#options.topic,
      key: line.key,
      value,
      headers: { [CHUNK_ID_HEADER]: line.id, [CHUNK_HEADER]: chunkText(line.chunks, isLast) },
      // A key leads all chunks to one partition; without one they are told where to go.
      ...(line.key === null ? { partition: line.partition } : {}),
    };
  }

  #splitKey(line: Uint8Array): { key: Uint8Array | null; value: Uint8Array } {
    if (this.#separator === undefined) return { key: null, value: line };
    const at = Buffer.from(line.buffer, line.byteOffset, line.length).indexOf(this.#separator);
    if (at === -1) return { key: null, value: line };
    return { key: line.subarray(0, at), value: line.subarray(at + this.#separator.length) };
  }

  #nextPartition(): number {
    this.#chunkedLines += 1;
    return this.#chunkedLines % this.#options.partitionCount;
  }
}
