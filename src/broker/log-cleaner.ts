import { describeError, OttlaError } from '../base/errors.ts';
import type { Clock, Timer } from '../env/clock.ts';
import type { Logger } from '../env/logger.ts';
import type { Dirtiness } from '../log/compaction/cleanable.ts';
import { dirtyRatioOf } from '../log/compaction/cleanable.ts';
import type { PassResult } from '../log/compaction/compaction-pass.ts';
import type { CompactionMoment } from '../log/compaction/log-compaction.ts';
import { Pace } from '../log/compaction/pace.ts';
import type { CleanerConfig } from './broker-config.ts';
import type { OnFatal } from './guard.ts';
import type { Partition } from './replication/partition.ts';

/** A log that could not be compacted is tried again after this long. */
const RETRY_MS = 60_000;

export interface LogCleanerOptions {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly config: CleanerConfig;
  readonly partitions: () => Iterable<Partition>;
  readonly onFatal: OnFatal;
}

/** What the last pass was like. */
export interface LastPass extends PassResult {
  readonly durationMs: number;
}

/**
 * Compacts the logs of this broker, led and followed alike, one at a time, the dirtiest first; when
 * none is due it looks again after a pause. Each replica compacts on its own: the newest value of a
 * key is the same in all that are in sync. One that was away for longer than `delete.retention.ms`
 * may have missed a tombstone, and keeps what that deleted, as in Kafka.
 */
export class LogCleaner {
  readonly #options: LogCleanerOptions;
  readonly #pace: Pace;
  /** Until when a log is left alone whose last pass came to nothing, by its key. */
  readonly #restsUntilMs = new Map<string, number>();
  /** Keys of the logs whose last pass failed. */
  readonly #uncleanable = new Set<string>();
  #timer: Timer | undefined;
  #isStopped = false;
  #lastPass: LastPass | undefined;

  constructor(options: LogCleanerOptions) {
    this.#options = options;
    const { clock, config } = options;
    this.#pace = new Pace({ clock, maxBytesPerSecond: config.ioMaxBytesPerSecond });
  }

  start(): void {
    const { clock, config } = this.#options;
    if (!config.isEnabled || this.#isStopped) return;
    this.#timer = clock.setTimer(config.backoffMs, () => this.#onTimer());
  }

  /** Begins nothing new; a pass under way ends when its log is closed. */
  stop(): void {
    this.#isStopped = true;
    this.#timer?.cancel();
  }

  get lastPass(): LastPass | undefined {
    return this.#lastPass;
  }

  /** Of the dirtiest log, 0 to 100. */
  get maxDirtyPercent(): number {
    const ratios = this.#candidates().map(({ dirtiness }) => dirtyRatioOf(dirtiness));
    return Math.round(Math.max(0, ...ratios) * 100);
  }

  /** Logs that could not be compacted when that was tried last. */
  get uncleanable(): { readonly count: number; readonly bytes: number } {
    const logs = [...this.#options.partitions()].filter(({ key }) => this.#uncleanable.has(key));
    return {
      count: logs.length,
      bytes: logs.reduce((total, { log }) => total + log.sizeBytes, 0),
    };
  }

  #onTimer(): void {
    this.#round().then(
      () => this.start(),
      (error: Error) => this.#options.onFatal(error),
    );
  }

  async #round(): Promise<void> {
    for (;;) {
      const next = this.#dirtiest();
      if (next === undefined || this.#isStopped) return;
      await this.#clean(next);
    }
  }

  #candidates(): { partition: Partition; dirtiness: Dirtiness & { isDue: boolean } }[] {
    const nowWallMs = this.#options.clock.wallMs();
    return [...this.#options.partitions()]
      .filter(({ isOffline }) => !isOffline)
      .map((partition) => {
        const moment = momentOf(partition, nowWallMs);
        return { partition, dirtiness: partition.log.compaction.assess(moment) };
      });
  }

  #dirtiest(): Partition | undefined {
    const nowMs = this.#options.clock.monotonicMs();
    const due = this.#candidates().filter(
      ({ partition, dirtiness }) =>
        dirtiness.isDue && nowMs >= (this.#restsUntilMs.get(partition.key) ?? 0),
    );
    const byRatio = due.toSorted((a, b) => dirtyRatioOf(b.dirtiness) - dirtyRatioOf(a.dirtiness));
    return byRatio[0]?.partition;
  }

  async #clean(partition: Partition): Promise<void> {
    const { clock, config } = this.#options;
    const { log, delays, key } = partition;
    const startMs = clock.monotonicMs();
    const moment = momentOf(partition, clock.wallMs());
    const { dedupeBufferBytes } = config;
    const waitingBetween = delays?.waitingBetween.bind(delays);
    try {
      const result = await log.compaction.run(moment, {
        pace: this.#pace,
        dedupeBufferBytes,
        waitingBetween,
      });
      this.#uncleanable.delete(key);
      this.#restsUntilMs.delete(key);
      // Cut, trimmed or closed under the pass: it is looked at again after the pause.
      if (result === undefined) this.#restsUntilMs.set(key, startMs + config.backoffMs);
      else this.#lastPass = { ...result, durationMs: clock.monotonicMs() - startMs };
    } catch (error) {
      this.#onFailed(partition, error);
    }
  }

  #onFailed(partition: Partition, error: unknown): void {
    if (!(error instanceof OttlaError)) throw error;
    const { clock, logger } = this.#options;
    this.#uncleanable.add(partition.key);
    this.#restsUntilMs.set(partition.key, clock.monotonicMs() + RETRY_MS);
    // Rot is what a reader would have met there next.
    if (error.code === 'CORRUPT_STORE') partition.onReadFailed(error);
    if (error.code === 'STORAGE_ERROR') return;
    logger.warn('a log was not compacted', {
      partition: partition.describe(),
      reason: describeError(error),
    });
  }
}

/**
 * A delivery must not go before what it took out of those that wait. In this log that is known up
 * to where the index is, and nothing beyond is compacted, nor what tells when a record is due next
 * that repeats, until that is held anew. Another replica may have the held form
 * and not the delivery yet, as long as it is away or has just been added: for the time that
 * tombstones are kept it finds it here. What may be repeated stays, to be known by its id.
 */
const momentOf = (
  { highWatermark, delays, ids, log: { config } }: Partition,
  nowWallMs: number,
): CompactionMoment => {
  const { delayEnable, dedupWindowMs, deleteRetentionMs } = config;
  const keptFrom = ids?.keptFrom ?? (dedupWindowMs > 0 ? 0 : highWatermark);
  const limitOffset = Math.min(highWatermark, keptFrom);
  if (delays === undefined) return { nowWallMs, highWatermark: delayEnable ? 0 : limitOffset };
  const toldFrom = Math.min(delays.knownOffset, delays.toldOffset);
  return {
    nowWallMs,
    highWatermark: Math.min(limitOffset, toldFrom),
    minLagMs: deleteRetentionMs,
  };
};
