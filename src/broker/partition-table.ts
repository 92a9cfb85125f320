import type { PartitionId, TopicId } from '../base/ids.ts';
import type { Partition } from './replication/partition.ts';

/**
 * The replicas of a broker, by key, and by topic and number: for every batch that arrives, where
 * the words of a key would have to be put together first.
 */
export class PartitionTable {
  readonly #byKey = new Map<string, Partition>();
  readonly #byTopic = new Map<TopicId, Map<PartitionId, Partition>>();

  get(key: string): Partition | undefined {
    return this.#byKey.get(key);
  }

  find(topicId: TopicId, partition: PartitionId): Partition | undefined {
    return this.#byTopic.get(topicId)?.get(partition);
  }

  has(key: string): boolean {
    return this.#byKey.has(key);
  }

  values(): IterableIterator<Partition> {
    return this.#byKey.values();
  }

  set(partition: Partition): void {
    this.#byKey.set(partition.key, partition);
    const ofTopic = this.#byTopic.get(partition.topicId) ?? new Map();
    ofTopic.set(partition.partition, partition);
    this.#byTopic.set(partition.topicId, ofTopic);
  }

  delete(key: string): void {
    const partition = this.#byKey.get(key);
    if (partition === undefined) return;
    this.#byKey.delete(key);
    const ofTopic = this.#byTopic.get(partition.topicId);
    ofTopic?.delete(partition.partition);
    if (ofTopic?.size === 0) this.#byTopic.delete(partition.topicId);
  }
}
