import type { LeaderEpoch, LogIndex, NodeId } from '../base/ids.ts';
import { partitionKey } from '../base/ids.ts';
import type { PartitionRef } from '../gen/ottla.ts';
import type { MetadataImage, PartitionRegistration } from '../metadata/image.ts';
import { emptyImage, isBeingReassigned } from '../metadata/image.ts';
import { changedPartitions } from '../metadata/image-diff.ts';

interface Tracked {
  readonly ref: PartitionRef;
  readonly leaderEpoch: LeaderEpoch;
  /** The entry with which this leader epoch was first seen. */
  readonly sinceIndex: LogIndex;
}

/** The committed reassignments, and since when each has its leader. Soft: made anew by a term. */
export class ReassignmentTracker {
  readonly #tracked = new Map<string, Tracked>();
  #image: MetadataImage = emptyImage;

  get size(): number {
    return this.#tracked.size;
  }

  /** To be told of each committed image. */
  onImage(next: MetadataImage): void {
    const previous = this.#image;
    this.#image = next;
    for (const { topicId, partition, next: now } of changedPartitions(previous, next)) {
      this.#note({ topicId, partition }, now, next.index);
    }
  }

  refs(): PartitionRef[] {
    return [...this.#tracked.values()].map(({ ref }) => ref);
  }

  /** True when the leader's broker has applied the entry that made it the leader. */
  isSettled(
    { topicId, partition }: PartitionRef,
    { leader, leaderEpoch }: PartitionRegistration,
    appliedIndexOf: (brokerId: NodeId) => LogIndex,
  ): boolean {
    const tracked = this.#tracked.get(partitionKey(topicId, partition));
    if (tracked === undefined || tracked.leaderEpoch !== leaderEpoch) return false;
    return appliedIndexOf(leader) >= tracked.sinceIndex;
  }

  #note(ref: PartitionRef, now: PartitionRegistration | undefined, index: LogIndex): void {
    const key = partitionKey(ref.topicId, ref.partition);
    if (now === undefined || !isBeingReassigned(now)) {
      this.#tracked.delete(key);
      return;
    }
    const { leaderEpoch } = now;
    if (this.#tracked.get(key)?.leaderEpoch === leaderEpoch) return;
    this.#tracked.set(key, { ref, leaderEpoch, sinceIndex: index });
  }
}
