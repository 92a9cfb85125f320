import { OttlaError } from '../base/errors.ts';
import type { Offset } from '../base/ids.ts';
import type { CachedTail } from './batch-cache.ts';
import type { ReadRequest, ReadResult } from './read.ts';
import { checkRead, nothingRead, planRead, readCached, readSegmentCold } from './read.ts';
import type { SegmentList } from './segment-list.ts';
import type { TimestampedOffset } from './time-lookup.ts';
import { lookupTimestamp } from './time-lookup.ts';

/** What of a log may be read at this moment. */
export interface ReadableRange {
  readonly name: string;
  readonly logStartOffset: Offset;
  /** Exclusive. */
  readonly logEndOffset: Offset;
  /** Changes with every truncation. */
  readonly truncationCount: number;
}

/** The reading half of a partition log. */
export class LogReader {
  readonly #segments: SegmentList;
  readonly #tail: CachedTail;
  readonly #range: ReadableRange;

  /** `range` is read anew on every call. */
  constructor(segments: SegmentList, tail: CachedTail, range: ReadableRange) {
    this.#segments = segments;
    this.#tail = tail;
    this.#range = range;
  }

  read(request: ReadRequest): ReadResult {
    const bounded = this.#bound(request);
    const hot = this.#readHot(bounded);
    if (hot !== undefined) return hot;
    const plan = planRead(this.#segments.floor(bounded.fetchOffset), bounded);
    if (plan === undefined) return nothingRead(bounded);
    const target = Buffer.allocUnsafeSlow(plan.lengthBytes);
    const length = plan.segment.file.read(target, plan.position);
    return checkRead(plan, target.subarray(0, length), bounded);
  }

  async readCold(request: ReadRequest): Promise<ReadResult> {
    const bounded = this.#bound(request);
    const hot = this.#readHot(bounded);
    if (hot !== undefined) return hot;
    const segment = this.#segments.floor(bounded.fetchOffset);
    const { truncationCount } = this.#range;
    segment.pin();
    try {
      const result = await readSegmentCold(segment, bounded);
      return truncationCount === this.#range.truncationCount ? result : nothingRead(bounded);
    } catch (error) {
      if (truncationCount === this.#range.truncationCount) throw error;
      return nothingRead(bounded);
    } finally {
      segment.unpin();
    }
  }

  isCached(offset: Offset): boolean {
    return offset >= (this.#tail.startOffset ?? Number.POSITIVE_INFINITY);
  }

  offsetForTimestamp(timestampMs: number, endOffset: Offset): TimestampedOffset | undefined {
    const { logStartOffset, logEndOffset } = this.#range;
    return lookupTimestamp(this.#segments.from(logStartOffset), {
      timestampMs,
      startOffset: logStartOffset,
      endOffset: Math.min(endOffset, logEndOffset),
    });
  }

  #bound(request: ReadRequest): ReadRequest {
    const { fetchOffset } = request;
    const { name, logStartOffset, logEndOffset } = this.#range;
    if (fetchOffset < logStartOffset || fetchOffset > logEndOffset) {
      throw new OttlaError(
        'OFFSET_OUT_OF_RANGE',
        `${name} has offsets ${logStartOffset} to ${logEndOffset}, not ${fetchOffset}: reset the position`,
      );
    }
    return { ...request, endOffset: Math.min(request.endOffset, logEndOffset) };
  }

  #readHot(request: ReadRequest): ReadResult | undefined {
    if (request.fetchOffset >= request.endOffset) return nothingRead(request);
    return readCached(this.#tail, request);
  }
}
