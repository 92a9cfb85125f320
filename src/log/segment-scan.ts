import { readInt64At } from '../base/bytes/big-endian.ts';
import { OttlaError } from '../base/errors.ts';
import type { Offset } from '../base/ids.ts';
import type { DiskFile } from '../env/disk.ts';
import type { BatchHeader } from '../record/batch-header.ts';
import {
  BASE_OFFSET_AT,
  batchSizeAt,
  HEADER_BYTES,
  MAGIC_AT,
  MAGIC_V2,
  nextOffsetOf,
  readBatchHeader,
  verifyCrc,
} from '../record/batch-header.ts';

const DEFAULT_CHUNK_BYTES = 256 * 1024;

/**
 * One batch met on the way; `bytes` is the whole batch when verifying, else its header at least.
 */
export interface ScannedBatch {
  readonly header: BatchHeader;
  readonly position: number;
  /** A view into the scanner's buffer: valid during the visit only. */
  readonly bytes: Uint8Array;
}

/** What every format has at the same place. */
export interface LaterBatch {
  readonly baseOffset: Offset;
  readonly magic: number;
}

export interface ScanOptions {
  /** Position of a batch. */
  readonly start: number;
  /** Exclusive. */
  readonly end: number;
  /** Reads whole batches and checks their CRC; without, only headers are read. */
  readonly verify: boolean;
  readonly chunkBytes?: number;
  /** Called for a batch whose format is later than what is known, and whose CRC is not right. */
  readonly onLaterFormat?: (batch: LaterBatch) => void;
}

/** Where a walk ended; `fault` says why it could not go on, `undefined` when nothing was wrong. */
export interface ScanEnd {
  /** Position of the first batch that was not accepted, or the end. */
  readonly position: number;
  readonly fault: string | undefined;
}

/**
 * Walks the batches of a segment file in order. `visit` returns false to stop before the batch it
 * was given, or a text to declare it faulty.
 */
export const scanBatches = (
  file: DiskFile,
  options: ScanOptions,
  visit: (batch: ScannedBatch) => boolean | string,
): ScanEnd => {
  const window = new ReadWindow(file, options);
  let position = options.start;
  while (position < options.end) {
    const batch = readBatch(window, position, options);
    if (typeof batch === 'string') return { position, fault: batch };
    const verdict = visit(batch);
    if (verdict === false) return { position, fault: undefined };
    if (typeof verdict === 'string') return { position, fault: verdict };
    position += batch.header.sizeBytes;
  }
  return { position, fault: undefined };
};

/**
 * Whether a batch at `position` of a segment begins where it must: the batches of a log lie side by
 * side. Only the log of a follower may begin within its first batch.
 */
export const follows = (header: BatchHeader, position: number, expected: Offset): boolean => {
  const { baseOffset } = header;
  if (position > 0) return baseOffset === expected;
  return baseOffset <= expected && expected < nextOffsetOf(header);
};

const readBatch = (
  window: ReadWindow,
  position: number,
  options: ScanOptions,
): ScannedBatch | string => {
  if (position + HEADER_BYTES > options.end) return 'the file ends within a batch header';
  const head = window.at(position, HEADER_BYTES);
  if (head === undefined) return 'the file is shorter than expected';
  if (
    options.onLaterFormat !== undefined &&
    isLater(window, position, { head, end: options.end })
  ) {
    options.onLaterFormat({ baseOffset: readInt64At(head, BASE_OFFSET_AT), magic: magicOf(head) });
  }
  const header = readHeader(head);
  if (typeof header === 'string') return header;
  if (header.magic !== MAGIC_V2) return `message format ${header.magic} is none that is written`;
  if (header.sizeBytes < HEADER_BYTES) return `declared size ${header.sizeBytes} is too small`;
  if (header.lastOffsetDelta < 0) return `last offset delta ${header.lastOffsetDelta} is negative`;
  if (position + header.sizeBytes > options.end) return 'the file ends within a batch';
  if (!options.verify) return { header, position, bytes: head };
  const bytes = window.at(position, header.sizeBytes);
  if (bytes === undefined) return 'the file is shorter than expected';
  return verifyCrc(bytes) ? { header, position, bytes } : 'CRC-32C does not match';
};

const LATER_MAGIC_MAX = 9;

/** Not what a turned bit makes of a batch: one that is sound but for its format, or of no size. */
const isLater = (
  window: ReadWindow,
  position: number,
  { head, end }: { readonly head: Uint8Array; readonly end: number },
): boolean => {
  const [magic, sizeBytes] = [magicOf(head), batchSizeAt(head, 0) ?? 0];
  if (magic <= MAGIC_V2 || magic > LATER_MAGIC_MAX || sizeBytes < HEADER_BYTES) return false;
  if (position + sizeBytes > end) return false;
  const bytes = window.at(position, sizeBytes);
  return bytes !== undefined && !verifyCrc(bytes);
};

const magicOf = (head: Uint8Array): number => head[MAGIC_AT] ?? 0;

const readHeader = (bytes: Uint8Array): BatchHeader | string => {
  try {
    return readBatchHeader(bytes);
  } catch (error) {
    if (error instanceof OttlaError) return error.message;
    throw error;
  }
};

/** A buffer that slides over a file, so that small batches cost no read each. */
class ReadWindow {
  readonly #file: DiskFile;
  readonly #chunkBytes: number;
  readonly #end: number;
  #buffer: Uint8Array = new Uint8Array(0);
  #start = 0;

  constructor(file: DiskFile, options: ScanOptions) {
    this.#file = file;
    this.#chunkBytes = options.chunkBytes ?? DEFAULT_CHUNK_BYTES;
    this.#end = options.end;
  }

  /** `sizeBytes` bytes from `position`, or `undefined` where the file ends before. */
  at(position: number, sizeBytes: number): Uint8Array | undefined {
    const from = position - this.#start;
    if (from < 0 || from + sizeBytes > this.#buffer.length) this.#slide(position, sizeBytes);
    const at = position - this.#start;
    if (at + sizeBytes > this.#buffer.length) return undefined;
    return this.#buffer.subarray(at, at + sizeBytes);
  }

  #slide(position: number, sizeBytes: number): void {
    const wanted = Math.min(Math.max(sizeBytes, this.#chunkBytes), this.#end - position);
    const target = Buffer.allocUnsafeSlow(Math.max(0, wanted));
    const length = this.#file.read(target, position);
    this.#buffer = target.subarray(0, length);
    this.#start = position;
  }
}
