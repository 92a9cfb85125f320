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
    const { clock, partitions, onFatal } = this.#options;
    try {
      for (const partition of partitions()) applyRetention(partition, clock.wallMs());
    } catch (error) {
      onFatal(error as Error);
    }
    this.start();
  }
}
