import type { ErrorCode } from '../../base/errors.ts';
import type { GroupMember } from './member.ts';
import { GroupMembers } from './members.ts';
import type { Outbox } from './outbox.ts';
import { codeOfFailedWrite, joinRefusal, syncRefusal } from './replies.ts';
import type {
  GroupConfig,
  GroupReply,
  GroupSnapshot,
  GroupState,
  JoinedMember,
  MemberSnapshot,
} from './types.ts';

const NO_ASSIGNMENT = new Uint8Array(0);

/** The join phase of a group that was empty: it goes on for as long as members keep coming. */
interface FirstJoinPhase {
  remainingMs: number;
  hasNewMember: boolean;
}

/**
 * The phases of a group: members gather (join phase), get a generation, wait for their leader's
 * assignment (sync phase), and work. One phase at a time; whoever is parked in the one that ends is
 * answered then.
 */
export class Rebalance {
  readonly members = new GroupMembers();
  readonly #config: GroupConfig;
  readonly #outbox: Outbox;
  #state: GroupState = 'empty';
  #generation = 0;
  #protocol: string | undefined;
  #stateSinceMs: number;
  #firstJoinPhase: FirstJoinPhase | undefined;
  #isAssignmentBeingWritten = false;

  constructor(config: GroupConfig, outbox: Outbox, nowMs: number) {
    this.#config = config;
    this.#outbox = outbox;
    this.#stateSinceMs = nowMs;
  }

  get state(): GroupState {
    return this.#state;
  }
  /** 0 until the first. */
  get generation(): number {
    return this.#generation;
  }
  get protocol(): string | undefined {
    return this.#protocol;
  }
  get stateSinceMs(): number {
    return this.#stateSinceMs;
  }

  /** Goes on where another broker was; sessions begin anew, for nobody was there to hear beats. */
  restore(snapshot: GroupSnapshot, members: readonly GroupMember[]): void {
    this.members.restore(members, snapshot);
    this.#generation = snapshot.generation;
    this.#protocol = snapshot.protocol;
    this.#stateSinceMs = snapshot.stateSinceMs;
    this.#state = members.length === 0 ? 'empty' : 'stable';
    for (const member of members) {
      member.hasSynced = true;
      this.beginSession(member);
    }
  }

  beginSession(member: GroupMember): void {
    this.#outbox.setTimer(`member:${member.id}`, member.sessionTimeoutMs);
  }

  /** The member's join waits for the next generation; `limitMs`: for so long at most. */
  parkJoin(member: GroupMember, requestId: number, limitMs?: number): void {
    this.answerJoin(member, joinRefusal('REBALANCE_IN_PROGRESS', member.id));
    member.parkedJoinId = requestId;
    this.#outbox.cancelTimer(`member:${member.id}`);
    if (limitMs !== undefined) this.#outbox.setTimer(`member:${member.id}`, limitMs);
  }

  parkSync(member: GroupMember, requestId: number): void {
    this.answerSync(member, syncRefusal('REBALANCE_IN_PROGRESS'));
    member.parkedSyncId = requestId;
    this.#outbox.cancelTimer(`member:${member.id}`);
  }

  answerJoin(member: GroupMember, reply: GroupReply): void {
    if (member.parkedJoinId !== undefined) this.#outbox.reply(member.parkedJoinId, reply);
    member.parkedJoinId = undefined;
  }

  answerSync(member: GroupMember, reply: GroupReply): void {
    if (member.parkedSyncId !== undefined) this.#outbox.reply(member.parkedSyncId, reply);
    member.parkedSyncId = undefined;
  }

  /** Somebody new came who must be in the next generation. */
  onNewMember(): void {
    if (this.#firstJoinPhase !== undefined) this.#firstJoinPhase.hasNewMember = true;
  }

  /** What is parked is answered with the code. */
  remove(member: GroupMember, code: ErrorCode): void {
    this.answerJoin(member, joinRefusal(code, member.id));
    this.answerSync(member, syncRefusal(code));
    this.#outbox.cancelTimer(`member:${member.id}`);
    this.members.remove(member);
  }

  /** The members are others than before: gathers them, or ends a gathering that is complete. */
  onChange(nowMs: number): void {
    if (this.#state === 'dead') return;
    if (this.#state !== 'preparingRebalance') this.#beginJoinPhase(nowMs);
    else if (this.#firstJoinPhase === undefined && this.members.haveAllRejoined) {
      this.#endJoinPhase(nowMs);
    }
  }

  onJoinTimer(nowMs: number): void {
    const first = this.#firstJoinPhase;
    if (first === undefined || !first.hasNewMember || first.remainingMs === 0) {
      this.#endJoinPhase(nowMs);
      return;
    }
    const delayMs = Math.min(this.#config.initialRebalanceDelayMs, first.remainingMs);
    first.hasNewMember = false;
    first.remainingMs -= delayMs;
    this.#outbox.setTimer('join', delayMs);
  }

  /** Members that got the generation and never came for their assignment are taken for gone. */
  onSyncTimer(nowMs: number): void {
    const missing = this.members.all.filter(({ hasSynced }) => !hasSynced);
    if (missing.length === 0) return;
    for (const member of missing) this.remove(member, 'UNKNOWN_MEMBER_ID');
    this.onChange(nowMs);
  }

  onSynced(member: GroupMember): void {
    member.hasSynced = true;
    if (this.#state === 'stable' && this.members.all.every((it) => it.hasSynced)) {
      this.#outbox.cancelTimer('sync');
    }
  }

  /**
   * The leader has decided. Nobody is told before the assignment is stored: a coordinator that
   * takes over finds the same generation with the same assignment, or the one before it.
   */
  assign(assignments: ReadonlyMap<string, Uint8Array>): void {
    if (this.#isAssignmentBeingWritten) return;
    this.#isAssignmentBeingWritten = true;
    const generation = this.#generation;
    const value = this.snapshot((member) => assignments.get(member.id) ?? NO_ASSIGNMENT);
    this.#outbox.write([{ kind: 'group', value }], (code, nowMs) => {
      // The phase may have ended meanwhile, and others may be writing for the next one.
      if (this.#generation !== generation || this.#state !== 'completingRebalance') return;
      this.#isAssignmentBeingWritten = false;
      if (code === 'NONE') this.#onAssigned(assignments, nowMs);
      else this.#onAssignmentLost(codeOfFailedWrite(code), nowMs);
    });
  }

  /** What a member that has the current generation is told of it. */
  joined(member: GroupMember): GroupReply {
    const leader = this.members.leaderId ?? '';
    return {
      kind: 'join',
      code: 'NONE',
      memberId: member.id,
      generation: this.#generation,
      protocolType: this.members.protocolType,
      protocol: this.#protocol,
      leader,
      members: leader === member.id ? this.#joinedMembers() : [],
      skipAssignment: false,
    };
  }

  synced(member: GroupMember): GroupReply {
    return {
      kind: 'sync',
      code: 'NONE',
      protocolType: this.members.protocolType,
      protocol: this.#protocol,
      assignment: member.assignment,
    };
  }

  snapshot(
    assignmentOf: (member: GroupMember) => Uint8Array = ({ assignment }) => assignment,
  ): GroupSnapshot {
    return {
      protocolType: this.members.protocolType ?? '',
      generation: this.#generation,
      protocol: this.#protocol,
      leader: this.members.size === 0 ? undefined : this.members.leaderId,
      stateSinceMs: this.#stateSinceMs,
      members: this.members.all.map(
        (member): MemberSnapshot => ({
          memberId: member.id,
          instanceId: member.instanceId,
          clientId: member.clientId,
          clientHost: member.clientHost,
          rebalanceTimeoutMs: member.rebalanceTimeoutMs,
          sessionTimeoutMs: member.sessionTimeoutMs,
          subscription: member.metadataFor(this.#protocol),
          assignment: assignmentOf(member),
        }),
      ),
    };
  }

  /** The group is here no longer: whoever waits is told so. */
  die(code: ErrorCode, nowMs: number): void {
    this.#become('dead', nowMs);
    for (const member of this.members.all) this.remove(member, code);
    this.members.pendingIds.clear();
  }

  #become(state: GroupState, nowMs: number): void {
    this.#state = state;
    this.#stateSinceMs = nowMs;
  }

  #beginJoinPhase(nowMs: number): void {
    const wasEmpty = this.#state === 'empty';
    this.#endSyncPhase(syncRefusal('REBALANCE_IN_PROGRESS'));
    this.#become('preparingRebalance', nowMs);
    if (wasEmpty) {
      const { initialRebalanceDelayMs: delayMs } = this.#config;
      const remainingMs = Math.max(0, this.members.rebalanceTimeoutMs - delayMs);
      this.#firstJoinPhase = { remainingMs, hasNewMember: false };
      this.#outbox.setTimer('join', delayMs);
    } else if (this.members.haveAllRejoined) {
      this.#endJoinPhase(nowMs);
    } else {
      this.#outbox.setTimer('join', this.members.rebalanceTimeoutMs);
    }
  }

  #endSyncPhase(reply: GroupReply): void {
    this.#isAssignmentBeingWritten = false;
    this.#outbox.cancelTimer('sync');
    for (const member of this.members.all) {
      if (member.parkedSyncId === undefined) continue;
      this.answerSync(member, reply);
      if (!member.isParked) this.beginSession(member);
    }
  }

  /** Whoever is here gets a generation. Dynamic members that are not are taken for gone. */
  #endJoinPhase(nowMs: number): void {
    this.#outbox.cancelTimer('join');
    this.#firstJoinPhase = undefined;
    for (const member of this.members.all) {
      const isLate = member.parkedJoinId === undefined && member.instanceId === undefined;
      if (isLate) this.remove(member, 'UNKNOWN_MEMBER_ID');
    }
    if (this.members.size > 0 && !this.members.electRejoinedLeader()) {
      // Static members only, and none has come back: they have until their sessions end.
      this.#outbox.setTimer('join', this.members.rebalanceTimeoutMs);
      return;
    }
    this.#generation += 1;
    if (this.members.size === 0) this.#onNobodyLeft(nowMs);
    else this.#beginSyncPhase(nowMs);
  }

  /** The empty group is stored so that its offsets expire by the moment of its end. */
  #onNobodyLeft(nowMs: number): void {
    this.#protocol = undefined;
    this.#become('empty', nowMs);
    this.#outbox.write([{ kind: 'group', value: this.snapshot() }], () => {});
  }

  #beginSyncPhase(nowMs: number): void {
    this.#protocol = this.members.chooseProtocol();
    this.#become('completingRebalance', nowMs);
    for (const member of this.members.all) {
      const hasRejoined = member.parkedJoinId !== undefined;
      member.hasSynced = false;
      member.forgetAssignment();
      this.answerJoin(member, this.joined(member));
      if (hasRejoined) this.beginSession(member);
    }
    this.#outbox.setTimer('sync', this.members.rebalanceTimeoutMs);
  }

  #onAssigned(assignments: ReadonlyMap<string, Uint8Array>, nowMs: number): void {
    this.#become('stable', nowMs);
    for (const member of this.members.all) {
      member.assignment = assignments.get(member.id) ?? NO_ASSIGNMENT;
      if (member.parkedSyncId === undefined) continue;
      this.answerSync(member, this.synced(member));
      this.beginSession(member);
    }
    if (this.members.all.every(({ hasSynced }) => hasSynced)) this.#outbox.cancelTimer('sync');
  }

  #onAssignmentLost(code: ErrorCode, nowMs: number): void {
    this.#endSyncPhase(syncRefusal(code));
    this.#beginJoinPhase(nowMs);
  }

  #joinedMembers(): readonly JoinedMember[] {
    return this.members.all.map((member) => ({
      memberId: member.id,
      instanceId: member.instanceId,
      metadata: member.metadataFor(this.#protocol),
    }));
  }
}
