import { readInt16At, readInt32At } from '../base/bytes/big-endian.ts';
import type { Offset } from '../base/ids.ts';
import {
  ATTRIBUTES_AT,
  HEADER_BYTES,
  isHeld,
  nextOffsetOf,
  RECORD_COUNT_AT,
} from '../record/batch-header.ts';
import type { CachedTail } from './batch-cache.ts';
import type { Loan, ReadBuffers } from './read-buffers.ts';
import type { Segment } from './segment.ts';
import type { EpochAt } from './stored-batch.ts';
import { checkFollows, checkStoredBatch, corruptStore, storedHeaderAt } from './stored-batch.ts';

export interface ReadRequest {
  readonly fetchOffset: Offset;
  /** Bound on the bytes returned. */
  readonly maxBytes: number;
  /** Exclusive: no batch that ends after it is returned. The high watermark, or the log's end. */
  readonly endOffset: Offset;
  /** Returns the first batch even when it alone is larger than `maxBytes`. */
  readonly atLeastOne: boolean;
  /**
   * Leaves out batches without records, which consumers have no use for, and those of records that
   * are not due: offsets then have gaps. Only where nothing else is left below the end is a gap
   * given, so that its reader gets on.
   */
  readonly withoutGaps?: boolean;
}

/** A request within the log's bounds, and what its batches must agree with. */
export interface BoundedRead extends ReadRequest {
  readonly epochAt: EpochAt;
}

/**
 * Whole batches, the first of which contains `fetchOffset`. The parts belong to the log as well:
 * they must not be written to.
 */
export interface ReadResult {
  readonly parts: readonly Uint8Array[];
  readonly sizeBytes: number;
  /** Where the next read goes on; `fetchOffset` when nothing was read. */
  readonly nextOffset: Offset;
  /** Among the batches is one without records, or of what is not due yet. */
  readonly hasHidden?: boolean;
  /**
   * Where the parts lie, if that is nobody's but the reader's. Who gives it back is taken to read
   * on: what follows is read ahead.
   */
  readonly loan?: Loan;
}

export const nothingRead = (request: ReadRequest): ReadResult => ({
  parts: [],
  sizeBytes: 0,
  nextOffset: request.fetchOffset,
});

/** Reads from memory; `undefined` when the first batch is not there. */
export const readCached = (tail: CachedTail, request: ReadRequest): ReadResult | undefined => {
  if (tail.startOffset === undefined || request.fetchOffset < tail.startOffset) return undefined;
  const parts: Uint8Array[] = [];
  let sizeBytes = 0;
  let nextOffset = request.fetchOffset;
  let hasHidden = false;
  for (const batch of tail.from(request.fetchOffset)) {
    if (batch.endOffset > request.endOffset) break;
    const fits = sizeBytes + batch.bytes.length <= request.maxBytes;
    if (!fits && (sizeBytes > 0 || !request.atLeastOne)) break;
    addPart(parts, batch.bytes);
    sizeBytes += batch.bytes.length;
    nextOffset = batch.endOffset;
    hasHidden ||=
      isHeld(readInt16At(batch.bytes, ATTRIBUTES_AT)) ||
      readInt32At(batch.bytes, RECORD_COUNT_AT) === 0;
  }
  return { parts, sizeBytes, nextOffset, hasHidden };
};

/** Batches that were appended in one body are one part again. */
const addPart = (parts: Uint8Array[], bytes: Uint8Array): void => {
  const last = parts.at(-1);
  const isNext =
    last !== undefined &&
    last.buffer === bytes.buffer &&
    last.byteOffset + last.length === bytes.byteOffset;
  if (!isNext) parts.push(bytes);
  else {
    const joined = new Uint8Array(last.buffer, last.byteOffset, last.length + bytes.length);
    parts[parts.length - 1] = joined;
  }
};

/** Which bytes of which segment answer a request. */
export interface ReadPlan {
  readonly segment: Segment;
  readonly position: number;
  /** Where the first batch there begins. */
  readonly baseOffset: Offset;
  readonly lengthBytes: number;
}

/**
 * Finds the bytes to read, in one segment: the next read goes on in the next one. `undefined` when
 * not even the first batch may be returned.
 */
export const planRead = (segment: Segment, request: ReadRequest): ReadPlan | undefined => {
  const found = segment.locate(request.fetchOffset);
  if (found === undefined) {
    const position = segment.positionAtOrBelow(request.fetchOffset);
    throw corruptStore({ segment, position }, 'batch is missing');
  }
  const { position, header } = found;
  if (header.sizeBytes > request.maxBytes && !request.atLeastOne) return undefined;
  const wantedBytes = Math.max(request.maxBytes, header.sizeBytes);
  const lengthBytes = Math.min(wantedBytes, segment.sizeBytes - position);
  return { segment, position, baseOffset: header.baseOffset, lengthBytes };
};

/**
 * Keeps the whole batches below the end, each verified, one after the other; throws CORRUPT_STORE.
 * The first is verified before it counts as beyond the end: a turned bit that puts it there would
 * else keep its reader waiting for ever.
 */
export const checkRead = (plan: ReadPlan, bytes: Uint8Array, request: BoundedRead): ReadResult => {
  let at = 0;
  let expected = plan.baseOffset;
  let hasHidden = false;
  while (at + HEADER_BYTES <= bytes.length) {
    const header = storedHeaderAt(plan, bytes, at);
    if (header.sizeBytes < HEADER_BYTES) {
      throw corruptStore({ ...plan, position: plan.position + at }, 'size is wrong');
    }
    const end = at + header.sizeBytes;
    const isBeyond = nextOffsetOf(header) > request.endOffset;
    if (end > bytes.length || (isBeyond && at > 0)) break;
    const place = { segment: plan.segment, position: plan.position + at };
    checkStoredBatch(place, { bytes: bytes.subarray(at, end), header }, request.epochAt);
    checkFollows(place, header, expected);
    if (isBeyond) return nothingRead(request);
    expected = nextOffsetOf(header);
    hasHidden ||= isHeld(header.attributes) || header.recordCount === 0;
    at = end;
  }
  if (at === 0) throw corruptStore(plan, 'batch is cut off');
  return { parts: [bytes.subarray(0, at)], sizeBytes: at, nextOffset: expected, hasHidden };
};

/** Slack for the batches between an index entry and the one asked for. */
const COLD_SLACK_BYTES = 16 * 1024;

/** As `planRead` and `checkRead` together, without holding the event loop. */
export const readSegmentCold = async (
  segment: Segment,
  request: BoundedRead,
  buffers: ReadBuffers,
): Promise<ReadResult> => {
  const endPosition = segment.sizeBytes;
  let { position, baseOffset } = segment.floor(request.fetchOffset);
  while (position < endPosition) {
    const wantedBytes = request.maxBytes + COLD_SLACK_BYTES;
    const loan = lend(segment, { position, wantedBytes }, buffers);
    const chunk = loan.bytes.subarray(0, await segment.file.readCold(loan.bytes, position));
    const plan = { segment, position, baseOffset, lengthBytes: chunk.length };
    const { at, expected } = skipBefore(plan, chunk, request.fetchOffset);
    baseOffset = expected;
    if (at + HEADER_BYTES <= chunk.length) {
      const header = storedHeaderAt(plan, chunk, at);
      if (header.sizeBytes <= chunk.length - at || at === 0) {
        const found = { ...plan, position: position + at, baseOffset };
        if (header.sizeBytes <= chunk.length - at) {
          return { ...finishCold(found, chunk.subarray(at), request), loan };
        }
        loan.giveBack();
        return readLarge(found, header.sizeBytes, request);
      }
    } else if (at === 0) throw corruptStore({ segment, position }, 'the file is cut off');
    loan.giveBack();
    position += at;
  }
  throw corruptStore({ segment, position }, 'batch is missing');
};

const finishCold = (plan: ReadPlan, chunk: Uint8Array, request: BoundedRead): ReadResult => {
  const { sizeBytes } = storedHeaderAt(plan, chunk, 0);
  if (sizeBytes > request.maxBytes && !request.atLeastOne) return nothingRead(request);
  return checkRead(plan, chunk.subarray(0, Math.max(sizeBytes, request.maxBytes)), request);
};

/** A first batch that is larger than a chunk. */
const readLarge = async (
  plan: ReadPlan,
  sizeBytes: number,
  request: BoundedRead,
): Promise<ReadResult> => {
  const { segment, position } = plan;
  if (sizeBytes > request.maxBytes && !request.atLeastOne) return nothingRead(request);
  const bytes = Buffer.allocUnsafeSlow(Math.min(sizeBytes, segment.sizeBytes - position));
  const readBytes = await segment.file.readCold(bytes, position);
  return checkRead(plan, bytes.subarray(0, readBytes), request);
};

const lend = (
  segment: Segment,
  { position, wantedBytes }: { readonly position: number; readonly wantedBytes: number },
  buffers: ReadBuffers,
): Loan => buffers.lend(Math.max(0, Math.min(wantedBytes, segment.sizeBytes - position)));

/**
 * Position within the chunk of the first batch that ends after `offset`, or of what is cut off, and
 * where that must begin.
 */
const skipBefore = (
  plan: ReadPlan,
  chunk: Uint8Array,
  offset: Offset,
): { readonly at: number; readonly expected: Offset } => {
  let at = 0;
  let expected = plan.baseOffset;
  while (at + HEADER_BYTES <= chunk.length) {
    const header = storedHeaderAt(plan, chunk, at);
    const place = { ...plan, position: plan.position + at };
    checkFollows(place, header, expected);
    if (nextOffsetOf(header) > offset) break;
    if (header.sizeBytes < HEADER_BYTES) throw corruptStore(place, 'size is wrong');
    if (at + header.sizeBytes > chunk.length) break;
    at += header.sizeBytes;
    expected = nextOffsetOf(header);
  }
  return { at, expected };
};
