import type { ErrorCode } from '../../base/errors.ts';
import { ERRORS, OttlaError } from '../../base/errors.ts';
import type { NodeId } from '../../base/ids.ts';
import { NONE } from '../../base/ids.ts';
import type { TopicPartitionName } from './consumer-protocol.ts';
import { decodeAssignment } from './consumer-protocol.ts';
import type {
  JoinAnswer,
  MemberConfig,
  MemberEffect,
  MemberIdentity,
  MemberTimer,
  SyncAnswer,
} from './member-types.ts';
import { sameNames, without } from './partition-sets.ts';

/**
 * `out`: in no group and on no way to one. `joining`, `assigning` (this member leads and decides),
 * `syncing`: on the way into a generation. `stable`: in one. `leaving`: giving up what it has.
 */
export type MemberPhase =
  | 'out'
  | 'joining'
  | 'assigning'
  | 'syncing'
  | 'stable'
  | 'leaving'
  | 'closed';

const NO_ASSIGNMENTS: ReadonlyMap<string, Uint8Array> = new Map();

/**
 * One member of a classic consumer group. Synchronous: an event in, effects out, to be performed in
 * their order. Rules: KIP-62, 345, 394, 429, 814.
 *
 * - A rebalance does not stop what stays. A cooperative member joins with what it has and goes on
 *   with it; it learns what to give up when it has its share, gives that up, and joins once more.
 * - Nothing is given up before `onRevoked` says that what was handled is committed. Heartbeats go
 *   on meanwhile.
 * - A coordinator that moves changes nothing: it is looked for, and the same member goes on in the
 *   same generation. A join or a sync under way begins again with the join, so that what the new
 *   coordinator has not heard of is told to it.
 * - Where the group says it does not know the member, all it had is `lost`, at once, and it joins
 *   as a new one.
 */
export class MemberCore {
  readonly #config: MemberConfig;
  #effects: MemberEffect[] = [];
  #phase: MemberPhase = 'out';
  #topics: readonly string[] = [];
  #memberId = '';
  #generation = NONE;
  #protocol = '';
  #assignments = NO_ASSIGNMENTS;
  #owned: readonly TopicPartitionName[] = [];
  #ownedSince = NONE;
  #revoking: readonly TopicPartitionName[] | undefined;
  #revocation = 0;
  #wantsJoin = false;
  #leads = false;
  #coordinator: NodeId | undefined;
  /** Who gave this generation to the member id; undefined once it was lost sight of. */
  #welcomedBy: NodeId | undefined;
  #isFinding = false;
  /** Of joins, assignments and syncs; answers to older ones come too late. */
  #request = 0;
  #beat = 0;
  #failureCount = 0;

  constructor(config: MemberConfig) {
    this.#config = config;
  }

  get phase(): MemberPhase {
    return this.#phase;
  }
  get identity(): MemberIdentity {
    return { memberId: this.#memberId, generation: this.#generation };
  }
  /** What it has, and does not give up at the moment. */
  get owned(): readonly TopicPartitionName[] {
    return without(this.#owned, this.#revoking ?? []);
  }
  /** It decides who gets what, and has to see when that depends on something new. */
  get leads(): boolean {
    return this.#leads && !this.#isDone;
  }
  /** It still has to be told who gets what, by the number of the question. */
  isDeciding(request: number): boolean {
    return request === this.#request && this.#phase === 'assigning';
  }
  get coordinator(): NodeId | undefined {
    return this.#coordinator;
  }

  /** Joins the group, once; also after `onPollsMissed`. */
  join(topics: readonly string[]): readonly MemberEffect[] {
    if (this.#phase !== 'out') return [];
    this.#topics = topics;
    this.#phase = 'joining';
    this.#ask();
    return this.#take();
  }

  /** Wants these topics from now on. */
  subscribe(topics: readonly string[]): readonly MemberEffect[] {
    if (sameNames(topics, this.#topics)) return [];
    this.#topics = topics;
    return this.rejoin();
  }

  /** Something that shares depend on has changed, such as the number of partitions. */
  rejoin(): readonly MemberEffect[] {
    if (this.#phase === 'out' || this.#isEnding) return [];
    this.#wantsJoin = true;
    this.#maybeJoin();
    return this.#take();
  }

  onCoordinator(coordinator: NodeId): readonly MemberEffect[] {
    this.#isFinding = false;
    if (this.#phase === 'out' || this.#phase === 'closed') return [];
    const hasMoved = coordinator !== this.#coordinator;
    this.#coordinator = coordinator;
    if (hasMoved) this.#resume();
    return this.#take();
  }

  onNoCoordinator(): readonly MemberEffect[] {
    this.#isFinding = false;
    // Who was known before may still be there: only what has no coordinator looks on.
    if (this.#coordinator === undefined && !this.#isDone) this.#retryLater();
    return this.#take();
  }

  onRetry(): readonly MemberEffect[] {
    if (this.#coordinator === undefined) this.#find();
    else this.#resume();
    return this.#take();
  }

  onJoin(request: number, answer: JoinAnswer): readonly MemberEffect[] {
    if (request !== this.#request || this.#phase !== 'joining') return [];
    if (answer.code === 'NONE') this.#onJoined(answer);
    else if (answer.code === 'MEMBER_ID_REQUIRED') {
      this.#memberId = answer.memberId;
      this.#ask();
    } else this.#onRefused(answer.code);
    return this.#take();
  }

  onAssignments(
    request: number,
    assignments: ReadonlyMap<string, Uint8Array>,
  ): readonly MemberEffect[] {
    if (!this.isDeciding(request)) return [];
    this.#assignments = assignments;
    this.#sync();
    return this.#take();
  }

  onSync(request: number, answer: SyncAnswer): readonly MemberEffect[] {
    if (request !== this.#request || this.#phase !== 'syncing') return [];
    if (answer.code === 'NONE') this.#onShare(answer.assignment);
    else this.#onRefused(answer.code);
    return this.#take();
  }

  /** `hasWaited`: the group held the answer back; one that answers at once is asked later. */
  onHeartbeat(beat: number, code: ErrorCode, hasWaited: boolean): readonly MemberEffect[] {
    if (beat !== this.#beat || !this.#hasSession) return [];
    if (code === 'NONE') this.#failureCount = 0;
    if (code === 'REBALANCE_IN_PROGRESS') this.#onRebalance();
    else if (code !== 'NONE') this.#onRefused(code);
    if (!this.#hasSession || this.#coordinator === undefined) return this.#take();
    if (code === 'NONE' && hasWaited) this.#beatNow();
    else this.#setTimer('heartbeat');
    return this.#take();
  }

  onTimer(key: MemberTimer): readonly MemberEffect[] {
    if (key === 'watch') this.#find();
    else if (this.#hasSession) this.#beatNow();
    return this.#take();
  }

  /** What was handled of the partitions is committed: they are given up. */
  onRevoked(revocation: number): readonly MemberEffect[] {
    if (this.#revoking === undefined || revocation !== this.#revocation) return [];
    this.#owned = without(this.#owned, this.#revoking);
    this.#revoking = undefined;
    if (this.#phase === 'leaving') this.#giveUpAll();
    else this.#maybeJoin();
    return this.#take();
  }

  /**
   * Whoever handles the records has not come for more in time: others shall do it. A static member
   * only falls silent, as a process that hangs would. `join` brings it back.
   */
  onPollsMissed(): readonly MemberEffect[] {
    if (this.#phase === 'out' || this.#isEnding) return [];
    this.#tellLeaving();
    this.#lose();
    this.#become('out');
    this.#forgetIdentity();
    return this.#take();
  }

  /** What this member has to do for its group cannot be done. */
  giveUp(code: ErrorCode): readonly MemberEffect[] {
    if (this.#phase === 'closed') return [];
    this.#tellLeaving();
    this.#fail(code);
    return this.#take();
  }

  /** Gives all up and leaves; a static member stays in the group until its session ends. */
  leave(): readonly MemberEffect[] {
    if (this.#isEnding) return [];
    this.#wantsJoin = false;
    this.#request += 1;
    this.#effects.push({ kind: 'cancelTimer', key: 'watch' });
    this.#phase = 'leaving';
    if (this.#revoking === undefined) this.#giveUpAll();
    return this.#take();
  }

  /** In a generation, or in what was its last one: without heartbeats the group lets it go. */
  get #hasSession(): boolean {
    if (this.#generation === NONE) return false;
    return this.#phase === 'stable' || this.#phase === 'assigning' || this.#phase === 'leaving';
  }

  get #isEnding(): boolean {
    return this.#phase === 'leaving' || this.#phase === 'closed';
  }

  get #isDone(): boolean {
    return this.#phase === 'out' || this.#phase === 'closed';
  }

  #onJoined(answer: JoinAnswer): void {
    // Failures count on: where no assignment can be stored, joins alone come to nothing.
    // What a heartbeat of the generation before is still told is not about this one.
    this.#beat += 1;
    this.#memberId = answer.memberId;
    this.#welcomedBy = this.#coordinator;
    this.#generation = answer.generation;
    this.#protocol = answer.protocol;
    this.#assignments = NO_ASSIGNMENTS;
    this.#leads = answer.leader === answer.memberId;
    if (!this.#leads) {
      this.#sync();
      return;
    }
    // Also where the group has its shares and takes no others: what they depend on is known then.
    this.#become('assigning');
    this.#request += 1;
    const { protocol, members } = answer;
    this.#effects.push({ kind: 'assign', request: this.#request, protocol, members });
    this.#beatOn();
  }

  #sync(): void {
    this.#become('syncing');
    this.#ask();
  }

  #onShare(assignment: Uint8Array): void {
    let share: readonly TopicPartitionName[];
    try {
      share = decodeAssignment(assignment);
    } catch (error) {
      if (!(error instanceof OttlaError)) throw error;
      this.#fail(error.code);
      return;
    }
    this.#onSynced(share);
  }

  #onSynced(share: readonly TopicPartitionName[]): void {
    this.#failureCount = 0;
    // A topic that is not wanted any more: the rejoin that follows tells the others.
    const assigned = share.filter(({ topic }) => this.#topics.includes(topic));
    const added = without(assigned, this.#owned);
    const gone = without(this.#owned, assigned);
    this.#owned = [...this.#owned, ...added];
    this.#ownedSince = this.#generation;
    this.#become('stable');
    this.#beatOn();
    this.#effects.push({ kind: 'assigned', partitions: added, generation: this.#generation });
    if (gone.length > 0) {
      this.#wantsJoin = true;
      this.#revoke(gone);
    } else {
      this.#maybeJoin();
    }
  }

  /** The others gather: this member comes as soon as it has given up what it must. */
  #onRebalance(): void {
    if (this.#phase === 'assigning') this.#joinAgain();
    if (this.#phase !== 'stable') return;
    this.#wantsJoin = true;
    this.#maybeJoin();
  }

  #onRefused(code: ErrorCode): void {
    switch (code) {
      case 'UNKNOWN_MEMBER_ID':
        this.#memberId = '';
        this.#begin();
        break;
      case 'ILLEGAL_GENERATION':
        this.#begin();
        break;
      case 'FENCED_INSTANCE_ID':
        // The coordinator before may not have stored the id that it gave: this one knows an older.
        if (this.#memberId === '' || this.#welcomedBy === this.#coordinator) this.#fail(code);
        else {
          this.#memberId = '';
          this.#begin();
        }
        break;
      case 'REBALANCE_IN_PROGRESS':
        if (this.#phase === 'syncing') this.#joinAgain();
        else this.#retryLater();
        break;
      case 'COORDINATOR_LOAD_IN_PROGRESS':
        this.#retryLater();
        break;
      default:
        if (ERRORS[code].retriable) this.#onCoordinatorLost();
        else this.#fail(code);
    }
  }

  /** Its generation is over: what it had may be with others. */
  #begin(): void {
    this.#generation = NONE;
    this.#lose();
    if (this.#phase === 'leaving') this.#giveUpAll();
    else this.#joinAgain();
  }

  #joinAgain(): void {
    this.#become('joining');
    this.#ask();
  }

  #onCoordinatorLost(): void {
    this.#coordinator = undefined;
    this.#welcomedBy = undefined;
    // What the new one has not heard of is told to it from the beginning.
    if (this.#phase === 'syncing') this.#phase = 'joining';
    if (this.#failureCount > 0) this.#retryLater();
    else {
      this.#failureCount = 1;
      this.#find();
    }
  }

  #maybeJoin(): void {
    if (!this.#wantsJoin || this.#phase !== 'stable' || this.#revoking !== undefined) return;
    const isEager = this.#config.protocol === 'eager';
    const gone = this.#owned.filter(({ topic }) => isEager || !this.#topics.includes(topic));
    if (gone.length > 0) {
      this.#revoke(gone);
      return;
    }
    this.#joinAgain();
  }

  #revoke(partitions: readonly TopicPartitionName[]): void {
    this.#revoking = partitions;
    this.#revocation += 1;
    this.#effects.push({ kind: 'revoke', revocation: this.#revocation, partitions });
  }

  #lose(): void {
    const partitions = this.#owned;
    this.#owned = [];
    this.#ownedSince = NONE;
    this.#revoking = undefined;
    if (partitions.length > 0) this.#effects.push({ kind: 'lost', partitions });
  }

  #giveUpAll(): void {
    if (this.#owned.length > 0) {
      this.#revoke(this.#owned);
      return;
    }
    this.#tellLeaving();
    this.#become('closed');
    this.#effects.push({ kind: 'left' });
  }

  #tellLeaving(): void {
    if (this.#memberId === '' || this.#config.instanceId !== undefined) return;
    const { coordinator, memberId } = { coordinator: this.#coordinator, memberId: this.#memberId };
    this.#effects.push({ kind: 'leave', coordinator, memberId });
  }

  #fail(code: ErrorCode): void {
    this.#lose();
    this.#become('closed');
    this.#effects.push({ kind: 'failed', code });
  }

  #forgetIdentity(): void {
    this.#memberId = '';
    this.#generation = NONE;
  }

  /** What the phase waits for is asked again, of the coordinator there is now. */
  #resume(): void {
    if (this.#phase === 'joining' || this.#phase === 'syncing') this.#ask();
    else if (this.#hasSession) this.#beatNow();
  }

  #ask(): void {
    const { coordinator, identity } = { coordinator: this.#coordinator, identity: this.identity };
    this.#request += 1;
    if (coordinator === undefined) {
      this.#find();
      return;
    }
    const request = this.#request;
    if (this.#phase === 'joining') {
      this.#wantsJoin = false;
      const { memberId } = identity;
      const about = { topics: this.#topics, owned: this.#owned, ownedSince: this.#ownedSince };
      this.#effects.push({ kind: 'join', request, coordinator, memberId, ...about });
    } else {
      const about = { protocol: this.#protocol, assignments: this.#assignments };
      this.#effects.push({ kind: 'sync', request, coordinator, ...identity, ...about });
    }
    // It may wait for long, and so at a broker that is gone without a word.
    this.#setTimer('watch');
  }

  #find(): void {
    if (this.#phase === 'joining' || this.#phase === 'syncing') this.#setTimer('watch');
    if (this.#isFinding || this.#isDone) return;
    this.#isFinding = true;
    this.#effects.push({ kind: 'findCoordinator' });
  }

  #beatNow(): void {
    if (this.#coordinator === undefined) {
      this.#find();
      return;
    }
    this.#beat += 1;
    const { coordinator, identity } = { coordinator: this.#coordinator, identity: this.identity };
    const about = { request: this.#beat, waitMs: this.#config.heartbeatWaitMs };
    this.#effects.push({ kind: 'heartbeat', coordinator, ...about, ...identity });
  }

  /** Who came too late for this generation may be waiting for the next already. */
  #beatOn(): void {
    if (this.#config.heartbeatWaitMs > 0) this.#beatNow();
    else this.#setTimer('heartbeat');
  }

  #retryLater(): void {
    this.#failureCount += 1;
    this.#effects.push({ kind: 'retryLater', failureCount: this.#failureCount });
  }

  #setTimer(key: MemberTimer): void {
    this.#effects.push({ kind: 'setTimer', key, delayMs: this.#config.heartbeatIntervalMs });
  }

  #become(phase: MemberPhase): void {
    this.#phase = phase;
    if (!this.#hasSession) this.#effects.push({ kind: 'cancelTimer', key: 'heartbeat' });
    if (phase !== 'joining' && phase !== 'syncing') {
      this.#effects.push({ kind: 'cancelTimer', key: 'watch' });
    }
  }

  #take(): readonly MemberEffect[] {
    const effects = this.#effects;
    this.#effects = [];
    return effects;
  }
}
