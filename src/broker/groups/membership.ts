import type { ErrorCode } from '../../base/errors.ts';
import { GroupMember } from './member.ts';
import type { Outbox } from './outbox.ts';
import { Rebalance } from './rebalance.ts';
import { codeOfFailedWrite, joinRefusal, syncRefusal } from './replies.ts';
import type {
  GenerationIdentity,
  GroupConfig,
  GroupSnapshot,
  HeartbeatRequest,
  JoinRequest,
  LeaveRequest,
  MemberIdentity,
  MemberOutcome,
  SyncRequest,
} from './types.ts';

/** A member that has never been in a generation may wait so long for its first one. */
const NEW_MEMBER_LIMIT_MS = 300_000;

/** Who may be in a group, and what each request of a member does to it. */
export class Membership {
  readonly rebalance: Rebalance;
  readonly #config: GroupConfig;
  readonly #outbox: Outbox;

  constructor(config: GroupConfig, outbox: Outbox, nowMs: number) {
    this.#config = config;
    this.#outbox = outbox;
    this.rebalance = new Rebalance(config, outbox, nowMs);
  }

  restore(snapshot: GroupSnapshot): void {
    const { protocol } = snapshot;
    const members = snapshot.members.map(({ memberId, instanceId, ...stored }) => {
      const protocols =
        protocol === undefined ? [] : [{ name: protocol, metadata: stored.subscription }];
      const member = new GroupMember(memberId, instanceId, { ...stored, protocols });
      member.assignment = stored.assignment;
      return member;
    });
    this.rebalance.restore(snapshot, members);
  }

  join(request: JoinRequest, nowMs: number): void {
    const { members } = this.rebalance;
    const isPending = members.pendingIds.has(request.memberId);
    const known =
      request.memberId === '' ? members.byInstance(request.instanceId) : members.identify(request);
    const current = typeof known === 'string' ? undefined : known;
    const fault = this.#joinFault(request, current);
    if (fault !== undefined) this.#refuseJoin(request, fault);
    else if (request.memberId === '') this.#joinAnew(request, current, nowMs);
    else if (isPending && request.instanceId === undefined) {
      this.#add(request.memberId, request, nowMs);
    } else if (typeof known === 'string') this.#refuseJoin(request, known);
    else if (known !== undefined) this.#rejoin(known, request, nowMs);
  }

  sync(request: SyncRequest): void {
    const { members, generation, protocol, state } = this.rebalance;
    const member = this.identify(request);
    const hasOtherProtocol =
      (request.protocolType ?? members.protocolType) !== members.protocolType ||
      (request.protocol ?? protocol) !== protocol;
    if (typeof member === 'string') this.#refuseSync(request, member);
    else if (request.generation !== generation) this.#refuseSync(request, 'ILLEGAL_GENERATION');
    else if (state === 'preparingRebalance') this.#refuseSync(request, 'REBALANCE_IN_PROGRESS');
    else if (hasOtherProtocol) this.#refuseSync(request, 'INCONSISTENT_GROUP_PROTOCOL');
    else this.#takeSync(member, request);
  }

  heartbeat(request: HeartbeatRequest): void {
    const code = this.standing(request);
    const member = this.identify(request);
    const isCurrent = code === 'NONE' || code === 'REBALANCE_IN_PROGRESS';
    if (isCurrent && typeof member !== 'string') {
      this.touch(member);
      member.handlerTimes = request.handlerTimes;
    }
    this.#outbox.reply(request.requestId, { kind: 'heartbeat', code });
  }

  /** NONE: it is in the generation that there is. */
  standing(identity: GenerationIdentity): ErrorCode {
    const member = this.identify(identity);
    const { generation, state } = this.rebalance;
    if (typeof member === 'string') return member;
    if (identity.generation !== generation) return 'ILLEGAL_GENERATION';
    return state === 'preparingRebalance' ? 'REBALANCE_IN_PROGRESS' : 'NONE';
  }

  leave(request: LeaveRequest, nowMs: number): void {
    const sizeBefore = this.rebalance.members.size;
    const outcomes = request.members.map(
      (identity): MemberOutcome => ({
        memberId: identity.memberId,
        instanceId: identity.instanceId,
        code: this.#leaveOne(identity),
      }),
    );
    const code = this.rebalance.state === 'dead' ? 'COORDINATOR_NOT_AVAILABLE' : 'NONE';
    this.#outbox.reply(request.requestId, { kind: 'leave', code, members: outcomes });
    this.#afterLeaving(sizeBefore, nowMs);
  }

  /** A session, or the time to join with an id that was given out, is over. */
  onMemberTimer(memberId: string, nowMs: number): void {
    const { members } = this.rebalance;
    const sizeBefore = members.size;
    const member = members.get(memberId);
    members.pendingIds.delete(memberId);
    if (member !== undefined) this.rebalance.remove(member, 'UNKNOWN_MEMBER_ID');
    this.#afterLeaving(sizeBefore, nowMs);
  }

  /** The member that a request of the group's generation is from, or why it is from none. */
  identify(request: MemberIdentity): GroupMember | ErrorCode {
    if (this.rebalance.state === 'dead') return 'COORDINATOR_NOT_AVAILABLE';
    return this.rebalance.members.identify(request);
  }

  /** The member has shown that it lives. One that is parked has no session to end. */
  touch(member: GroupMember): void {
    if (!member.isParked) this.rebalance.beginSession(member);
  }

  #joinFault(request: JoinRequest, current: GroupMember | undefined): ErrorCode | undefined {
    const { minSessionTimeoutMs, maxSessionTimeoutMs } = this.#config;
    const { sessionTimeoutMs, protocolType, protocols } = request;
    if (this.rebalance.state === 'dead') return 'COORDINATOR_NOT_AVAILABLE';
    if (sessionTimeoutMs < minSessionTimeoutMs || sessionTimeoutMs > maxSessionTimeoutMs) {
      return 'INVALID_SESSION_TIMEOUT';
    }
    if (!this.#hasRoomFor(current)) return 'GROUP_MAX_SIZE_REACHED';
    const canTake = this.rebalance.members.canTake(protocolType, protocols, current);
    return canTake ? undefined : 'INCONSISTENT_GROUP_PROTOCOL';
  }

  /** While members gather, those who came count: who has not may never come back. */
  #hasRoomFor(current: GroupMember | undefined): boolean {
    const { members, state } = this.rebalance;
    const { maxMemberCount } = this.#config;
    if (state !== 'preparingRebalance')
      return current !== undefined || members.size < maxMemberCount;
    return current?.parkedJoinId !== undefined || members.parkedJoinCount < maxMemberCount;
  }

  /** A join without a member id: a static member that is back, or somebody new. */
  #joinAnew(request: JoinRequest, current: GroupMember | undefined, nowMs: number): void {
    const { proposedMemberId, instanceId, needsKnownMemberId } = request;
    if (current !== undefined) {
      this.#replace(current, request, nowMs);
    } else if (instanceId === undefined && needsKnownMemberId) {
      this.rebalance.members.pendingIds.add(proposedMemberId);
      this.#outbox.setTimer(`member:${proposedMemberId}`, request.sessionTimeoutMs);
      const reply = joinRefusal('MEMBER_ID_REQUIRED', proposedMemberId);
      this.#outbox.reply(request.requestId, reply);
    } else {
      this.#add(proposedMemberId, request, nowMs);
    }
  }

  #add(memberId: string, request: JoinRequest, nowMs: number): void {
    const member = new GroupMember(memberId, request.instanceId, request);
    this.rebalance.members.add(member, request.protocolType);
    this.rebalance.parkJoin(member, request.requestId, NEW_MEMBER_LIMIT_MS);
    this.rebalance.onNewMember();
    this.rebalance.onChange(nowMs);
  }

  #rejoin(member: GroupMember, request: JoinRequest, nowMs: number): void {
    const { state, members } = this.rebalance;
    const isSame = member.wantsSame(request.protocols);
    // A leader that joins again asks for a rebalance: it has seen that the topics are others now.
    const isRepeat =
      isSame &&
      (state === 'completingRebalance' || (state === 'stable' && members.leaderId !== member.id));
    member.describe(request);
    if (isRepeat) {
      this.#outbox.reply(request.requestId, this.rebalance.joined(member));
      this.touch(member);
      return;
    }
    this.rebalance.parkJoin(member, request.requestId);
    this.rebalance.onChange(nowMs);
  }

  /** A static member is back under a new id: the old one is fenced wherever it still is. */
  #replace(member: GroupMember, request: JoinRequest, nowMs: number): void {
    const oldId = member.id;
    const { rebalance } = this;
    rebalance.answerJoin(member, joinRefusal('FENCED_INSTANCE_ID', oldId));
    rebalance.answerSync(member, syncRefusal('FENCED_INSTANCE_ID'));
    this.#outbox.cancelTimer(`member:${oldId}`);
    rebalance.members.rename(member, request.proposedMemberId);
    member.describe(request);
    const keepsGeneration =
      rebalance.state === 'stable' && rebalance.members.chooseProtocol() === rebalance.protocol;
    if (keepsGeneration) {
      this.#welcomeBack(member, request, oldId);
      return;
    }
    rebalance.parkJoin(member, request.requestId, NEW_MEMBER_LIMIT_MS);
    rebalance.onNewMember();
    rebalance.onChange(nowMs);
  }

  /**
   * Into the same generation, without a rebalance. The new id is stored first: a coordinator that
   * took over and knew the old one only would refuse the member that was answered.
   */
  #welcomeBack(member: GroupMember, request: JoinRequest, oldId: string): void {
    const { rebalance } = this;
    const { requestId, canSkipAssignment } = request;
    const { generation } = rebalance;
    const isLeader = rebalance.members.leaderId === member.id;
    rebalance.beginSession(member);
    this.#outbox.write([{ kind: 'group', value: rebalance.snapshot() }], (code) => {
      if (code !== 'NONE') {
        this.#outbox.reply(requestId, joinRefusal(codeOfFailedWrite(code), request.memberId));
      } else if (rebalance.state !== 'stable' || rebalance.generation !== generation) {
        this.#outbox.reply(requestId, joinRefusal('REBALANCE_IN_PROGRESS', member.id));
      } else {
        const reply = rebalance.joined(member);
        // A client that cannot skip would assign again: to it, the old id leads.
        const asFollower = { leader: oldId, members: [] };
        const told = canSkipAssignment ? { skipAssignment: isLeader } : isLeader && asFollower;
        this.#outbox.reply(requestId, { ...reply, ...told } as typeof reply);
      }
    });
  }

  #takeSync(member: GroupMember, request: SyncRequest): void {
    const { rebalance } = this;
    rebalance.onSynced(member);
    if (rebalance.state === 'stable') {
      this.#outbox.reply(request.requestId, rebalance.synced(member));
      this.touch(member);
      return;
    }
    rebalance.parkSync(member, request.requestId);
    if (rebalance.members.leaderId === member.id) rebalance.assign(request.assignments);
  }

  #leaveOne(identity: MemberIdentity): ErrorCode {
    const { members, state } = this.rebalance;
    if (state === 'dead') return 'COORDINATOR_NOT_AVAILABLE';
    if (identity.instanceId === undefined && members.pendingIds.delete(identity.memberId)) {
      this.#outbox.cancelTimer(`member:${identity.memberId}`);
      return 'NONE';
    }
    const isByInstance = identity.memberId === '' && identity.instanceId !== undefined;
    const member = isByInstance
      ? (members.byInstance(identity.instanceId) ?? 'UNKNOWN_MEMBER_ID')
      : members.identify(identity);
    if (typeof member === 'string') return member;
    this.rebalance.remove(member, 'UNKNOWN_MEMBER_ID');
    return 'NONE';
  }

  /** The others gather anew. An id that never joined only held a gathering up. */
  #afterLeaving(sizeBefore: number, nowMs: number): void {
    const { members, state } = this.rebalance;
    if (members.size < sizeBefore || state === 'preparingRebalance') this.rebalance.onChange(nowMs);
  }

  #refuseJoin({ requestId, memberId }: JoinRequest, code: ErrorCode): void {
    this.#outbox.reply(requestId, joinRefusal(code, memberId));
  }

  #refuseSync({ requestId }: GenerationIdentity & { requestId: number }, code: ErrorCode): void {
    this.#outbox.reply(requestId, syncRefusal(code));
  }
}
