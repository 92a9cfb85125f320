import type { Labels, Meter, Sample } from '../env/meter.ts';
import type { LogDirectories } from '../log/log-directories.ts';
import { isBeingReassigned } from '../metadata/image.ts';
import type { LogCleaner } from './log-cleaner.ts';
import type { Partition } from './replication/partition.ts';

export interface GaugeSources {
  readonly partitions: () => Iterable<Partition>;
  readonly offlineCount: () => number;
  readonly logs: LogDirectories;
  readonly cleaner: LogCleaner;
  readonly isFenced: () => boolean;
}

/** What is read off the replicas when metrics are scraped, by the names dashboards know. */
export const registerGauges = (meter: Meter, sources: GaugeSources): void => {
  const all = (): Partition[] => [...sources.partitions()];
  const led = (): Partition[] => all().filter(({ isLeader }) => isLeader);
  const single = (name: string, help: string, value: () => number): void =>
    meter.gauge({ name, help }, () => [{ value: value() }]);
  const perPartition = (
    gauge: { readonly name: string; readonly help: string; readonly of: () => Partition[] },
    value: (partition: Partition) => number,
  ): void => {
    const { name, help, of } = gauge;
    meter.gauge({ name, help, labelNames: ['topic', 'partition'] }, () =>
      of().map((partition): Sample => ({ value: value(partition), labels: labelsOf(partition) })),
    );
  };
  registerCounts(single, { all, led });
  registerCleaner(single, sources.cleaner);
  single(
    'kafka_server_replicamanager_offlinereplicacount',
    'Replicas whose log failed, or is in a directory that did or is missing',
    sources.offlineCount,
  );
  single(
    'kafka_log_logmanager_offlinelogdirectorycount',
    'Log directories that failed, or were missing at the start',
    () => sources.logs.offlineCount,
  );
  single(
    'kafka_server_brokerlifecycle_fenced',
    '1 while the controller has this broker fenced',
    () => (sources.isFenced() ? 1 : 0),
  );
  perPartition(
    { name: 'kafka_log_log_size', help: 'Bytes of a log', of: all },
    ({ log }) => log.sizeBytes,
  );
  perPartition(
    { name: 'kafka_topic_partition_current_offset', help: 'High watermark', of: led },
    ({ highWatermark }) => highWatermark,
  );
  perPartition(
    { name: 'kafka_topic_partition_oldest_offset', help: 'First offset', of: led },
    ({ log }) => log.logStartOffset,
  );
  perPartition(
    { name: 'kafka_topic_partition_in_sync_replica', help: 'In-sync replicas', of: led },
    ({ core }) => core.committedIsr.length,
  );
  perPartition(
    { name: 'kafka_topic_partition_replicas', help: 'Assigned replicas', of: led },
    ({ core }) => core.replicas.length,
  );
  perPartition(
    { name: 'kafka_topic_partition_under_replicated_partition', help: '1 when under', of: led },
    (partition) => (isUnderReplicated(partition) ? 1 : 0),
  );
  perPartition(
    { name: 'kafka_cluster_partition_underminisr', help: '1 when acks=all is refused', of: led },
    ({ core }) => (core.isMinIsrAbsent ? 1 : 0),
  );
};

type Single = (name: string, help: string, value: () => number) => void;

const registerCounts = (
  single: Single,
  { all, led }: { readonly all: () => Partition[]; readonly led: () => Partition[] },
): void => {
  const manager = 'kafka_server_replicamanager';
  single(`${manager}_partitioncount`, 'Replicas on this broker', () => all().length);
  single(`${manager}_leadercount`, 'Partitions led by this broker', () => led().length);
  single(
    `${manager}_underreplicatedpartitions`,
    'Led partitions with fewer in-sync replicas than assigned',
    () => led().filter(isUnderReplicated).length,
  );
  single(
    `${manager}_underminisrpartitioncount`,
    'Led partitions that refuse acks=all',
    () => led().filter(({ core }) => core.isMinIsrAbsent).length,
  );
  single(
    `${manager}_reassigningpartitions`,
    'Led partitions that are being moved to other brokers',
    () =>
      led().filter(({ registration: now }) => now !== undefined && isBeingReassigned(now)).length,
  );
  single('kafka_server_delayedoperationpurgatory_produce_size', 'Produce requests waiting', () =>
    led().reduce((sum, { waitingCount }) => sum + waitingCount, 0),
  );
};

const registerCleaner = (single: Single, cleaner: LogCleaner): void => {
  const manager = 'kafka_log_logcleanermanager';
  single(
    `${manager}_max_dirty_percent`,
    'Share not compacted yet of the dirtiest log',
    () => cleaner.maxDirtyPercent,
  );
  single(
    `${manager}_uncleanable_partitions_count`,
    'Logs that could not be compacted',
    () => cleaner.uncleanable.count,
  );
  single(
    `${manager}_uncleanable_bytes`,
    'Bytes of logs that could not be compacted',
    () => cleaner.uncleanable.bytes,
  );
  single('kafka_log_logcleaner_max_clean_time_secs', 'Seconds that the last pass took', () =>
    Math.round((cleaner.lastPass?.durationMs ?? 0) / 1000),
  );
  single(
    'kafka_log_logcleaner_max_buffer_utilization_percent',
    'Share of the memory for keys that the last pass used',
    () => Math.round((cleaner.lastPass?.bufferUtilization ?? 0) * 100),
  );
  single(
    'kafka_log_logcleaner_cleaner_recopy_percent',
    'Bytes written by the last pass, of those it read',
    () => recopyPercent(cleaner.lastPass),
  );
};

const recopyPercent = (pass: LogCleaner['lastPass']): number =>
  pass === undefined || pass.readBytes === 0
    ? 0
    : Math.round((pass.writtenBytes / pass.readBytes) * 100);

const isUnderReplicated = ({ core }: Partition): boolean =>
  core.presentIsr.length < core.assignedCount;

const labelsOf = ({ topicName, partition }: Partition): Labels => ({
  topic: topicName,
  partition: String(partition),
});
