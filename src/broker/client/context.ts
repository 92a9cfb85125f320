import type { ErrorCode } from '../../base/errors.ts';
import { errorNumber, OttlaError } from '../../base/errors.ts';
import type { PartitionId, TopicId } from '../../base/ids.ts';
import { NONE } from '../../base/ids.ts';
import type { Clock } from '../../env/clock.ts';
import type { LeaderHint } from '../../gen/ottla.ts';
import type { MetadataImage } from '../../metadata/image.ts';
import { partitionOf } from '../../metadata/image.ts';
import { isInternalTopic } from '../../metadata/internal-topics.ts';
import type { ImageListener } from '../../metadata/loader.ts';
import type { BrokerConfig } from '../broker-config.ts';
import type { BrokerIdentity, ControllerChannel } from '../controller-channel.ts';
import type { Deadlines } from '../deadlines.ts';
import type { Groups } from '../groups/groups.ts';
import type { OnFatal } from '../guard.ts';
import type { KnownOffline } from '../known-offline.ts';
import type { BrokerMetrics } from '../metrics.ts';
import type { Partition } from '../replication/partition.ts';
import type { ByteBudget } from './byte-budget.ts';
import type { Recompressor } from './recompressor.ts';

/** What the handlers of client requests share. */
export interface ClientContext {
  readonly config: BrokerConfig;
  readonly clock: Clock;
  readonly deadlines: Deadlines;
  readonly metrics: BrokerMetrics;
  readonly identity: BrokerIdentity;
  readonly channel: ControllerChannel;
  readonly metadata: {
    readonly image: MetadataImage;
    subscribe(listener: ImageListener): () => void;
  };
  readonly knownOffline: KnownOffline;
  readonly partitionAt: (key: string) => Partition | undefined;
  readonly findReplica: (topicId: TopicId, partition: PartitionId) => Partition | undefined;
  /** See `LeadershipProof.prove`. */
  readonly proveLeadership: (partition: Partition) => Promise<void>;
  readonly groups: Groups;
  /** What the unanswered produce requests of all clients hold together. */
  readonly produceBytes: ByteBudget;
  readonly recompressor: Recompressor;
  readonly onFatal: OnFatal;
}

/** How long a forwarded request looks for an active controller. */
export const ADMIN_DEADLINE_MS = 15_000;

/**
 * The replica on this broker. Errors: UNKNOWN_TOPIC_ID where the metadata has no such partition,
 * NOT_LEADER_OR_FOLLOWER where it is elsewhere.
 */
export const findPartition = (
  context: Pick<ClientContext, 'metadata' | 'findReplica' | 'config'>,
  topicId: TopicId,
  partition: PartitionId,
): Partition => {
  const found = context.findReplica(topicId, partition);
  if (found !== undefined) return found;
  const { image } = context.metadata;
  if (partitionOf(image, topicId, partition) === undefined) {
    throw new OttlaError(
      image.topics.has(topicId) ? 'UNKNOWN_TOPIC_OR_PARTITION' : 'UNKNOWN_TOPIC_ID',
      `partition ${partition} of topic ${topicId} is not known here: refresh the metadata`,
    );
  }
  throw new OttlaError(
    'NOT_LEADER_OR_FOLLOWER',
    `broker ${context.config.brokerId} has no replica of ${topicId}-${partition}`,
  );
};

const HINTED: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'NOT_LEADER_OR_FOLLOWER',
  'FENCED_LEADER_EPOCH',
  'UNKNOWN_LEADER_EPOCH',
]);

/**
 * Only the broker itself changes what is in a topic of the cluster's own: INVALID_TOPIC. What
 * others wrote could not be read as groups, and what they deleted would be lost to them.
 */
export const requireUserTopic = (topic: string): void => {
  if (!isInternalTopic(topic)) return;
  throw new OttlaError('INVALID_TOPIC', `${topic} is the cluster's own: clients leave it alone`);
};

/** Where the leader is by this broker's metadata, for errors that say it is elsewhere. */
export const leaderHint = (
  { metadata }: Pick<ClientContext, 'metadata'>,
  at: { readonly topicId: TopicId; readonly partition: PartitionId; readonly code: ErrorCode },
): { readonly leaderHint?: LeaderHint } => {
  if (!HINTED.has(at.code)) return {};
  const registration = partitionOf(metadata.image, at.topicId, at.partition);
  if (registration === undefined || registration.leader === NONE) return {};
  const { leader, leaderEpoch } = registration;
  return { leaderHint: { leaderId: leader, leaderEpoch } };
};

/** The code of an operating error; anything else is a bug and goes on up. */
export const operatingError = (error: unknown): OttlaError => {
  if (error instanceof OttlaError) return error;
  throw error;
};

/** The number on the wire of an operating error. */
export const numberOf = (error: unknown): number => errorNumber(operatingError(error).code);

/** Resolves true as soon as an image satisfies the condition, false after the deadline. */
export const untilImage = (
  context: Pick<ClientContext, 'metadata' | 'deadlines'>,
  condition: (image: MetadataImage) => boolean,
  deadlineMs: number,
): Promise<boolean> => {
  if (condition(context.metadata.image)) return Promise.resolve(true);
  return new Promise((resolve) => {
    const finish = (isMet: boolean): void => {
      unsubscribe();
      deadline.cancel();
      resolve(isMet);
    };
    const unsubscribe = context.metadata.subscribe((image) => {
      if (condition(image)) finish(true);
    });
    const deadline = context.deadlines.add(deadlineMs, () => finish(false));
  });
};
