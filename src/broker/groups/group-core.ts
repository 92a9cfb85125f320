import { assert } from '../../base/assert.ts';
import type { ErrorCode } from '../../base/errors.ts';
import { GroupOffsets } from './group-offsets.ts';
import type { GroupMember } from './member.ts';
import { Membership } from './membership.ts';
import { Outbox } from './outbox.ts';
import { codeOfFailedWrite } from './replies.ts';
import type {
  CommitRequest,
  CommittedOffset,
  DeleteOffsetsRequest,
  GenerationIdentity,
  GroupConfig,
  GroupEffect,
  GroupRecord,
  GroupSnapshot,
  GroupState,
  HeartbeatRequest,
  JoinRequest,
  LeaveRequest,
  SyncRequest,
  TimerKey,
  TopicPartitionName,
} from './types.ts';

const MEMBER_KEY = 'member:';

export interface GroupCoreOptions {
  readonly groupId: string;
  readonly config: GroupConfig;
  readonly nowMs: number;
}

/**
 * One classic consumer group: its members, generations and committed offsets. Synchronous: an event
 * in, effects out. `nowMs` is the wall clock's (milliseconds since 1970), for what is stored; all
 * waiting is by `setTimer` effects. Rules: KIP-62, 345, 394, 814, and what Kafka 4's classic groups
 * do.
 *
 * What the shell owes:
 * - One core a group, on the broker that leads the group's partition of `__consumer_offsets`. It is
 *   made by the first join, or by a commit of no generation, of a group that is not known; other
 *   requests for an unknown group are answered without a core (UNKNOWN_MEMBER_ID, commits of a
 *   generation ILLEGAL_GENERATION). Once `state` is `dead` the shell drops it.
 * - Effects are performed in their order. A `write` is one batch, appended with acks=all; its
 *   outcome comes back by `onWritten`, outcomes in the order of the writes. After a leadership the
 *   records are handed to `restore` in the order of the log, then `onRestored` is called, and only
 *   then events.
 * - Each request gets exactly one `reply`, now or by a later event. Who waits in `join` or `sync`
 *   is answered by a later event of another member or timer: only that connection waits.
 * - When this broker does not lead any more: `resign`.
 * - From time to time: `expireOffsets`; where a topic was deleted: `onTopicDeleted`.
 *
 * The leader's assignment and the members' metadata are opaque bytes; cooperative protocols are
 * protocols like any other. The bytes of requests are kept: the caller leaves them as they are.
 */
export class GroupCore {
  readonly groupId: string;
  readonly #outbox = new Outbox();
  readonly #membership: Membership;
  readonly #offsets: GroupOffsets;
  #restored: GroupSnapshot | undefined;

  constructor({ groupId, config, nowMs }: GroupCoreOptions) {
    this.groupId = groupId;
    this.#membership = new Membership(config, this.#outbox, nowMs);
    this.#offsets = new GroupOffsets({
      config,
      outbox: this.#outbox,
      membership: this.#membership,
    });
  }

  get state(): GroupState {
    return this.#membership.rebalance.state;
  }
  /** 0 until the first; grows by one with each gathering of members. */
  get generation(): number {
    return this.#membership.rebalance.generation;
  }
  /** The assignment's protocol in force; undefined while there is none. */
  get protocol(): string | undefined {
    return this.#membership.rebalance.protocol;
  }
  /** Undefined where no member ever joined. */
  get protocolType(): string | undefined {
    return this.#membership.rebalance.members.protocolType;
  }
  get leaderId(): string | undefined {
    return this.#membership.rebalance.members.leaderId;
  }
  /** In the order of their joining. For reading. */
  get members(): readonly GroupMember[] {
    return this.#membership.rebalance.members.all;
  }
  /** Ids that were given out and have not joined yet. */
  get pendingMemberIds(): ReadonlySet<string> {
    return this.#membership.rebalance.members.pendingIds;
  }

  /** Answered when all members have come, or the rebalance timeout is over; or refused at once. */
  join(request: JoinRequest, nowMs: number): readonly GroupEffect[] {
    this.#membership.join(request, nowMs);
    return this.#outbox.take();
  }

  /** Answered when the leader's assignment is stored. */
  sync(request: SyncRequest): readonly GroupEffect[] {
    this.#membership.sync(request);
    return this.#outbox.take();
  }

  /** Answered at once: the session goes on, or the member must join again. */
  heartbeat(request: HeartbeatRequest): readonly GroupEffect[] {
    this.#membership.heartbeat(request);
    return this.#outbox.take();
  }

  /** What a heartbeat of the member would be told now; its session is left as it is. */
  standing(identity: GenerationIdentity): ErrorCode {
    return this.#membership.standing(identity);
  }

  /** Answered at once, each member with an outcome of its own; the others gather anew. */
  leave(request: LeaveRequest, nowMs: number): readonly GroupEffect[] {
    this.#membership.leave(request, nowMs);
    return this.#outbox.take();
  }

  /** Answered when the offsets are stored. Taken from members of the current generation only. */
  commit(request: CommitRequest, nowMs: number): readonly GroupEffect[] {
    this.#offsets.commit(request, nowMs);
    return this.#outbox.take();
  }

  /** What is stored; undefined where nothing was committed. */
  committed(at: TopicPartitionName): CommittedOffset | undefined {
    return this.#offsets.get(at);
  }

  allCommitted(): Iterable<TopicPartitionName & { readonly value: CommittedOffset }> {
    return this.#offsets.entries();
  }

  deleteOffsets(request: DeleteOffsetsRequest): readonly GroupEffect[] {
    this.#offsets.delete(request);
    return this.#outbox.take();
  }

  /** Deletes a group without members and all it has committed; then it is `dead`. */
  deleteGroup(requestId: number): readonly GroupEffect[] {
    const code = this.#deleteFault();
    if (code === undefined) this.#bury(this.#offsets.entries(), requestId);
    else this.#outbox.reply(requestId, { kind: 'deleteGroup', code });
    return this.#outbox.take();
  }

  /**
   * Deletes offsets older than `retentionMs` (`offsets.retention.minutes`): in a group without
   * members counted from the end of the group, of topics that nobody is subscribed to from their
   * commit. With the last offset goes a group that has no members.
   */
  expireOffsets(retentionMs: number, nowMs: number): readonly GroupEffect[] {
    if (this.state === 'dead') return [];
    const expired = this.#offsets.expired(retentionMs, nowMs);
    const keptCount = [...this.#offsets.entries()].length - expired.length;
    const isUnused = this.state === 'empty' && keptCount === 0;
    if (isUnused && this.pendingMemberIds.size === 0) this.#bury(expired, undefined);
    else if (expired.length > 0) this.#offsets.forget(expired, [], () => {});
    return this.#outbox.take();
  }

  onTopicDeleted(topic: string): readonly GroupEffect[] {
    this.#offsets.onTopicDeleted(topic);
    return this.#outbox.take();
  }

  /** A timer that was set is over; one that was cancelled meanwhile does nothing. */
  onTimer(key: TimerKey, nowMs: number): readonly GroupEffect[] {
    if (!this.#outbox.takeTimer(key)) return [];
    if (key === 'join') this.#membership.rebalance.onJoinTimer(nowMs);
    else if (key === 'sync') this.#membership.rebalance.onSyncTimer(nowMs);
    else this.#membership.onMemberTimer(key.slice(MEMBER_KEY.length), nowMs);
    return this.#outbox.take();
  }

  /** The outcome of a `write`: NONE when it is committed. */
  onWritten(writeId: number, code: ErrorCode, nowMs: number): readonly GroupEffect[] {
    this.#outbox.onWritten(writeId, code, nowMs);
    return this.#outbox.take();
  }

  /** This broker leads the group no longer: all who wait are told NOT_COORDINATOR. */
  resign(nowMs: number): readonly GroupEffect[] {
    this.#membership.rebalance.die('NOT_COORDINATOR', nowMs);
    this.#outbox.abandon('NOT_COORDINATOR', nowMs);
    return this.#outbox.take();
  }

  /** One stored record, in the order of the log; the last of a key is in force. */
  restore(record: GroupRecord): void {
    assert(this.members.length === 0, 'a group is restored before it is used');
    if (record.kind === 'group') this.#restored = record.value;
    else this.#offsets.restore(record, record.value);
  }

  /** All is restored: members go on in their generation, with a whole session each. */
  onRestored(): readonly GroupEffect[] {
    if (this.#restored !== undefined) this.#membership.restore(this.#restored);
    this.#restored = undefined;
    return this.#outbox.take();
  }

  snapshot(): GroupSnapshot {
    return this.#membership.rebalance.snapshot();
  }

  #deleteFault(): ErrorCode | undefined {
    if (this.state === 'dead') return 'GROUP_ID_NOT_FOUND';
    return this.state === 'empty' ? undefined : 'NON_EMPTY_GROUP';
  }

  /** Deletes the offsets and the group, unless somebody uses it again before that is stored. */
  #bury(offsets: Parameters<GroupOffsets['forget']>[0], requestId: number | undefined): void {
    const tombstone: GroupRecord = { kind: 'group', value: undefined };
    this.#offsets.forget(offsets, [tombstone], (code, nowMs) => {
      const isUnused =
        this.state === 'empty' && this.#offsets.isEmpty && this.pendingMemberIds.size === 0;
      if (code === 'NONE' && isUnused)
        this.#membership.rebalance.die('COORDINATOR_NOT_AVAILABLE', nowMs);
      if (requestId === undefined) return;
      this.#outbox.reply(requestId, { kind: 'deleteGroup', code: codeOfFailedWrite(code) });
    });
  }
}
