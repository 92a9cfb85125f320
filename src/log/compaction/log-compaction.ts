import { OttlaError } from '../../base/errors.ts';
import type { Offset, SettledOffset } from '../../base/ids.ts';
import type { LogContext } from '../log-context.ts';
import type { SegmentList } from '../segment-list.ts';
import { removeCleanEnd, writeCleanEnd } from './clean-end.ts';
import type { Dirtiness } from './cleanable.ts';
import { cleanableSegments, isDueForCompaction, measureDirt } from './cleanable.ts';
import type { CompactedLog, PassResult, WaitingBetween } from './compaction-pass.ts';
import { CompactionPass, PassOvertaken } from './compaction-pass.ts';
import type { Pace } from './pace.ts';

export interface LogCompactionOptions {
  readonly context: LogContext;
  readonly log: CompactedLog & {
    readonly settledOffset: SettledOffset;
    readonly logStartOffset: Offset;
  };
  readonly segments: SegmentList;
  /** As the directory has it. */
  readonly cleanEndOffset: Offset;
  /** Segments up to `endOffset` (exclusive) are others now; the directory is to be synced. */
  readonly onSwapped: (endOffset: Offset) => void;
}

/** When, and up to where: the high watermark is exclusive. */
export interface CompactionMoment {
  readonly nowWallMs: number;
  readonly highWatermark: Offset;
  /** As `min.compaction.lag.ms`, where that asks for less; 0 where it is left out. */
  readonly minLagMs?: number;
}

export interface CompactionTools {
  readonly pace: Pace;
  readonly dedupeBufferBytes: number;
  /** The records of held batches that wait, within offsets; without it they all stay. */
  readonly waitingBetween?: WaitingBetween | undefined;
}

/** How one log is compacted, and how far it was. One pass at a time. */
export class LogCompaction {
  readonly #options: LogCompactionOptions;
  #cleanEndOffset: Offset;
  #isStopped = false;
  #abort: AbortController | undefined;
  #running: Promise<unknown> = Promise.resolve();

  constructor(options: LogCompactionOptions) {
    this.#options = options;
    this.#cleanEndOffset = options.cleanEndOffset;
  }

  /** Exclusive: below, no record was superseded by another one when it was compacted last. */
  get cleanEndOffset(): Offset {
    return Math.max(this.#cleanEndOffset, this.#options.log.logStartOffset);
  }

  /** What there is to do; nothing for a log that is not to be compacted. */
  assess(moment: CompactionMoment): Dirtiness & { readonly isDue: boolean } {
    const { config } = this.#options.log;
    if (!this.#isCompacted || this.#isStopped) return NOTHING;
    const dirtiness = measureDirt(this.#cleanable(moment), this.cleanEndOffset);
    return { ...dirtiness, isDue: isDueForCompaction(dirtiness, config, moment.nowWallMs) };
  }

  /**
   * Compacts what may be compacted now; durable on return. Undefined when there was nothing, or the
   * log was cut, trimmed or closed meanwhile. Errors: CORRUPT_STORE (rot), CONFIG, DISK_FULL,
   * UNSUPPORTED_COMPRESSION_TYPE and UNKNOWN_SERVER_ERROR of a codec (this log stays as it is),
   * STORAGE_ERROR (the directory is offline).
   */
  async run(moment: CompactionMoment, tools: CompactionTools): Promise<PassResult | undefined> {
    if (this.assess(moment).dirtyBytes === 0 || this.#abort !== undefined) return undefined;
    const abort = new AbortController();
    this.#abort = abort;
    const pass = this.#run(moment, tools, abort.signal);
    this.#running = pass.catch(() => undefined);
    try {
      return await pass;
    } catch (error) {
      if (abort.signal.aborted || error instanceof PassOvertaken) return undefined;
      throw this.#refuse(error);
    } finally {
      this.#abort = undefined;
    }
  }

  /** Ends a pass under way; resolves when it touches nothing any more. */
  async interrupt(): Promise<void> {
    this.#abort?.abort(new OttlaError('ABORTED', `${this.#options.log.name}: is being cut`));
    await this.#running;
  }

  /** As `interrupt`, for good. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    await this.interrupt();
  }

  /**
   * The log is about to be cut to `endOffset`, and the directory to be synced before it grows
   * again. What was compacted for the sake of records that go is compacted anew from the start: a
   * boundary that stayed would keep later records from being looked at.
   */
  onCut(endOffset: Offset): void {
    if (endOffset >= this.#cleanEndOffset) return;
    const { context, segments } = this.#options;
    this.#cleanEndOffset = 0;
    removeCleanEnd(context.disk, segments.place.directory);
  }

  get #isCompacted(): boolean {
    return this.#options.log.config.cleanupPolicy !== 'delete';
  }

  /**
   * Crash states: the boundary is written last, and its directory sync covers all swaps before it;
   * without it the next pass begins where this one did, and finds less to do.
   */
  async #run(
    moment: CompactionMoment,
    tools: CompactionTools,
    signal: AbortSignal,
  ): Promise<PassResult> {
    const { context, log, segments, onSwapped } = this.#options;
    const result = await new CompactionPass({
      ...tools,
      log,
      segments,
      signal,
      onSwapped,
      cleanable: this.#cleanable(moment),
      cleanEndOffset: this.cleanEndOffset,
      nowWallMs: moment.nowWallMs,
    }).run();
    signal.throwIfAborted();
    await writeCleanEnd(context.disk, segments.place.directory, result.cleanEndOffset);
    // Whatever was asked for meanwhile: a cut must find that the file is there.
    this.#cleanEndOffset = result.cleanEndOffset;
    return result;
  }

  #cleanable(moment: CompactionMoment): ReturnType<SegmentList['all']> {
    const { log, segments } = this.#options;
    const { nowWallMs, minLagMs = 0 } = moment;
    const minCompactionLagMs = Math.max(log.config.minCompactionLagMs, minLagMs);
    return cleanableSegments(
      segments.all(),
      { ...log.config, minCompactionLagMs },
      {
        nowWallMs,
        limitOffset: Math.min(moment.highWatermark, log.settledOffset),
      },
    );
  }

  /** A device that failed ends the directory; what is wrong with this log alone does not. */
  #refuse(error: unknown): unknown {
    const isOfDevice = error instanceof OttlaError && error.code === 'STORAGE_ERROR';
    return isOfDevice ? this.#options.context.health.fail(error) : error;
  }
}

const NOTHING = { cleanBytes: 0, dirtyBytes: 0, oldestDirtyMs: -1, isDue: false };
