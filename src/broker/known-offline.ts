import type { NodeId, PartitionId, TopicId } from '../base/ids.ts';
import { partitionKey } from '../base/ids.ts';
import type { OfflineDirectory, OfflineNews } from '../gen/ottla.ts';

interface OfflineThere {
  readonly directories: readonly OfflineDirectory[];
  readonly replicas: ReadonlySet<string>;
}

const NOTHING: readonly OfflineDirectory[] = [];

/**
 * What brokers have in log directories that are offline, as the active controller told last: to be
 * shown, and half a second old at most. Nothing is decided by it.
 */
export class KnownOffline {
  #brokers: ReadonlyMap<NodeId, OfflineThere> = new Map();

  take({ brokers }: OfflineNews): void {
    this.#brokers = new Map(
      brokers.map(({ brokerId, directories, replicas }) => {
        const keys = replicas.map((ref) => partitionKey(ref.topicId, ref.partition));
        return [brokerId, { directories, replicas: new Set(keys) }];
      }),
    );
  }

  /** Whether the broker has its replica of a partition there. */
  has(brokerId: NodeId, topicId: TopicId, partition: PartitionId): boolean {
    return this.#brokers.get(brokerId)?.replicas.has(partitionKey(topicId, partition)) === true;
  }

  directoriesOf(brokerId: NodeId): readonly OfflineDirectory[] {
    return this.#brokers.get(brokerId)?.directories ?? NOTHING;
  }
}
