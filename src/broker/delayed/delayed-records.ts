import { OttlaError } from '../../base/errors.ts';
import type { TopicPartition } from '../../base/ids.ts';
import { partitionKey } from '../../base/ids.ts';
import type { Clock } from '../../env/clock.ts';
import type { KeyValueStore } from '../../env/key-value-store.ts';
import type { Logger } from '../../env/logger.ts';
import type { Meter } from '../../env/meter.ts';
import type { MetadataImage } from '../../metadata/image.ts';
import { partitionOf } from '../../metadata/image.ts';
import type { Deadlines } from '../deadlines.ts';
import type { OnFatal } from '../guard.ts';
import type { Partition } from '../replication/partition.ts';
import type { LedSchedule } from './delayed-metrics.ts';
import { DelayedMetrics } from './delayed-metrics.ts';
import { ALL_MARKS, partitionOfMark } from './index-keys.ts';
import { PartitionSchedule } from './partition-schedule.ts';
import { PendingIndex } from './pending-index.ts';

/** A store that cannot be opened or written, for want of room above all, is tried again. */
const RETRY_MS = 1000;

/** Where the index is kept. */
export interface DelayedStore {
  /** True where an earlier run has left one. */
  readonly exists: boolean;
  /** Made where there is none, and made anew where it is damaged. */
  open(): Promise<KeyValueStore>;
}

export interface DelayedRecordsOptions {
  readonly clock: Clock;
  readonly deadlines: Deadlines;
  readonly logger: Logger;
  readonly meter: Meter;
  readonly store: DelayedStore;
  readonly partitions: () => Iterable<Partition>;
  readonly onFatal: OnFatal;
}

/**
 * The schedules of all replicas here whose topics hold records back, or did: one for each that has
 * `delay.enable`, or that the index knows. Opens the store when the first one needs it.
 */
export class DelayedRecords {
  readonly #options: DelayedRecordsOptions;
  readonly #metrics: DelayedMetrics;
  readonly #schedules = new Map<string, PartitionSchedule>();
  /** Partitions that the store has a mark of. */
  readonly #known = new Set<string>();
  #store: KeyValueStore | undefined;
  /** Opening, and what is forgotten, one after the other. */
  #work: Promise<void> = Promise.resolve();
  #isClosed = false;
  #closing: Promise<void> | undefined;

  constructor(options: DelayedRecordsOptions) {
    this.#options = options;
    this.#metrics = new DelayedMetrics(options.meter, () => this.#led());
  }

  /** Before the broker takes over its replicas: opens what an earlier run has left. */
  async open(): Promise<void> {
    if (this.#options.store.exists) await this.#open();
  }

  /** Before the replica takes its part. */
  onPartition(partition: Partition): void {
    const before = this.#schedules.get(partition.key);
    if (before !== undefined) {
      // Set aside as damaged: what comes after it is fetched anew, and holds the same.
      this.#schedules.delete(partition.key);
      this.#enqueue(() => before.close());
    }
    // Once it has its settings.
    this.#options.clock.defer(() => this.#review(partition));
  }

  /** Settings may be others, and partitions gone. */
  onImage(next: MetadataImage, previous: MetadataImage): void {
    if (next.topics !== previous.topics) this.#forgetGone(next);
    if (this.#schedules.size > 0) this.#forgetMoved();
    if (next.configs === previous.configs && next.topics === previous.topics) return;
    for (const partition of this.#options.partitions()) this.#review(partition);
  }

  /** Begins nothing from the call on; resolves when the store is closed. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.#isClosed = true;
    for (const schedule of this.#schedules.values()) void schedule.close();
    await this.#work;
    await Promise.all([...this.#schedules.values()].map((schedule) => schedule.close()));
    await this.#store?.close();
  }

  *#led(): Generator<LedSchedule, void> {
    for (const partition of this.#options.partitions()) {
      const schedule = partition.isLeader ? this.#schedules.get(partition.key) : undefined;
      if (schedule !== undefined) yield { partition, count: schedule.count };
    }
  }

  #review(partition: Partition): void {
    const { key, log } = partition;
    if (this.#isClosed || partition.delays !== undefined) return;
    if (!log.config.delayEnable && !this.#known.has(key)) return;
    // Behind what still uses the index of an earlier replica.
    this.#enqueue(async () => {
      const store = await this.#open();
      const isHere = [...this.#options.partitions()].includes(partition);
      if (isHere && !this.#isClosed && partition.delays === undefined) {
        this.#begin(partition, store);
      }
    });
  }

  #begin(partition: Partition, store: KeyValueStore): void {
    const { clock, deadlines, logger, onFatal } = this.#options;
    const { key } = partition;
    const index = new PendingIndex(store, partition);
    this.#known.add(key);
    const { lateness } = this.#metrics;
    const options = { partition, index, clock, deadlines, logger, lateness, onFatal };
    this.#schedules.set(key, new PartitionSchedule(options));
  }

  async #open(): Promise<KeyValueStore> {
    if (this.#store !== undefined) return this.#store;
    const store = await this.#options.store.open();
    this.#store = store;
    for (const [key] of await store.entries(ALL_MARKS)) {
      const { topicId, partition } = partitionOfMark(key);
      this.#known.add(partitionKey(topicId, partition));
    }
    return store;
  }

  #forgetGone(image: MetadataImage): void {
    for (const key of this.#known) {
      const gone = refOf(key);
      if (partitionOf(image, gone.topicId, gone.partition) !== undefined) continue;
      this.#known.delete(key);
      const schedule = this.#schedules.get(key);
      this.#schedules.delete(key);
      this.#enqueue(async () => {
        await schedule?.close();
        await new PendingIndex(await this.#open(), gone).clear();
      });
    }
  }

  /** Replicas that are elsewhere now, or set aside: what comes back begins with another log. */
  #forgetMoved(): void {
    const here = new Set([...this.#options.partitions()].map(({ key }) => key));
    for (const [key, schedule] of this.#schedules) {
      if (here.has(key)) continue;
      this.#schedules.delete(key);
      this.#known.delete(key);
      this.#enqueue(() => schedule.forget());
    }
  }

  #enqueue(work: () => Promise<void>): void {
    this.#work = this.#work.then(work).catch((error: Error) => {
      const { logger, deadlines, onFatal } = this.#options;
      if (this.#isClosed) return;
      if (!(error instanceof OttlaError)) return onFatal(error);
      logger.error('the index of delayed records cannot be used', { reason: error.message });
      deadlines.add(RETRY_MS, () => this.#enqueue(work));
    });
  }
}

const refOf = (key: string): TopicPartition => {
  const dash = key.lastIndexOf('-');
  return { topicId: key.slice(0, dash), partition: Number(key.slice(dash + 1)) };
};
