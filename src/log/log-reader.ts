import { OttlaError } from '../base/errors.ts';
import type { LeaderEpoch, Offset } from '../base/ids.ts';
import type { CachedTail } from './batch-cache.ts';
import { leaveOutHidden, onlyGap, trimGap } from './compaction/read-gaps.ts';
import type { DirectoryHealth } from './directory-health.ts';
import { notAvailable } from './log-context.ts';
import type { BoundedRead, ReadRequest, ReadResult } from './read.ts';
import { checkRead, nothingRead, planRead, readCached, readSegmentCold } from './read.ts';
import type { AheadRoom } from './read-ahead.ts';
import { ReadAhead } from './read-ahead.ts';
import type { ReadBuffers } from './read-buffers.ts';
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
  readonly readBuffers: ReadBuffers;
  readonly aheadRoom: AheadRoom;
}

/** The reading half of a partition log. A device that fails to read ends the directory. */
export class LogReader {
  readonly #segments: SegmentList;
  readonly #tail: CachedTail;
  readonly #range: ReadableRange;
  readonly #health: DirectoryHealth;
  readonly #readBuffers: ReadBuffers;
  readonly #ahead: ReadAhead;

  constructor(options: LogReaderOptions) {
    const { segments, tail, range, health, readBuffers, aheadRoom } = options;
    this.#segments = segments;
    this.#tail = tail;
    this.#range = range;
    this.#health = health;
    this.#readBuffers = readBuffers;
    this.#ahead = new ReadAhead(aheadRoom, segments);
  }

  read(request: ReadRequest): ReadResult {
    let bounded = this.#bound(request);
    for (;;) {
      const result = this.#readOnce(bounded);
      const shown = this.#show(result, bounded);
      if (shown !== undefined) return shown;
      bounded = { ...bounded, fetchOffset: result.nextOffset };
    }
  }

  /**
   * The file stays open until the read is done, whatever becomes of the segment meanwhile. A log
   * that was truncated gives nothing, be what was read good or bad. What follows is read once the
   * memory of the result is given back: its reader is at work then, and comes for the rest.
   */
  async readCold(request: ReadRequest): Promise<ReadResult> {
    const bounded = this.#bound(request);
    const { truncationCount } = this.#range;
    const ready = await this.#ahead.take(bounded);
    if (truncationCount !== this.#range.truncationCount) {
      ready?.loan?.giveBack();
      return nothingRead(request);
    }
    return this.#readingOn(request, ready ?? (await this.#readColdNow(request)));
  }

  #readingOn(request: ReadRequest, result: ReadResult): ReadResult {
    const { loan, sizeBytes, nextOffset } = result;
    // Where there was room for nothing, none would be read ahead either.
    if (loan === undefined || sizeBytes === 0) return result;
    const giveBack = (): void => {
      loan.giveBack();
      this.#maybeReadAhead({ ...request, fetchOffset: nextOffset });
    };
    return { ...result, loan: { bytes: loan.bytes, giveBack } };
  }

  #maybeReadAhead(request: ReadRequest): void {
    const { fetchOffset, endOffset } = request;
    const isToRead = fetchOffset < Math.min(endOffset, this.#range.logEndOffset);
    if (!isToRead || this.isCached(fetchOffset)) return;
    if (this.#segments.isDisposed || this.#health.failure !== undefined) return;
    this.#ahead.maybeBegin(request, (next) => this.#readColdNow(next));
  }

  async #readColdNow(request: ReadRequest): Promise<ReadResult> {
    let bounded = this.#bound(request);
    const { truncationCount } = this.#range;
    for (;;) {
      const result = await this.#readColdOnce(bounded);
      if (truncationCount !== this.#range.truncationCount) return nothingRead(request);
      const shown = this.#show(result, bounded);
      if (shown !== undefined) return shown;
      result.loan?.giveBack();
      bounded = { ...bounded, fetchOffset: result.nextOffset };
    }
  }

  /** Lets go of the files and of all that is in memory; a read under way ends as it would. */
  close(): void {
    this.#segments.dispose();
    this.#tail.clear();
    this.#ahead.clear();
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

  #readOnce(bounded: BoundedRead): ReadResult {
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

  async #readColdOnce(bounded: BoundedRead): Promise<ReadResult> {
    const hot = this.#readHot(bounded);
    if (hot !== undefined) return hot;
    // Between two reads of which the first found nothing to show.
    if (this.#segments.isDisposed) throw notAvailable(`${this.#range.name} is closed`);
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
      const result = await readSegmentCold(segment, bounded, this.#readBuffers);
      return isCut() ? nothingRead(bounded) : result;
    } catch (error) {
      if (isCut()) return nothingRead(bounded);
      throw this.#failed(error);
    } finally {
      segment.unpin();
    }
  }

  /** What of a result its reader is to see; undefined where it is to be read on from its end. */
  #show(result: ReadResult, request: BoundedRead): ReadResult | undefined {
    if (request.withoutGaps !== true || result.hasHidden !== true) {
      return trimGap(result, request.fetchOffset);
    }
    const shown = leaveOutHidden(result);
    if (shown.sizeBytes > 0) return shown;
    return result.nextOffset >= request.endOffset ? onlyGap(result, request) : undefined;
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
