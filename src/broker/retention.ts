import type { Clock, Timer } from '../env/clock.ts';
import type { OnFatal } from './guard.ts';
import type { Partition } from './replication/partition.ts';

export interface RetentionOptions {
  readonly clock: Clock;
  readonly intervalMs: number;
  readonly partitions: () => Iterable<Partition>;
  readonly onFatal: OnFatal;
}

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
      for (const partition of partitions()) partition.applyRetention(clock.wallMs());
    } catch (error) {
      onFatal(error as Error);
    }
    this.start();
  }
}
