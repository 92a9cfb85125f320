import type { BrokerEpoch, ClusterId, DirectoryId, IncarnationId, NodeId } from '../base/ids.ts';
import { CATCH_UP_START_BYTES } from '../metadata/broker-configs.ts';
import type { GroupSettings } from './groups/group-settings.ts';
import { GROUP_DEFAULTS } from './groups/group-settings.ts';
import type { CatchUpLimits } from './replication/lane.ts';

/** How logs are compacted. */
export interface CleanerConfig {
  /** [log.cleaner.enable] */
  readonly isEnabled: boolean;
  /** [log.cleaner.backoff.ms] Pause when no log is due. */
  readonly backoffMs: number;
  /** [log.cleaner.dedupe.buffer.size] Memory for the keys of a pass, held while it runs. */
  readonly dedupeBufferBytes: number;
  /** [log.cleaner.io.max.bytes.per.second] Read and written together. */
  readonly ioMaxBytesPerSecond: number;
}

/** What one broker is told at its start. Names in brackets are Kafka's. */
export interface BrokerConfig {
  readonly brokerId: NodeId;
  readonly clusterId: ClusterId;
  readonly directoryId: DirectoryId;
  /** Of this run of the process. */
  readonly incarnationId: IncarnationId;
  /** host:port as clients, peers and Kafka clients reach it; the last may be empty. */
  readonly clientAddress: string;
  readonly peerAddress: string;
  readonly kafkaAddress: string;
  /** [broker.rack] Empty: none. */
  readonly rack: string;
  /** The epoch in the clean-shutdown marker; NONE when the last stop was not clean. */
  readonly previousBrokerEpoch: BrokerEpoch;
  /** [broker.heartbeat.interval.ms] */
  readonly heartbeatIntervalMs: number;
  /** [broker.session.timeout.ms] */
  readonly sessionTimeoutMs: number;
  /** [replica.lag.time.max.ms] */
  readonly replicaLagTimeMaxMs: number;
  /** [controlled.shutdown] How long a stop waits for the leaders to have moved. */
  readonly controlledShutdownTimeoutMs: number;
  /** [auto.create.topics.enable] */
  readonly autoCreateTopicsEnable: boolean;
  /** [queued.max.request.bytes] What unanswered produce requests may hold before reading rests. */
  readonly queuedMaxRequestBytes: number;
  /** [dedup.max.ids] Message ids of all replicas together; 40 bytes each. */
  readonly dedupMaxIds: number;
  /** When a follower changes to the stream for replicas far behind, and back. */
  readonly catchUp: CatchUpLimits;
  /** [follower.replication.throttled.rate] Of all replicas out of sync together. */
  readonly catchUpMaxBytesPerSecond: number;
  /** [log.retention.check.interval.ms] */
  readonly retentionCheckIntervalMs: number;
  readonly cleaner: CleanerConfig;
  readonly groups: GroupSettings;
  /** This node's server.properties, for topic defaults, under their server names. */
  readonly fileDefaults: ReadonlyMap<string, string>;
}

export const BROKER_DEFAULTS = {
  kafkaAddress: '',
  rack: '',
  previousBrokerEpoch: -1,
  heartbeatIntervalMs: 200,
  sessionTimeoutMs: 2000,
  replicaLagTimeMaxMs: 10_000,
  controlledShutdownTimeoutMs: 10_000,
  autoCreateTopicsEnable: true,
  queuedMaxRequestBytes: 128 * 1024 * 1024,
  dedupMaxIds: 5_000_000,
  catchUp: { farBytes: CATCH_UP_START_BYTES, nearBytes: 1024 * 1024 },
  catchUpMaxBytesPerSecond: Number.MAX_SAFE_INTEGER,
  retentionCheckIntervalMs: 300_000,
  cleaner: {
    isEnabled: true,
    backoffMs: 15_000,
    dedupeBufferBytes: 32 * 1024 * 1024,
    ioMaxBytesPerSecond: Number.MAX_SAFE_INTEGER,
  },
  groups: GROUP_DEFAULTS,
  fileDefaults: new Map<string, string>(),
} as const satisfies Partial<BrokerConfig>;
