import { must } from '../base/assert.ts';
import { OttlaError } from '../base/errors.ts';
import type { Offset } from '../base/ids.ts';
import { NONE } from '../base/ids.ts';
import type { Clock } from '../env/clock.ts';
import type { BatchHeader } from '../record/batch-header.ts';
import { nextOffsetOf } from '../record/batch-header.ts';
import type { DirectoryHealth } from './directory-health.ts';
import type { LogConfig } from './log-config.ts';
import type { Segment } from './segment.ts';
import { MAX_RELATIVE_OFFSET, MAX_SEGMENT_BYTES } from './segment.ts';
import type { SegmentList } from './segment-list.ts';

export interface LogWriterOptions {
  readonly segments: SegmentList;
  readonly clock: Clock;
  readonly health: DirectoryHealth;
  readonly config: () => LogConfig;
  /** A new segment has begun. */
  readonly onRoll: () => void;
  /** A write failed, and what it left was cut off. */
  readonly onCutBack: () => void;
}

/**
 * The writing half of a partition log: bytes into segments, and what a failing disk does to that.
 */
export class LogWriter {
  readonly #options: LogWriterOptions;
  #began: { readonly segment: Segment; readonly wallMs: number } | undefined;

  constructor(options: LogWriterOptions) {
    this.#options = options;
  }

  /**
   * Cuts a body into runs that each fit one segment and writes each with one call; `onWritten` is
   * called after each run. Throws DISK_FULL, with the file cut back to what it was before that run,
   * or STORAGE_ERROR, after which the directory is offline.
   */
  write(
    body: Uint8Array,
    headers: readonly BatchHeader[],
    onWritten: (bytes: Uint8Array, headers: readonly BatchHeader[]) => void,
  ): void {
    let start = 0;
    let index = 0;
    while (index < headers.length) {
      const run = this.#nextRun(headers, index);
      const end = start + run.sizeBytes;
      // Mostly all of it: without a view of its own.
      const bytes = run.sizeBytes === body.length ? body : body.subarray(start, end);
      this.guarded(() => this.#writeRun(bytes, run.headers));
      onWritten(bytes, run.headers);
      start = end;
      index += run.headers.length;
    }
  }

  /** Closes the active segment and begins one at `baseOffset`. */
  roll(baseOffset: Offset): void {
    this.guarded(() => this.#options.segments.roll(baseOffset));
    this.#beginNow();
    this.#options.onRoll();
  }

  /** As `roll`, but a full disk is no error: false. */
  maybeRoll(baseOffset: Offset): boolean {
    try {
      this.roll(baseOffset);
      return true;
    } catch (error) {
      if (error instanceof OttlaError && error.code === 'DISK_FULL') return false;
      throw error;
    }
  }

  /**
   * Runs a change of files: a full disk leaves the log usable, any other failure ends the
   * directory.
   */
  guarded(change: () => void): void {
    try {
      change();
    } catch (error) {
      throw this.refuse(error);
    }
  }

  /** The error to throw for a failed change of files. */
  refuse(error: unknown): unknown {
    const { health } = this.#options;
    if (!(error instanceof OttlaError) || error.code !== 'DISK_FULL') return health.fail(error);
    health.noteFull();
    return error;
  }

  /** Batches from `index` that the segment takes together; rolls when it does not take even one. */
  #nextRun(
    headers: readonly BatchHeader[],
    index: number,
  ): { readonly headers: readonly BatchHeader[]; readonly sizeBytes: number } {
    const first = must(headers[index], 'a run begins with a batch');
    if (this.#options.segments.active.sizeBytes === 0) this.#beginNow();
    else if (this.#isAged() || !this.#fits(first, 0)) this.roll(first.baseOffset);
    // The first goes in whatever its size: a segment holds at least one batch.
    let sizeBytes = first.sizeBytes;
    let end = index + 1;
    for (; end < headers.length; end += 1) {
      const header = must(headers[end], 'the batches of a run lie side by side');
      if (!this.#fits(header, sizeBytes)) break;
      sizeBytes += header.sizeBytes;
    }
    const isAll = index === 0 && end === headers.length;
    return { headers: isAll ? headers : headers.slice(index, end), sizeBytes };
  }

  /** True when the active segment takes the batch behind `pendingBytes` that go before it. */
  #fits(header: BatchHeader, pendingBytes: number): boolean {
    const { active } = this.#options.segments;
    const sizeBytes = active.sizeBytes + pendingBytes + header.sizeBytes;
    return (
      sizeBytes <= Math.min(this.#options.config().segmentBytes, MAX_SEGMENT_BYTES) &&
      nextOffsetOf(header) - active.baseOffset <= MAX_RELATIVE_OFFSET
    );
  }

  #isAged(): boolean {
    const ageMs = this.#options.clock.wallMs() - this.#beganWallMs();
    const { segmentMs, maxCompactionLagMs, cleanupPolicy } = this.#options.config();
    // What still grows is not compacted: it is closed in time for that.
    const isCompacted = cleanupPolicy !== 'delete';
    return ageMs >= (isCompacted ? Math.min(segmentMs, maxCompactionLagMs) : segmentMs);
  }

  #beginNow(): void {
    const { segments, clock } = this.#options;
    this.#began = { segment: segments.active, wallMs: clock.wallMs() };
  }

  /**
   * When the active segment began. One that an earlier process began, or that a cut made the last
   * one again, is as old as its first batch, by that one's timestamp.
   */
  #beganWallMs(): number {
    const { segments, clock } = this.#options;
    const { active } = segments;
    if (this.#began?.segment !== active) {
      let firstMs = NONE;
      this.guarded(() => {
        firstMs = active.firstTimestampMs();
      });
      const nowMs = clock.wallMs();
      this.#began = { segment: active, wallMs: firstMs < 0 ? nowMs : Math.min(firstMs, nowMs) };
    }
    return this.#began.wallMs;
  }

  #writeRun(bytes: Uint8Array, headers: readonly BatchHeader[]): void {
    const { active } = this.#options.segments;
    try {
      active.append(bytes, headers);
    } catch (error) {
      active.cutBack();
      this.#options.onCutBack();
      throw error;
    }
  }
}
