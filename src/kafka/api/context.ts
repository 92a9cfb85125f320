import type { ErrorCode } from '../../base/errors.ts';
import { errorCodeOf, errorNumber, OttlaError } from '../../base/errors.ts';
import type { NodeId, TopicId } from '../../base/ids.ts';
import type { ClientContext } from '../../broker/client/context.ts';
import type { Partition } from '../../broker/replication/partition.ts';
import type { Random } from '../../env/random.ts';
import type { LogDirectories } from '../../log/log-directories.ts';
import type { TopicImage } from '../../metadata/image.ts';

/** A setting of this node, as its file and the table of keys have it. */
export interface BrokerSetting {
  readonly key: string;
  /** Null: not in the file. */
  readonly fileValue: string | null;
  /** Null: there is none. */
  readonly defaultValue: string | null;
  readonly type: 'boolean' | 'string' | 'int' | 'long' | 'double' | 'list';
  readonly doc: string;
}

/** What the handlers of Kafka's requests share. */
export interface KafkaContext {
  readonly broker: ClientContext;
  readonly random: Random;
  /** All replicas on this broker. */
  readonly partitions: () => Iterable<Partition>;
  readonly brokerSettings: readonly BrokerSetting[];
  readonly logs: LogDirectories;
}

/** Where our own codes, unknown to Kafka's clients, come nearest to one of theirs. */
const NEAREST: Partial<Record<ErrorCode, ErrorCode>> = {
  DISK_FULL: 'STORAGE_ERROR',
  CORRUPT_STORE: 'STORAGE_ERROR',
  BUFFER_FULL: 'REQUEST_TIMED_OUT',
  NO_CONTROLLER: 'NOT_CONTROLLER',
  CONFIG: 'INVALID_CONFIG',
  ABORTED: 'BROKER_NOT_AVAILABLE',
  CLOSED: 'BROKER_NOT_AVAILABLE',
  // Retriable for us; Kafka's clients give up at it.
  NETWORK_EXCEPTION: 'NOT_CONTROLLER',
};

/** The number of an error for Kafka's clients. */
export const wireCode = (code: ErrorCode): number => errorNumber(NEAREST[code] ?? code);

/** As `wireCode`, of a number that may be ours. */
export const wireNumber = (number: number): number => wireCode(errorCodeOf(number));

/** What an operating error says to a client; a bug is thrown on. */
export const failureOf = (
  error: unknown,
): { readonly errorCode: number; readonly errorMessage: string } => {
  if (!(error instanceof OttlaError)) throw error;
  return { errorCode: wireCode(error.code), errorMessage: error.message };
};

/** Null for the empty text: "no message". */
export const textOrNull = (text: string): string | null => (text === '' ? null : text);

export const topicNamed = (context: KafkaContext, name: string): TopicImage | undefined => {
  const { image } = context.broker.metadata;
  const topicId = image.topicIdsByName.get(name);
  return topicId === undefined ? undefined : image.topics.get(topicId);
};

/** The id of a topic that may not exist; the empty id is that of none. */
export const topicIdNamed = (context: KafkaContext, name: string): TopicId =>
  context.broker.metadata.image.topicIdsByName.get(name) ?? '';

/** A request by name knows nothing of ids, and its client not their errors. */
export const codeByName = (code: ErrorCode): ErrorCode =>
  code === 'UNKNOWN_TOPIC_ID' ? 'UNKNOWN_TOPIC_OR_PARTITION' : code;

/**
 * Followers replicate on the listener of peers: one that asks here is none of ours, and could
 * disturb replication (CVE-2018-1288).
 */
export const refuseFollower = (replicaId: NodeId): void => {
  if (replicaId < 0) return;
  throw new OttlaError(
    'INVALID_REQUEST',
    `replica ${replicaId} asks on the listener of clients: followers replicate over PEER`,
  );
};
