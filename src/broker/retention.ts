import { OttlaError } from '../base/errors.ts';
import type { Clock, Timer } from '../env/clock.ts';
import type { OnFatal } from './guard.ts';
import type { Partition } from './replication/partition.ts';

export interface RetentionOptions {
  readonly clock: Clock;
  readonly intervalMs: number;
  readonly partitions: () => Iterable<Partition>;
  readonly onFatal: OnFatal;
}

/**
 * Deletes old segments below the high watermark; where records wait, once they are held anew, and
 * where repeats are known by their ids, once these are forgotten.
 */
export const applyRetention = (partition: Partition, nowWallMs: number): void => {
  const { delays, ids, highWatermark, log, core, isOffline } = partition;
  const isUnknown =
    (delays === undefined && log.config.delayEnable) ||
    (ids === undefined && log.config.dedupWindowMs > 0);
  if (isOffline || isUnknown) return;
  const settledOffset = delays?.settledOffset ?? highWatermark;
  const keptFrom = ids?.keptFrom ?? highWatermark;
  log.applyRetention(nowWallMs, Math.min(highWatermark, settledOffset, keptFrom));
  core.onLogCut();
  const wanted = delays && log.retentionEnd(nowWallMs, highWatermark);
  if (wanted !== undefined && wanted > settledOffset) delays?.carryForward(wanted);
};

/** Now and then deletes what may go, in led and followed partitions alike. */
export class RetentionLoop {
  readonly #options: RetentionOptions;
  #timer: Timer | undefined;

  constructor(options: RetentionOptions) {
    this.#options = options;
  }

  start(): void {
    this.#timer = this.#options.clock.setTimer(this.#options.intervalMs, () => this.#run());
  }

  stop(): void {
    this.#timer?.cancel();
  }

  #run(): void {
    const { clock, partitions } = this.#options;
    for (const partition of partitions()) this.#apply(partition, clock.wallMs());
    this.start();
  }

  /** A device that refuses is told by its log directory, and has nothing to do with the others. */
  #apply(partition: Partition, nowWallMs: number): void {
    try {
      applyRetention(partition, nowWallMs);
    } catch (error) {
      if (!(error instanceof OttlaError)) this.#options.onFatal(error as Error);
    }
  }
}
