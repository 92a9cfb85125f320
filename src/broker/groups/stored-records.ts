import { OttlaError } from '../../base/errors.ts';
import { array, bytes, int32, int64, string, struct } from '../../kafka/wire/field.ts';
import { FrameWriter } from '../../kafka/wire/frame-writer.ts';
import { Message } from '../../kafka/wire/message.ts';
import { MessageReader } from '../../kafka/wire/message-reader.ts';
import type { CommittedOffset, GroupRecord, GroupSnapshot, MemberSnapshot } from './types.ts';

/**
 * The records of `__consumer_offsets`, byte for byte as Kafka's brokers store them, so that its
 * tools read ours. A version (int16), then fields; the version of a key tells what it is of.
 * Source: Kafka's record schemas (OffsetCommitKey and -Value, GroupMetadataKey and -Value).
 */

const NEVER_FLEXIBLE = Number.POSITIVE_INFINITY;

const offsetKey = new Message(
  struct({ group: string(), topic: string(), partition: int32() }),
  NEVER_FLEXIBLE,
);

const offsetValue = new Message(
  struct({
    offset: int64(),
    leaderEpoch: int32({ since: 3, default: -1 }),
    metadata: string(),
    commitTimestamp: int64(),
    expireTimestamp: int64({ since: 1, until: 1, default: -1 }),
  }),
  4,
);

const groupKey = new Message(struct({ group: string() }), NEVER_FLEXIBLE);

const storedMember = struct({
  memberId: string(),
  groupInstanceId: string({ since: 3, nullableSince: 3, default: null }),
  clientId: string(),
  clientHost: string(),
  rebalanceTimeout: int32({ since: 1, default: -1 }),
  sessionTimeout: int32(),
  subscription: bytes(),
  assignment: bytes(),
});

const groupValue = new Message(
  struct({
    protocolType: string(),
    generation: int32(),
    protocol: string({ nullableSince: 0 }),
    leader: string({ nullableSince: 0 }),
    currentStateTimestamp: int64({ since: 2, default: -1 }),
    members: array(storedMember),
  }),
  4,
);

/** Key versions of offsets: 0 is Kafka's of old, with the same fields. */
const OFFSET_KEY = 1;
const GROUP_KEY = 2;
const OFFSET_VALUE = 3;
/** The only one that has a moment of expiry; it has no leader epoch, as Kafka has it. */
const OFFSET_VALUE_WITH_EXPIRY = 1;
const GROUP_VALUE = 3;
const LAST_KNOWN_VALUE = 4;

/** A record's key and value; a null value is a tombstone. */
export interface StoredRecord {
  readonly key: Uint8Array;
  readonly value: Uint8Array | null;
}

export const encodeGroupRecord = (group: string, record: GroupRecord): StoredRecord => {
  if (record.kind === 'group') {
    const key = encode(groupKey, GROUP_KEY, { group });
    return { key, value: record.value === undefined ? null : encodeSnapshot(record.value) };
  }
  const { topic, partition, value } = record;
  const key = encode(offsetKey, OFFSET_KEY, { group, topic, partition });
  return { key, value: value === undefined ? null : encodeOffset(value) };
};

/**
 * What a stored record tells of which group; undefined for kinds of a later release, which are
 * passed over. Throws CORRUPT_STORE for bytes that are no record, and for a value of a later
 * version.
 */
export const decodeGroupRecord = ({
  key,
  value,
}: StoredRecord): { readonly groupId: string; readonly record: GroupRecord } | undefined => {
  try {
    const reader = new MessageReader(key);
    const version = reader.readInt16();
    if (version === GROUP_KEY) {
      const { group } = groupKey.decode(reader, version);
      const snapshot = value === null ? undefined : decodeSnapshot(value);
      return { groupId: group, record: { kind: 'group', value: snapshot } };
    }
    if (version < 0 || version > OFFSET_KEY) return undefined;
    const { group, topic, partition } = offsetKey.decode(reader, version);
    const offset = value === null ? undefined : decodeOffset(value);
    return { groupId: group, record: { kind: 'offset', topic, partition, value: offset } };
  } catch (cause) {
    if (!(cause instanceof OttlaError)) throw cause;
    const message = `a record of __consumer_offsets cannot be read: ${cause.message}`;
    throw new OttlaError('CORRUPT_STORE', message, { cause });
  }
};

type Encoder<Body> = { encode(writer: FrameWriter, version: number, body: Body): void };

const encode = <Body>(message: Encoder<Body>, version: number, body: Body): Uint8Array => {
  const writer = new FrameWriter();
  writer.writeInt16(version);
  message.encode(writer, version, body);
  return writer.bytes();
};

const encodeOffset = (value: CommittedOffset): Uint8Array => {
  const { offset, leaderEpoch, metadata, committedAtMs, expiresAtMs } = value;
  const version = expiresAtMs === undefined ? OFFSET_VALUE : OFFSET_VALUE_WITH_EXPIRY;
  return encode(offsetValue, version, {
    offset,
    leaderEpoch,
    metadata,
    commitTimestamp: committedAtMs,
    expireTimestamp: expiresAtMs,
  });
};

const decodeOffset = (value: Uint8Array): CommittedOffset => {
  const { reader, version } = openValue(value);
  const stored = offsetValue.decode(reader, version);
  return {
    offset: stored.offset,
    leaderEpoch: stored.leaderEpoch,
    metadata: stored.metadata,
    committedAtMs: stored.commitTimestamp,
    expiresAtMs: stored.expireTimestamp < 0 ? undefined : stored.expireTimestamp,
  };
};

const encodeSnapshot = (snapshot: GroupSnapshot): Uint8Array =>
  encode(groupValue, GROUP_VALUE, {
    protocolType: snapshot.protocolType,
    generation: snapshot.generation,
    protocol: snapshot.protocol ?? null,
    leader: snapshot.leader ?? null,
    currentStateTimestamp: snapshot.stateSinceMs,
    members: snapshot.members.map((member) => ({
      memberId: member.memberId,
      groupInstanceId: member.instanceId ?? null,
      clientId: member.clientId,
      clientHost: member.clientHost,
      rebalanceTimeout: member.rebalanceTimeoutMs,
      sessionTimeout: member.sessionTimeoutMs,
      subscription: member.subscription,
      assignment: member.assignment,
    })),
  });

const decodeSnapshot = (value: Uint8Array): GroupSnapshot => {
  const { reader, version } = openValue(value);
  const stored = groupValue.decode(reader, version);
  return {
    protocolType: stored.protocolType,
    generation: stored.generation,
    protocol: stored.protocol ?? undefined,
    leader: stored.leader ?? undefined,
    stateSinceMs: stored.currentStateTimestamp,
    members: stored.members.map(
      (member): MemberSnapshot => ({
        memberId: member.memberId,
        instanceId: member.groupInstanceId ?? undefined,
        clientId: member.clientId,
        clientHost: member.clientHost,
        // Version 0 has none: the session timeout served for it.
        rebalanceTimeoutMs:
          member.rebalanceTimeout < 0 ? member.sessionTimeout : member.rebalanceTimeout,
        sessionTimeoutMs: member.sessionTimeout,
        subscription: member.subscription,
        assignment: member.assignment,
      }),
    ),
  };
};

const openValue = (value: Uint8Array): { reader: MessageReader; version: number } => {
  const reader = new MessageReader(value);
  const version = reader.readInt16();
  if (version >= 0 && version <= LAST_KNOWN_VALUE) return { reader, version };
  throw new OttlaError(
    'CORRUPT_STORE',
    `a value of version ${version}: a later release wrote it, start that one`,
  );
};
