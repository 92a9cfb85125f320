import type { ClusterId, NodeId } from '../base/ids.ts';
import type { ConfigValues } from '../metadata/image.ts';
import type { TopicLimits } from './topics.ts';

/** The settings of a controller, by the names of server.properties where Kafka has one. */
export interface ControllerConfig {
  readonly nodeId: NodeId;
  readonly clusterId: ClusterId;
  /** broker.session.timeout.ms */
  readonly sessionTimeoutMs: number;
  /** How often sessions are checked. */
  readonly sessionCheckIntervalMs: number;
  readonly probeDeadlineMs: number;
  /** auto.leader.rebalance.enable */
  readonly isLeaderBalanceEnabled: boolean;
  readonly leaderBalanceIntervalMs: number;
  /** auto.balance.enable: brokers that join get their share, what is on lost ones is rebuilt. */
  readonly isAutoBalanceEnabled: boolean;
  /** replica.heal.delay.ms */
  readonly healDelayMs: number;
  /** How often it is checked what brokers that are drained or leave still have, and what moves. */
  readonly decommissionIntervalMs: number;
  /** Partitions that the controller moves by itself at a time. */
  readonly movesInFlightMax: number;
  /** metadata.max.idle.interval.ms; 0: no records for the sake of measuring lag. */
  readonly metadataMaxIdleIntervalMs: number;
  readonly limits: TopicLimits;
  /** Defaults of topic settings from server.properties, under their server names. */
  readonly fileDefaults: ConfigValues;
}

/** Everything but who this is. */
export const controllerDefaults: Omit<ControllerConfig, 'nodeId' | 'clusterId'> = {
  sessionTimeoutMs: 2000,
  sessionCheckIntervalMs: 100,
  probeDeadlineMs: 250,
  isLeaderBalanceEnabled: true,
  leaderBalanceIntervalMs: 1000,
  isAutoBalanceEnabled: false,
  healDelayMs: 600_000,
  decommissionIntervalMs: 1000,
  movesInFlightMax: 10,
  metadataMaxIdleIntervalMs: 500,
  limits: { defaultPartitions: 1, defaultReplicationFactor: 1, maxPartitions: 10_000 },
  fileDefaults: new Map(),
};
