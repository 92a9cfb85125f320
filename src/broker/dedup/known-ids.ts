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
import { IdRoom } from './id-room.ts';

export interface KnownIdsOptions {
  readonly disk: Disk;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly meter: Meter;
  readonly partitions: () => Iterable<Partition>;
  /** [dedup.max.ids] Of all partitions together. */
  readonly maxCount: number;
  readonly partitionAt: (key: string) => Partition | undefined;
  readonly onFatal: OnFatal;
}

/** The ids of all replicas here whose topics have `dedup.window.ms`. */
export class KnownIds {
  readonly #options: KnownIdsOptions;
  readonly #room: IdRoom;
  readonly #metrics: DedupMetrics;
  /** By the keys of their partitions. */
  readonly #keepers = new Map<string, IdKeeper>();
  readonly #closing = new Set<Promise<void>>();
  #isClosed = false;

  constructor(options: KnownIdsOptions) {
    this.#options = options;
    const { maxCount, meter } = options;
    this.#room = new IdRoom(maxCount, () => this.#onFull());
    this.#metrics = new DedupMetrics(meter, { room: this.#room, led: () => this.#led() });
  }

  /** Before the replica takes its part. A node may take over thousands at once. */
  onPartition(partition: Partition): void {
    const before = this.#keepers.get(partition.key);
    if (before !== undefined) this.#dropGone(before);
    // Once it has its settings.
    this.#options.clock.defer(() => {
      if (this.#isHere(partition)) this.#review(partition, false);
    });
  }

  /** Settings may be others, and partitions gone. */
  onImage(next: MetadataImage, previous: MetadataImage): void {
    for (const keeper of this.#keepers.values()) this.#dropGone(keeper);
    if (next.configs === previous.configs) return;
    for (const partition of this.#options.partitions()) this.#review(partition, true);
  }

  /** Resolves when nothing here touches a log or its directory any more. */
  async close(): Promise<void> {
    this.#isClosed = true;
    for (const keeper of this.#keepers.values()) this.#drop(keeper);
    await Promise.all(this.#closing);
  }

  *#led(): Generator<LedIds, void> {
    for (const { partition, count } of this.#keepers.values()) {
      if (partition.isLeader) yield { partition, count };
    }
  }

  /** Switched on under a leader the window begins there; whoever follows may have missed that. */
  #review(partition: Partition, isSwitch: boolean): void {
    const isWanted = !this.#isClosed && !partition.isOffline;
    const isOn = isWanted && partition.log.config.dedupWindowMs > 0;
    const known = this.#keepers.get(partition.key);
    if (!isOn && known !== undefined) this.#drop(known);
    if (!isOn || known !== undefined) return;
    const forgotten = this.#metrics.forgotten;
    const room = this.#room;
    const isFromNow = isSwitch && partition.isLeader;
    this.#keepers.set(
      partition.key,
      new IdKeeper({ ...this.#options, partition, room, forgotten, isFromNow }),
    );
  }

  #onFull(): void {
    const { logger, maxCount } = this.#options;
    logger.warn('message ids are forgotten within dedup.window.ms: raise dedup.max.ids', {
      'dedup.max.ids': maxCount,
    });
  }

  #isHere(partition: Partition): boolean {
    return this.#options.partitionAt(partition.key) === partition;
  }

  #dropGone(keeper: IdKeeper): void {
    if (!this.#isHere(keeper.partition)) this.#drop(keeper);
  }

  #drop(keeper: IdKeeper): void {
    this.#keepers.delete(keeper.partition.key);
    const closed = keeper.close().finally(() => this.#closing.delete(closed));
    this.#closing.add(closed);
  }
}
