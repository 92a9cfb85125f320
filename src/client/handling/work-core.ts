import type { Offset } from '../../base/ids.ts';
import type { OffsetRange } from './finished-text.ts';
import { OffsetLedger } from './offset-ledger.ts';
import type { BatchBounds, WorkItem } from './partition-work.ts';
import { PartitionWork } from './partition-work.ts';

export interface WorkBounds {
  /** Handlers at once, over all partitions. */
  readonly concurrency: number;
  /** Taken in and not finished, over all partitions. */
  readonly maxQueuedRecords: number;
  readonly maxQueuedBytes: number;
  /** What is finished above the floor of one partition, as text. */
  readonly maxFinishedBytes: number;
}

export interface NewPartition {
  readonly start: Offset;
  /** Finished before. */
  readonly known: readonly OffsetRange[];
  readonly gate: { readonly isPaused: boolean };
}

/**
 * What is to be handled of several partitions, which take turns. Each may hold its share of what
 * may be queued in all: one that is stuck does not keep others from taking records in.
 */
export class WorkCore<R> {
  readonly #bounds: WorkBounds;
  readonly #partitions: Array<PartitionWork<R>> = [];
  #turn = 0;
  #runningCount = 0;

  constructor(bounds: WorkBounds) {
    this.#bounds = bounds;
  }

  open({ start, known, gate }: NewPartition): PartitionWork<R> {
    const ledger = new OffsetLedger(start, known, this.#bounds.maxFinishedBytes);
    const partition = new PartitionWork<R>(ledger, gate);
    this.#partitions.push(partition);
    return partition;
  }

  /** Nothing of it counts any more, but that its handlers are busy until they are done. */
  close(partition: PartitionWork<R>): void {
    partition.stop();
    const at = this.#partitions.indexOf(partition);
    if (at >= 0) this.#partitions.splice(at, 1);
  }

  /** Whether more of it may be taken in; a batch may go beyond the bounds by itself. */
  hasRoom({ openCount, openBytes }: PartitionWork<R>): boolean {
    const { maxQueuedRecords, maxQueuedBytes } = this.#bounds;
    const shareCount = this.#partitions.length;
    return openCount < maxQueuedRecords / shareCount && openBytes < maxQueuedBytes / shareCount;
  }

  /** The next to be handled; undefined: none may be begun now. */
  start(): WorkItem<R> | undefined {
    if (this.#runningCount >= this.#bounds.concurrency) return undefined;
    const partitions = this.#partitions;
    for (let step = 0; step < partitions.length; step += 1) {
      const at = (this.#turn + step) % partitions.length;
      const item = partitions[at]?.start();
      if (item === undefined) continue;
      this.#turn = at + 1;
      this.#runningCount += 1;
      return item;
    }
    return undefined;
  }

  /** The next of one partition to be handled together; empty: none may be begun now. */
  startBatch(bounds: BatchBounds<R>): ReadonlyArray<WorkItem<R>> {
    if (this.#runningCount >= this.#bounds.concurrency) return [];
    const partitions = this.#partitions;
    for (let step = 0; step < partitions.length; step += 1) {
      const at = (this.#turn + step) % partitions.length;
      const items = partitions[at]?.startBatch(bounds) ?? [];
      if (items.length === 0) continue;
      this.#turn = at + 1;
      this.#runningCount += 1;
      return items;
    }
    return [];
  }

  /** Its partition has been told of each record. */
  endBatch(): void {
    this.#runningCount -= 1;
  }

  finish(item: WorkItem<R>): void {
    this.#runningCount -= 1;
    item.partition.finish(item);
  }

  /** The handler is done, the record is not: its lane waits until `release` of the partition. */
  hold(item: WorkItem<R>): void {
    this.#runningCount -= 1;
    item.partition.hold(item);
  }
}
