/**
 * The identities and positions of a cluster, each a type of its own.
 *
 * A flavour is an optional phantom property: a plain number or string may be given a flavour by
 * assignment (what comes from the wire is plain), while two flavours never mix by accident.
 * Offsets are safe-integer numbers, checked on decode: 2^53 records at a million a second is
 * 285 years. `bigint` never leaves a codec.
 */
export type Flavoured<Base, Name extends string> = Base & { readonly __flavour?: Name };

/** Number of a node (broker, controller or both), 1 and up. */
export type NodeId = Flavoured<number, 'NodeId'>;
/** Random 128 bits as 22 characters of unpadded base64url; ids keep re-created topics apart. */
export type TopicId = Flavoured<string, 'TopicId'>;
/** Identity of a cluster, 22 characters; given once by `format`. */
export type ClusterId = Flavoured<string, 'ClusterId'>;
/** Identity of one log directory: a wiped disk is a new replica and a new voter. */
export type DirectoryId = Flavoured<string, 'DirectoryId'>;
/** Identity of one run of a broker process. */
export type IncarnationId = Flavoured<string, 'IncarnationId'>;
/** Number of a partition within its topic, 0 and up. */
export type PartitionId = Flavoured<number, 'PartitionId'>;

/** Position of a record in a partition. */
export type Offset = Flavoured<number, 'Offset'>;
declare const durable: unique symbol;
/**
 * Exclusive: every record below is on the disk of the replica it is told of. Not a flavour but a
 * brand: no number and no other offset becomes one by assignment, while it may be read as an
 * offset. `src/log/flushed-offset.ts` makes them.
 */
export type FlushedOffset = Offset & { readonly [durable]: true };
declare const inSegment: unique symbol;
/**
 * Exclusive: every record below is durable in its segment, and not in the journal alone. Every
 * settled offset is a flushed one, and not the other way round.
 */
export type SettledOffset = FlushedOffset & { readonly [inSegment]: true };
/** Counts the leaders of a partition; every election bumps it. */
export type LeaderEpoch = Flavoured<number, 'LeaderEpoch'>;
/** Counts the changes of a partition's registration; every change bumps it. */
export type PartitionEpoch = Flavoured<number, 'PartitionEpoch'>;
/** Identity of one registration of a broker: the log index of its registration record. */
export type BrokerEpoch = Flavoured<number, 'BrokerEpoch'>;

/** Raft's term; the controller epoch of Kafka. */
export type Term = Flavoured<number, 'Term'>;
/** Index of a raft entry, 1 and up; 0 stands before the first. */
export type LogIndex = Flavoured<number, 'LogIndex'>;

export type ProducerId = Flavoured<number, 'ProducerId'>;
export type ProducerEpoch = Flavoured<number, 'ProducerEpoch'>;

/** No leader, no replica, no producer: the wire's -1. */
export const NONE = -1;

/** A partition by topic id: the key under which replicas, logs and streams know it. */
export interface TopicPartition {
  readonly topicId: TopicId;
  readonly partition: PartitionId;
}

/** One string per partition, for maps. */
export const partitionKey = (topicId: TopicId, partition: PartitionId): string =>
  `${topicId}-${partition}`;
