import type { Meter, Sample } from '../../env/meter.ts';
import type { PlaceLag } from './lag-round.ts';
import { lagCountByTopic, maxLagMs } from './lag-round.ts';

const MS_PER_SECOND = 1000;

/** What the gauges read: the last round's outcome. */
export interface LagSource {
  lags(): Iterable<readonly [groupId: string, lags: readonly PlaceLag[]]>;
  readonly omittedCount: number;
  readonly unknownCount: number;
}

type Told = readonly [groupId: string, lags: readonly PlaceLag[]];

/**
 * By the names and labels of kafka_exporter, and of kafka-lag-exporter where these are in seconds:
 * the latter's labels of a member are left out, for they would make new series at every rebalance.
 */
export const registerLagGauges = (meter: Meter, source: LagSource): void => {
  const gauge = (
    [name, help, ...labelNames]: readonly [name: string, help: string, ...labels: string[]],
    samples: (told: Told) => Sample[],
  ): void => meter.gauge({ name, help, labelNames }, () => [...source.lags()].flatMap(samples));
  gauge(
    ['kafka_consumergroup_lag', 'Offsets not committed', 'consumergroup', 'topic', 'partition'],
    ([consumergroup, lags]) =>
      lags.map(({ topic, partition, lagCount }) => ({
        value: lagCount,
        labels: { consumergroup, topic, partition: String(partition) },
      })),
  );
  gauge(
    ['kafka_consumergroup_lag_sum', 'Offsets not committed of a topic', 'consumergroup', 'topic'],
    ([consumergroup, lags]) =>
      [...lagCountByTopic(lags)].map(([topic, value]) => ({
        value,
        labels: { consumergroup, topic },
      })),
  );
  gauge(
    [
      'kafka_consumergroup_group_lag_seconds',
      'Age of the first record that a group has not committed',
      'group',
      'topic',
      'partition',
    ],
    ([group, lags]) =>
      lags.flatMap(({ topic, partition, lagMs }) => {
        if (lagMs === undefined) return [];
        const labels = { group, topic, partition: String(partition) };
        return [{ value: lagMs / MS_PER_SECOND, labels }];
      }),
  );
  gauge(
    ['kafka_consumergroup_group_max_lag_seconds', 'The largest of those of a group', 'group'],
    ([group, lags]) => {
      const lagMs = maxLagMs(lags);
      return lagMs === undefined ? [] : [{ value: lagMs / MS_PER_SECOND, labels: { group } }];
    },
  );
  registerCounts(meter, source);
};

const registerCounts = (meter: Meter, source: LagSource): void => {
  meter.gauge(
    {
      name: 'ottla_group_lag_omitted_partitions',
      help: 'Partitions of groups beyond group.lag.metrics.max.partitions, whose lag is not shown',
    },
    () => [{ value: source.omittedCount }],
  );
  meter.gauge(
    {
      name: 'ottla_group_lag_unknown_partitions',
      help: 'Partitions of groups whose leader could not tell the lag in the last round',
    },
    () => [{ value: source.unknownCount }],
  );
};
