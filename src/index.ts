/**
 * Ottla's SDK. `connect` gives a client; `ottla/testing` gives tests a cluster to connect to.
 */
export type { ConnectOptions } from './app/connect.ts';
export { connect } from './app/connect.ts';
export { forwardLevels, forwardStored, levelDelayStore, mysqlDelayStore } from './app/delays.ts';
export { replayTo } from './app/spill.ts';
export {
  levelDedupeStore,
  levelOffsetDedupeStore,
  levelParkStore,
  memoryDedupeStore,
} from './app/stores.ts';
export type { ErrorCode } from './base/errors.ts';
export { OttlaError } from './base/errors.ts';
export type { Admin, ChangeOptions, DescribeTopicOptions } from './client/admin/admin.ts';
export type {
  ClusterDescription,
  ConfigAlteration,
  ConfigResource,
  ConfigValue,
  ElectionResult,
  ElectionSpec,
  FenceDescription,
  FenceSpec,
  PartitionDescription,
  TopicChange,
  TopicDescription,
  TopicGrowthSpec,
  TopicSpec,
} from './client/admin/admin-types.ts';
export type {
  BalanceAdmin,
  BalanceMoveKind,
  BalanceMoveState,
  BalanceState,
  PlannedMove,
} from './client/admin/balance-admin.ts';
export type { BrokerAdmin, BrokerState } from './client/admin/broker-admin.ts';
export type { DelayedAdmin } from './client/admin/delayed-admin.ts';
export type {
  DelayedFilter,
  DelayedRecord,
  DelayedRecordId,
  NewDelay,
  WholeDelayedRecord,
} from './client/admin/delayed-types.ts';
export type { GroupAdmin } from './client/admin/group-admin.ts';
export type { GroupLagTotal } from './client/admin/group-lag.ts';
export { totalLag } from './client/admin/group-lag.ts';
export type {
  GroupDescription,
  GroupLag,
  GroupList,
  GroupListFailure,
  GroupListing,
  GroupMemberDescription,
  GroupOffset,
  GroupSharing,
  GroupStateName,
  GroupTopicPartition,
  OffsetMove,
  OffsetReset,
  OffsetTarget,
  OverflowLimits,
} from './client/admin/group-types.ts';
export type { QuorumAdmin, QuorumChange, QuorumVoter } from './client/admin/quorum-admin.ts';
export type {
  Reassignment,
  ReassignmentAdmin,
  ReassignmentFilter,
  ReassignmentSpec,
  ReassignOptions,
} from './client/admin/reassignment-admin.ts';
export type {
  ClusterVersions,
  NodeVersions,
  RaiseOptions,
  VersionAdmin,
  VersionChange,
} from './client/admin/version-admin.ts';
export type { Aggregate, AggregateItem } from './client/aggregate/aggregate.ts';
export { aggregated } from './client/aggregate/aggregate.ts';
export type { BacklogBounds, BacklogLimits } from './client/backlog/backlog-core.ts';
export type {
  BacklogHook,
  BacklogOptions,
  LimitOptions,
} from './client/backlog/backlog-options.ts';
export type { ClientOptions, OttlaClient } from './client/client.ts';
export type { OffsetAnswer, OffsetQuery, OffsetQuestion } from './client/cluster/list-offsets.ts';
export type { DeadLetter, DeadLetterFilter } from './client/dead-letters/dead-letter.ts';
export type {
  DeadLetterAdmin,
  RedriveOptions,
  RedriveResult,
} from './client/dead-letters/dead-letter-admin.ts';
export type { Dedupe, DedupeOptions } from './client/dedupe/dedupe.ts';
export { dedupe } from './client/dedupe/dedupe.ts';
export type { DedupeStore } from './client/dedupe/dedupe-store.ts';
export type { OffsetDedupeOptions, TextStore } from './client/dedupe/offset-dedupe-store.ts';
export { offsetDedupeStore } from './client/dedupe/offset-dedupe-store.ts';
export type { RedisCommands, RedisDedupeOptions } from './client/dedupe/redis-dedupe-store.ts';
export { redisDedupeStore } from './client/dedupe/redis-dedupe-store.ts';
export type { DegradeOptions } from './client/degrade/degrade.ts';
export type { Degraded } from './client/degrade/degrade-switch.ts';
export type { WalkOptions } from './client/delays/batch-walk.ts';
export type { DueMessage, DumpOptions } from './client/delays/delay-dump.ts';
export { dueMessage, dumpDelays } from './client/delays/delay-dump.ts';
export type { PollerOptions } from './client/delays/delay-poller.ts';
export type {
  DelayStore,
  DueRequest,
  DumpedPart,
  Forwarded,
  StoredDelay,
} from './client/delays/delay-store.ts';
export { newOfPart, nextPosition } from './client/delays/delay-store.ts';
export type {
  KafkaConsumer,
  KafkaHeaders,
  KafkaMessage,
  KafkaProducer,
  KafkaSend,
} from './client/delays/kafka-ports.ts';
export type { LevelForwarderOptions, LevelMessage } from './client/delays/level-forwarder.ts';
export { levelMessage } from './client/delays/level-forwarder.ts';
export type { SqlConnection, SqlPool } from './client/delays/mysql-delay-store.ts';
export type { CallOptions, TimedCallOptions } from './client/env.ts';
export type {
  DeadHook,
  DeadOutcome,
  DeadReport,
  FailurePolicy,
  LastChoice,
} from './client/failure/failure-policy.ts';
export type {
  AssignmentQuestion,
  Assignments,
  Assignor,
  AssignorMember,
} from './client/group/assignors/assignor.ts';
export type { Consumer } from './client/group/consumer.ts';
export type {
  AssignorName,
  ConsumerOptions,
  RebalanceListener,
  TopicPartition,
} from './client/group/consumer-options.ts';
export type { OffsetCommit } from './client/group/group-offsets.ts';
export type { Lane } from './client/group/sharing/member-data.ts';
export type {
  BatchFailurePolicy,
  BatchHandler,
  BatchOptions,
} from './client/handling/batch-options.ts';
export type { RecordBatch } from './client/handling/marked-batch.ts';
export type {
  FailureJudge,
  FailureVerdict,
  HandlerContext,
  HandlerFailure,
  RecordHandler,
  RunFailurePolicy,
  RunOptions,
} from './client/handling/run-options.ts';
export type { WorkOptions } from './client/handling/work-options.ts';
export type { ParkedRecord, ParkStore } from './client/parking/park-store.ts';
export type { DrainOptions } from './client/parking/park-worker.ts';
export type { SqlParkOptions, SqlQuery } from './client/parking/sql-park-store.ts';
export { sqlParkStore } from './client/parking/sql-park-store.ts';
export type { AggregateOptions, ItemSender } from './client/producer/aggregator.ts';
export type { PartitionChoice, Partitioner } from './client/producer/partitioner.ts';
export { ProduceError, SendBatchError } from './client/producer/produce-error.ts';
export type { Producer } from './client/producer/producer.ts';
export type { Acks, ProducerOptions } from './client/producer/producer-options.ts';
export type {
  DeliveryCallback,
  ProducerRecord,
  RecordMetadata,
} from './client/producer/producer-record.ts';
export type { Repeat } from './client/producer/repeat.ts';
export type { ReaderRecord } from './client/reader/decode-records.ts';
export type { Reader } from './client/reader/reader.ts';
export type {
  Assignment,
  DecodeFailure,
  PartitionSelector,
  ReaderOptions,
  ReadPosition,
} from './client/reader/reader-options.ts';
export type { ReaderBatch } from './client/reader/record-source.ts';
export type { RetryPolicy } from './client/retry/retry-options.ts';
export { json } from './client/serde/json.ts';
export type { ProtobufType } from './client/serde/protobuf.ts';
export { protobuf } from './client/serde/protobuf.ts';
export type { Schema } from './client/serde/schema.ts';
export type { Deserializer, Serde, Serializer } from './client/serde/serde.ts';
export { bytes, string } from './client/serde/serde.ts';
export type { RefusedRequest } from './client/spill/refused-request.ts';
export type { ReplayAnswer, ReplayHandler, ReplayOptions } from './client/spill/replay-options.ts';
export type { ServerRequest, ServerResponse } from './client/spill/server-ports.ts';
export type { SpillAnswer, Spilled, SpillOptions } from './client/spill/spill-options.ts';
export type { SpillOver } from './client/spill/spill-over.ts';
export type {
  FastifyPort,
  FastifyReplyPort,
  FastifyRequestPort,
  SpillPluginOptions,
} from './client/spill/spill-plugin.ts';
export { spillPlugin, spillReply } from './client/spill/spill-plugin.ts';
export type { HttpHeaders, SpilledRequest } from './client/spill/spilled-request.ts';
export { spilledRequest } from './client/spill/spilled-request.ts';
export type { LogFields, Logger } from './env/logger.ts';
export type { CodecName } from './record/codec.ts';
export type { RecordHeader } from './record/record.ts';
