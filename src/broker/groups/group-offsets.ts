import type { ErrorCode } from '../../base/errors.ts';
import type { GroupMember } from './member.ts';
import type { Membership } from './membership.ts';
import type { TableEntry } from './offset-table.ts';
import { OffsetTable } from './offset-table.ts';
import type { LateWork, Outbox } from './outbox.ts';
import { codeOfFailedWrite } from './replies.ts';
import { subscribedTopics } from './subscription.ts';
import type {
  CommitRequest,
  CommittedOffset,
  DeleteOffsetsRequest,
  GroupConfig,
  GroupRecord,
  OffsetCommit,
  PartitionOutcome,
  TopicPartitionName,
} from './types.ts';

interface OffsetsDeps {
  readonly config: GroupConfig;
  readonly outbox: Outbox;
  readonly membership: Membership;
}

/**
 * What a group has committed: who may commit, and what is kept for how long. An offset is shown
 * once it is stored, never before: a coordinator that takes over shows the same or a later one.
 */
export class GroupOffsets {
  readonly #deps: OffsetsDeps;
  readonly #table = new OffsetTable();
  /**
   * How many writes are open of what: nothing is taken for old while it is renewed, and what is
   * deleted goes with what is on its way.
   */
  readonly #open = new Map<string, TopicPartitionName & { readonly count: number }>();

  constructor(deps: OffsetsDeps) {
    this.#deps = deps;
  }

  /** True while nothing is stored and nothing is being stored. */
  get isEmpty(): boolean {
    return this.#table.isEmpty && this.#open.size === 0;
  }

  /** As it was stored. */
  restore(at: TopicPartitionName, value: CommittedOffset | undefined): void {
    this.#table.set(at, value);
  }

  get(at: TopicPartitionName): CommittedOffset | undefined {
    return this.#table.get(at);
  }

  entries(): Iterable<TableEntry> {
    return this.#table.entries();
  }

  commit(request: CommitRequest, nowMs: number): void {
    const { outbox, membership } = this.#deps;
    const { requestId, offsets } = request;
    const member = membership.identify(request);
    const isMember = typeof member !== 'string';
    const fault = this.#commitFault(request, member);
    if (isMember && fault === undefined) membership.touch(member);
    const outcomes = offsets.map((each) => fault ?? this.#faultOf(each));
    const taken = offsets.filter((_, at) => outcomes[at] === undefined);
    const answer = (code: ErrorCode): void => {
      const partitions = offsets.map(
        ({ topic, partition }, at): PartitionOutcome => ({
          topic,
          partition,
          code: outcomes[at] ?? code,
        }),
      );
      outbox.reply(requestId, { kind: 'commit', code: fault ?? 'NONE', partitions });
    };
    if (taken.length === 0) answer('NONE');
    else
      this.#store(
        taken.map((each) => recordOf(each, nowMs)),
        answer,
      );
  }

  /** Forgets offsets of topics that no member is subscribed to. */
  delete({ requestId, partitions }: DeleteOffsetsRequest): void {
    const { outbox } = this.#deps;
    const fault = this.#deleteFault();
    const inUse = this.#topicsInUse();
    const outcomes = partitions.map(({ topic }): ErrorCode | undefined => {
      if (fault !== undefined) return fault;
      return inUse?.has(topic) === true ? 'GROUP_SUBSCRIBED_TO_TOPIC' : undefined;
    });
    const answer = (code: ErrorCode): void => {
      const told = partitions.map(({ topic, partition }, at) => ({
        topic,
        partition,
        code: outcomes[at] ?? code,
      }));
      outbox.reply(requestId, { kind: 'deleteOffsets', code: fault ?? 'NONE', partitions: told });
    };
    const known = partitions.filter(
      (at, index) => outcomes[index] === undefined && this.#isKnown(at),
    );
    if (known.length === 0) answer('NONE');
    else this.#store(known.map(tombstoneOf), answer);
  }

  /** The topic is gone, and with it what was committed of it. */
  onTopicDeleted(topic: string): void {
    const known = [...this.#table.entries(), ...this.#open.values()];
    const places = new Map(known.map((at) => [keyOf(at), at]));
    const gone = [...places.values()].filter((at) => at.topic === topic);
    if (gone.length > 0) this.#store(gone.map(tombstoneOf), () => {});
  }

  /** Those whose time is over. */
  expired(retentionMs: number, nowMs: number): readonly TableEntry[] {
    const { rebalance } = this.#deps.membership;
    const inUse = rebalance.members.size === 0 ? new Set<string>() : this.#topicsInUse();
    if (inUse === undefined) return [];
    const isGroupEmpty =
      rebalance.state === 'empty' && rebalance.members.protocolType !== undefined;
    return [...this.#table.entries()].filter(({ topic, partition, value }) => {
      if (inUse.has(topic) || this.#open.has(keyOf({ topic, partition }))) return false;
      if (value.expiresAtMs !== undefined) return value.expiresAtMs <= nowMs;
      // A group that was used keeps its offsets from the moment on at which its last member went.
      const sinceMs = isGroupEmpty ? rebalance.stateSinceMs : Number.NEGATIVE_INFINITY;
      return Math.max(sinceMs, value.committedAtMs) + retentionMs <= nowMs;
    });
  }

  /** Deletes what is given in one batch with the other records. */
  forget(entries: Iterable<TableEntry>, also: readonly GroupRecord[], onDone: Done): void {
    const { outbox } = this.#deps;
    const gone = [...entries];
    outbox.write([...gone.map(tombstoneOf), ...also], (code, nowMs) => {
      if (code === 'NONE') for (const at of gone) this.#table.set(at, undefined);
      onDone(code, nowMs);
    });
  }

  /**
   * The records are one batch: a crash leaves all or none. They are applied when they are stored,
   * in the order of their writing, so that memory and log never tell of different offsets.
   */
  #store(records: readonly OffsetRecord[], answer: (code: ErrorCode) => void): void {
    this.#countOpen(records, 1);
    const apply = (record: OffsetRecord): void => this.#table.set(record, record.value);
    const late = (): LateWork =>
      new Map(records.map((record) => [keyOf(record), () => apply(record)]));
    const onDone = (code: ErrorCode): void => {
      this.#countOpen(records, -1);
      if (code === 'NONE') for (const record of records) apply(record);
      const isTooLarge = code === 'MESSAGE_TOO_LARGE' || code === 'RECORD_LIST_TOO_LARGE';
      answer(isTooLarge ? 'INVALID_COMMIT_OFFSET_SIZE' : codeOfFailedWrite(code));
    };
    this.#deps.outbox.write(records, onDone, late);
  }

  #countOpen(records: readonly OffsetRecord[], change: 1 | -1): void {
    for (const record of records) {
      const { topic, partition } = record;
      const key = keyOf(record);
      const count = (this.#open.get(key)?.count ?? 0) + change;
      if (count === 0) this.#open.delete(key);
      else this.#open.set(key, { topic, partition, count });
    }
  }

  #isKnown(at: TopicPartitionName): boolean {
    return this.#table.get(at) !== undefined || this.#open.has(keyOf(at));
  }

  #commitFault(request: CommitRequest, member: GroupMember | ErrorCode): ErrorCode | undefined {
    const { rebalance } = this.#deps.membership;
    const { generation, memberId, instanceId } = request;
    if (rebalance.state === 'dead') return 'COORDINATOR_NOT_AVAILABLE';
    // A consumer that is no member uses the group as a name for its offsets.
    if (generation < 0 && memberId === '' && instanceId === undefined) {
      return rebalance.members.size === 0 ? undefined : 'UNKNOWN_MEMBER_ID';
    }
    if (generation < 0 && rebalance.state === 'empty') return undefined;
    if (rebalance.state === 'empty' && rebalance.generation === 0) return 'ILLEGAL_GENERATION';
    if (typeof member === 'string') return member;
    if (generation !== rebalance.generation) return 'ILLEGAL_GENERATION';
    return rebalance.state === 'completingRebalance' ? 'REBALANCE_IN_PROGRESS' : undefined;
  }

  #faultOf({ metadata }: OffsetCommit): ErrorCode | undefined {
    const limitBytes = this.#deps.config.maxOffsetMetadataBytes;
    return Buffer.byteLength(metadata) > limitBytes ? 'OFFSET_METADATA_TOO_LARGE' : undefined;
  }

  #deleteFault(): ErrorCode | undefined {
    const { rebalance } = this.#deps.membership;
    if (rebalance.state === 'dead') return 'GROUP_ID_NOT_FOUND';
    if (rebalance.members.size === 0) return undefined;
    return this.#topicsInUse() === undefined ? 'NON_EMPTY_GROUP' : undefined;
  }

  /** Undefined where the members do not let it be known. */
  #topicsInUse(): ReadonlySet<string> | undefined {
    const { members, protocol } = this.#deps.membership.rebalance;
    if (members.size === 0) return new Set();
    if (members.protocolType !== 'consumer') return undefined;
    const inUse = new Set<string>();
    for (const member of members.all) {
      // Before its first generation a member's every protocol may be the one that is chosen.
      const metadata = member.supports(protocol ?? '')
        ? [member.metadataFor(protocol)]
        : member.protocols.map((each) => each.metadata);
      for (const bytes of metadata) {
        const topics = subscribedTopics(bytes);
        if (topics === undefined) return undefined;
        for (const topic of topics) inUse.add(topic);
      }
    }
    return inUse;
  }
}

type Done = (code: ErrorCode, nowMs: number) => void;
type OffsetRecord = Extract<GroupRecord, { kind: 'offset' }>;

const keyOf = ({ topic, partition }: TopicPartitionName): string => `${topic}/${partition}`;

const recordOf = (commit: OffsetCommit, nowMs: number): OffsetRecord => {
  const { topic, partition, offset, leaderEpoch, metadata, expiresAtMs } = commit;
  const value = { offset, leaderEpoch, metadata, committedAtMs: nowMs, expiresAtMs };
  return { kind: 'offset', topic, partition, value };
};

const tombstoneOf = ({ topic, partition }: TopicPartitionName): OffsetRecord => ({
  kind: 'offset',
  topic,
  partition,
  value: undefined,
});
