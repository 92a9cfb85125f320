import { OttlaError } from '../base/errors.ts';
import type { LeaderEpoch, Offset } from '../base/ids.ts';
import type { CachedTail } from './batch-cache.ts';
import type { DirectoryHealth } from './directory-health.ts';
import type { BoundedRead, ReadRequest, ReadResult } from './read.ts';
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
  /** The leader epoch of the record at an offset, or NONE where the history does not reach. */
  epochAt(offset: Offset): LeaderEpoch;
}

export interface LogReaderOptions {
  readonly segments: SegmentList;
  readonly tail: CachedTail;
  /** Read anew on every call. */
  readonly range: ReadableRange;
  readonly health: DirectoryHealth;
}

/** The reading half of a partition log. A device that fails to read ends the directory. */
export class LogReader {
  readonly #segments: SegmentList;
  readonly #tail: CachedTail;
  readonly #range: ReadableRange;
  readonly #health: DirectoryHealth;

  constructor({ segments, tail, range, health }: LogReaderOptions) {
    this.#segments = segments;
    this.#tail = tail;
    this.#range = range;
    this.#health = health;
  }

  read(request: ReadRequest): ReadResult {
    const bounded = this.#bound(request);
    const hot = this.#readHot(bounded);
    if (hot !== undefined) return hot;
    try {
      const plan = planRead(this.#segments.floor(bounded.fetchOffset), bounded);
      if (plan === undefined) return nothingRead(bounded);
      const target = Buffer.allocUnsafeSlow(plan.lengthBytes);
      const length = plan.segment.file.read(target, plan.position);
      return checkRead(plan, target.subarray(0, length), bounded);
    } catch (error) {
      throw this.#failed(error);
    }
  }

  /**
   * The file stays open until the read is done, whatever becomes of the segment meanwhile. A log
   * that was truncated gives nothing, be what was read good or bad.
   */
  async readCold(request: ReadRequest): Promise<ReadResult> {
    const bounded = this.#bound(request);
    const hot = this.#readHot(bounded);
    if (hot !== undefined) return hot;
    const segment = this.#segments.floor(bounded.fetchOffset);
    const { truncationCount } = this.#range;
    const isCut = (): boolean => truncationCount !== this.#range.truncationCount;
    try {
      // Opens the file where it was let go of, which a failing device may refuse.
      segment.pin();
    } catch (error) {
      throw this.#failed(error);
    }
    try {
      const result = await readSegmentCold(segment, bounded);
      return isCut() ? nothingRead(bounded) : result;
    } catch (error) {
      if (isCut()) return nothingRead(bounded);
      throw this.#failed(error);
    } finally {
      segment.unpin();
    }
  }

  isCached(offset: Offset): boolean {
    return offset >= (this.#tail.startOffset ?? Number.POSITIVE_INFINITY);
  }

  offsetForTimestamp(timestampMs: number, endOffset: Offset): TimestampedOffset | undefined {
    const { logStartOffset, logEndOffset } = this.#range;
    try {
      return lookupTimestamp(this.#segments.from(logStartOffset), {
        timestampMs,
        startOffset: logStartOffset,
        endOffset: Math.min(endOffset, logEndOffset),
      });
    } catch (error) {
      throw this.#failed(error);
    }
  }

  #bound(request: ReadRequest): BoundedRead {
    const { fetchOffset } = request;
    const { name, logStartOffset, logEndOffset } = this.#range;
    if (fetchOffset < logStartOffset || fetchOffset > logEndOffset) {
      throw new OttlaError(
        'OFFSET_OUT_OF_RANGE',
        `${name} has offsets ${logStartOffset} to ${logEndOffset}, not ${fetchOffset}: reset the position`,
      );
    }
    const epochAt = (offset: Offset): LeaderEpoch => this.#range.epochAt(offset);
    return { ...request, endOffset: Math.min(request.endOffset, logEndOffset), epochAt };
  }

  #failed(error: unknown): unknown {
    const isOfDevice = error instanceof OttlaError && error.code === 'STORAGE_ERROR';
    return isOfDevice ? this.#health.fail(error) : error;
  }

  #readHot(request: ReadRequest): ReadResult | undefined {
    if (request.fetchOffset >= request.endOffset) return nothingRead(request);
    return readCached(this.#tail, request);
  }
}
