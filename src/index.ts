/**
 * Ottla's SDK. `connect` gives a client; `ottla/testing` gives tests a cluster to connect to.
 */
export type { ConnectOptions } from './app/connect.ts';
export { connect } from './app/connect.ts';
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
  PartitionDescription,
  TopicChange,
  TopicDescription,
  TopicGrowthSpec,
  TopicSpec,
} from './client/admin/admin-types.ts';
export type { GroupAdmin } from './client/admin/group-admin.ts';
export type {
  GroupDescription,
  GroupLag,
  GroupList,
  GroupListFailure,
  GroupListing,
  GroupMemberDescription,
  GroupOffset,
  GroupStateName,
  GroupTopicPartition,
  OffsetMove,
  OffsetReset,
  OffsetTarget,
} from './client/admin/group-types.ts';
export type { ClientOptions, OttlaClient } from './client/client.ts';
export type { OffsetAnswer, OffsetQuery, OffsetQuestion } from './client/cluster/list-offsets.ts';
export type { CallOptions, TimedCallOptions } from './client/env.ts';
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
export type {
  FailureVerdict,
  HandlerContext,
  HandlerFailure,
  RecordHandler,
  RunOptions,
} from './client/handling/run-options.ts';
export type { PartitionChoice, Partitioner } from './client/producer/partitioner.ts';
export { ProduceError, SendBatchError } from './client/producer/produce-error.ts';
export type { Producer } from './client/producer/producer.ts';
export type { Acks, ProducerOptions } from './client/producer/producer-options.ts';
export type {
  DeliveryCallback,
  ProducerRecord,
  RecordMetadata,
} from './client/producer/producer-record.ts';
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
export { json } from './client/serde/json.ts';
export type { ProtobufType } from './client/serde/protobuf.ts';
export { protobuf } from './client/serde/protobuf.ts';
export type { Schema } from './client/serde/schema.ts';
export type { Deserializer, Serde, Serializer } from './client/serde/serde.ts';
export { bytes, string } from './client/serde/serde.ts';
export type { LogFields, Logger } from './env/logger.ts';
export type { CodecName } from './record/codec.ts';
export type { RecordHeader } from './record/record.ts';
