import type { Clock } from '../../env/clock.ts';
import type { Disk } from '../../env/disk.ts';
import type { Logger } from '../../env/logger.ts';
import type { Meter } from '../../env/meter.ts';
import type { MetadataImage } from '../../metadata/image.ts';
import type { OnFatal } from '../guard.ts';
import type { Partition } from '../replication/partition.ts';
import type { LedIds } from './dedup-metrics.ts';
import { DedupMetrics } from './dedup-metrics.ts';
import { IdKeeper } from './id-keeper.ts';

export interface KnownIdsOptions {
  readonly disk: Disk;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly meter: Meter;
  readonly partitions: () => Iterable<Partition>;
  readonly onFatal: OnFatal;
}

/** The ids of all replicas here whose topics have `dedup.window.ms`. */
export class KnownIds {
  readonly #options: KnownIdsOptions;
  readonly #metrics: DedupMetrics;
  readonly #keepers = new Map<Partition, IdKeeper>();
  readonly #closing = new Set<Promise<void>>();
  #isClosed = false;

  constructor(options: KnownIdsOptions) {
    this.#options = options;
    this.#metrics = new DedupMetrics(options.meter, () => this.#led());
  }

  /** Before the replica takes its part. */
  onPartition(partition: Partition): void {
    this.#forgetGone();
    // Once it has its settings.
    this.#options.clock.defer(() => {
      if ([...this.#options.partitions()].includes(partition)) this.#review(partition, false);
    });
  }

  /** Settings may be others, and partitions gone. */
  onImage(next: MetadataImage, previous: MetadataImage): void {
    if (this.#keepers.size > 0) this.#forgetGone();
    if (next.configs === previous.configs) return;
    for (const partition of this.#options.partitions()) this.#review(partition, true);
  }

  /** Resolves when nothing here touches a log or its directory any more. */
  async close(): Promise<void> {
    this.#isClosed = true;
    for (const partition of this.#keepers.keys()) this.#drop(partition);
    await Promise.all(this.#closing);
  }

  *#led(): Generator<LedIds, void> {
    for (const [partition, { count }] of this.#keepers) {
      if (partition.isLeader) yield { partition, count };
    }
  }

  /** Switched on under a leader the window begins there; whoever follows may have missed that. */
  #review(partition: Partition, isSwitch: boolean): void {
    const isWanted = !this.#isClosed && !partition.isOffline;
    const isOn = isWanted && partition.log.config.dedupWindowMs > 0;
    if (!isOn) this.#drop(partition);
    if (!isOn || this.#keepers.has(partition)) return;
    const { forgotten } = this.#metrics;
    const isFromNow = isSwitch && partition.isLeader;
    this.#keepers.set(
      partition,
      new IdKeeper({ ...this.#options, partition, forgotten, isFromNow }),
    );
  }

  #forgetGone(): void {
    const here = new Set(this.#options.partitions());
    for (const partition of this.#keepers.keys()) {
      if (!here.has(partition)) this.#drop(partition);
    }
  }

  #drop(partition: Partition): void {
    const keeper = this.#keepers.get(partition);
    if (keeper === undefined) return;
    this.#keepers.delete(partition);
    const closed = keeper.close().finally(() => this.#closing.delete(closed));
    this.#closing.add(closed);
  }
}
