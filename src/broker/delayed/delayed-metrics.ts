import type { Histogram, Meter, Sample } from '../../env/meter.ts';
import type { Partition } from '../replication/partition.ts';

/** From what a clock cannot tell to what a lost majority costs. */
const LATENESS_BUCKETS_MS = [
  1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 60_000, 600_000, 3_600_000,
];

/** A led partition, and how many of its records wait. */
export interface LedSchedule {
  readonly partition: Pick<Partition, 'topicName'>;
  readonly count: number;
}

/** What a broker tells of the records that wait in partitions it leads. */
export class DelayedMetrics {
  readonly lateness: Histogram;

  constructor(meter: Meter, led: () => Iterable<LedSchedule>) {
    this.lateness = meter.histogram({
      name: 'ottla_delayed_lateness_ms',
      help: 'Milliseconds from when a delayed record was due to its delivery',
      buckets: LATENESS_BUCKETS_MS,
    });
    meter.gauge(
      {
        name: 'ottla_delayed_pending',
        help: 'Records that wait until they are due, in led partitions of a topic',
        labelNames: ['topic'],
      },
      () => pendingByTopic(led()),
    );
  }
}

const pendingByTopic = (led: Iterable<LedSchedule>): Sample[] => {
  const counts = new Map<string, number>();
  for (const { partition, count } of led) {
    const { topicName } = partition;
    counts.set(topicName, (counts.get(topicName) ?? 0) + count);
  }
  return [...counts].map(([topic, value]) => ({ value, labels: { topic } }));
};
