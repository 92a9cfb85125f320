import { OttlaError } from '../../base/errors.ts';
import type { PartitionId } from '../../base/ids.ts';
import { NONE } from '../../base/ids.ts';
import { array, bytes, int32, string, struct } from '../../kafka/wire/field.ts';
import { FrameWriter } from '../../kafka/wire/frame-writer.ts';
import { Message } from '../../kafka/wire/message.ts';
import { MessageReader } from '../../kafka/wire/message-reader.ts';

/**
 * What members of a group of type `consumer` tell one another through the coordinator, which does
 * not look into it: byte for byte Kafka's ConsumerProtocol, so that a member of this SDK and a
 * Kafka client can be in one group, each of them as its leader. A version (int16), then fields; of
 * a later version the part that is known here is read, and the rest left alone.
 */

export interface TopicPartitionName {
  readonly topic: string;
  readonly partition: PartitionId;
}

/** What a member joins with. */
export interface Subscription {
  readonly topics: readonly string[];
  /** What it still holds, for assignors that leave partitions where they are. */
  readonly owned: readonly TopicPartitionName[];
  /** In which generation it got them; NONE: not told, or in none. */
  readonly generation: number;
  /** An assignor's own words. */
  readonly userData: Uint8Array | null;
  readonly rack: string | null;
}

const NEVER_FLEXIBLE = Number.POSITIVE_INFINITY;

const topicPartitions = struct({ topic: string(), partitions: array(int32()) });

const subscriptionMessage = new Message(
  struct({
    topics: array(string()),
    userData: bytes({ nullableSince: 0 }),
    owned: array(topicPartitions, { since: 1 }),
    generation: int32({ since: 2, default: NONE }),
    rack: string({ since: 3, nullableSince: 3, default: null }),
  }),
  NEVER_FLEXIBLE,
);

const assignmentMessage = new Message(
  struct({ assigned: array(topicPartitions), userData: bytes({ nullableSince: 0 }) }),
  NEVER_FLEXIBLE,
);

/** The newest of both messages that is known here. */
const VERSION = 3;

export const encodeSubscription = (subscription: Subscription): Uint8Array => {
  const { topics, owned, generation, userData, rack } = subscription;
  const writer = new FrameWriter();
  writer.writeInt16(VERSION);
  const body = { topics, userData, owned: byTopic(owned), generation, rack };
  subscriptionMessage.encode(writer, VERSION, body);
  return writer.bytes();
};

/** Throws INCONSISTENT_GROUP_PROTOCOL for bytes that are nothing of the kind. */
export const decodeSubscription = (metadata: Uint8Array): Subscription =>
  decode('subscription', metadata, (reader, version) => {
    const body = subscriptionMessage.decode(reader, version);
    return { ...body, owned: flat(body.owned) };
  });

export const encodeAssignment = (assigned: readonly TopicPartitionName[]): Uint8Array => {
  const writer = new FrameWriter();
  writer.writeInt16(VERSION);
  assignmentMessage.encode(writer, VERSION, { assigned: byTopic(assigned), userData: null });
  return writer.bytes();
};

/**
 * What the leader gave this member: nothing where it gave none, which is no bytes at all. Throws
 * INCONSISTENT_GROUP_PROTOCOL for bytes that are no assignment.
 */
export const decodeAssignment = (assignment: Uint8Array): TopicPartitionName[] => {
  if (assignment.length === 0) return [];
  return decode('assignment', assignment, (reader, version) =>
    flat(assignmentMessage.decode(reader, version).assigned),
  );
};

const decode = <T>(
  what: string,
  encoded: Uint8Array,
  read: (reader: MessageReader, version: number) => T,
): T => {
  try {
    const reader = new MessageReader(encoded);
    const version = reader.readInt16();
    if (version >= 0) return read(reader, Math.min(version, VERSION));
  } catch (cause) {
    if (!(cause instanceof OttlaError)) throw cause;
    throw malformed(what, encoded, cause);
  }
  throw malformed(what, encoded);
};

const malformed = (what: string, encoded: Uint8Array, cause?: unknown): OttlaError =>
  new OttlaError(
    'INCONSISTENT_GROUP_PROTOCOL',
    `${encoded.length} bytes are no ${what} of Kafka's consumer protocol: see who else is in the group`,
    { cause },
  );

/** In the order of their first mention. */
const byTopic = (
  partitions: readonly TopicPartitionName[],
): Array<{ topic: string; partitions: PartitionId[] }> => {
  const found = new Map<string, PartitionId[]>();
  for (const { topic, partition } of partitions) {
    const list = found.get(topic);
    if (list === undefined) found.set(topic, [partition]);
    else list.push(partition);
  }
  return [...found].map(([topic, numbers]) => ({ topic, partitions: numbers }));
};

const flat = (
  topics: ReadonlyArray<{ readonly topic: string; readonly partitions: readonly PartitionId[] }>,
): TopicPartitionName[] =>
  topics.flatMap(({ topic, partitions }) => partitions.map((partition) => ({ topic, partition })));
