import type { PartitionId } from '../../base/ids.ts';
import type { CommittedOffset, TopicPartitionName } from './types.ts';

export interface TableEntry extends TopicPartitionName {
  readonly value: CommittedOffset;
}

/** What a group has committed, by topic and partition. */
export class OffsetTable {
  readonly #topics = new Map<string, Map<PartitionId, CommittedOffset>>();

  get isEmpty(): boolean {
    return this.#topics.size === 0;
  }

  *entries(): Generator<TableEntry, void, undefined> {
    for (const [topic, partitions] of this.#topics) {
      for (const [partition, value] of partitions) yield { topic, partition, value };
    }
  }

  get({ topic, partition }: TopicPartitionName): CommittedOffset | undefined {
    return this.#topics.get(topic)?.get(partition);
  }

  /** Undefined forgets it. */
  set({ topic, partition }: TopicPartitionName, value: CommittedOffset | undefined): void {
    const partitions = this.#topics.get(topic) ?? new Map<PartitionId, CommittedOffset>();
    if (value === undefined) partitions.delete(partition);
    else partitions.set(partition, value);
    if (partitions.size === 0) this.#topics.delete(topic);
    else this.#topics.set(topic, partitions);
  }

  clear(): void {
    this.#topics.clear();
  }
}
