import type { PartitionCursor } from '../reader/partition-cursor.ts';
import type { TopicPartitionName } from './consumer-protocol.ts';

export interface CompanionHolder {
  readonly cursors: readonly PartitionCursor[];
  onAssigned(partitions: readonly TopicPartitionName[], generation: number): void;
  onLost(partitions: readonly TopicPartitionName[]): void;
}

/**
 * A topic that is read beside the one that the group shares out: partition n of it belongs to
 * whoever has partition n of that. The group does not know of it but by what is committed.
 */
export class Companions {
  #topic: string | undefined;

  get topic(): string | undefined {
    return this.#topic;
  }

  /** What the group gives or takes, and what goes with it. */
  with(partitions: readonly TopicPartitionName[]): readonly TopicPartitionName[] {
    return [...partitions, ...this.#beside(partitions)];
  }

  /** From now on it is this one; what is held has its companions when this returns. */
  use(topic: string | undefined, holder: CompanionHolder, generation: number): void {
    if (topic === this.#topic) return;
    const places = holder.cursors.filter((cursor) => cursor.topic !== this.#topic);
    const before = this.#beside(places);
    this.#topic = topic;
    if (before.length > 0) holder.onLost(before);
    const after = this.#beside(places);
    if (after.length > 0) holder.onAssigned(after, generation);
  }

  #beside(partitions: readonly TopicPartitionName[]): TopicPartitionName[] {
    const topic = this.#topic;
    return topic === undefined ? [] : partitions.map(({ partition }) => ({ topic, partition }));
  }
}
