import type { Counter, Meter, Sample } from '../../env/meter.ts';
import type { Partition } from '../replication/partition.ts';
import type { IdRoom } from './id-room.ts';

/** A led partition, and how many ids are known of it. */
export interface LedIds {
  readonly partition: Pick<Partition, 'topicName'>;
  readonly count: number;
}

export interface DedupMetricsDeps {
  readonly room: Pick<IdRoom, 'heldCount' | 'maxCount'>;
  readonly led: () => Iterable<LedIds>;
}

/** What a broker tells of the ids in partitions it leads. */
export class DedupMetrics {
  readonly forgotten: Counter;

  constructor(meter: Meter, { room, led }: DedupMetricsDeps) {
    this.forgotten = meter.counter({
      name: 'ottla_dedup_forgottenids_total',
      help: 'Message ids forgotten within dedup.window.ms, because a partition or the broker had too many',
      labelNames: ['topic'],
    });
    meter.gauge(
      {
        name: 'ottla_dedup_ids',
        help: 'Message ids that are known, in led partitions of a topic',
        labelNames: ['topic'],
      },
      () => countsByTopic(led()),
    );
    meter.gauge(
      {
        name: 'ottla_dedup_heldids',
        help: 'Message ids in memory, of all replicas on this broker; at most ottla_dedup_heldids_max',
      },
      () => [{ value: room.heldCount }],
    );
    meter.gauge(
      { name: 'ottla_dedup_heldids_max', help: 'The setting dedup.max.ids of this broker' },
      () => [{ value: room.maxCount }],
    );
  }
}

const countsByTopic = (led: Iterable<LedIds>): Sample[] => {
  const counts = new Map<string, number>();
  for (const { partition, count } of led) {
    const { topicName } = partition;
    counts.set(topicName, (counts.get(topicName) ?? 0) + count);
  }
  return [...counts].map(([topic, value]) => ({ value, labels: { topic } }));
};
