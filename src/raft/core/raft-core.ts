import { assertNever } from '../../base/assert.ts';
import type { LogIndex, NodeId, Term } from '../../base/ids.ts';
import { onAppend, refuseStaleLeader } from './append.ts';
import {
  answerVote,
  onHardStatePersisted,
  onLeaderUnreachable,
  onPreVote,
  onPreVoteReply,
  onTimeoutNow,
  onVote,
  onVoteReply,
  onVoterUnreachable,
  tickElection,
} from './election.ts';
import type { SnapshotId } from './entry.ts';
import { InvariantChecker } from './invariants.ts';
import type { VoterChange, VoterOutcome } from './membership.ts';
import { changeVoters } from './membership.ts';
import type { RaftMessage } from './messages.ts';
import { isWellFormed } from './messages.ts';
import { onLeaderHint, onObserve, onStranger, tickObserver } from './observers.ts';
import { takeOutput } from './output.ts';
import {
  maybeCommit,
  onAppendReply,
  onPeerUnreachable,
  propose,
  tickLeader,
} from './replication.ts';
import { becomeFollower } from './roles.ts';
import {
  onInstallSnapshot,
  onInstallSnapshotReply,
  onSnapshotChunk,
  onSnapshotMissing,
} from './snapshot-transfer.ts';
import type { CoreState } from './state.ts';
import { restoreState, termOf } from './state.ts';
import { statusOf } from './status.ts';
import { startTransfer, tickTransfer } from './transfer.ts';
import type { RaftConfig, RaftInput, RaftOutput, RaftStatus, RestoredState } from './types.ts';
import type { Ballot, Voter } from './voters.ts';

/**
 * The Raft state machine of one node: events in by `step`, effects out by `takeOutput`, nothing
 * else. It reads no clock and does no I/O; what it hands out and takes in, payloads and snapshot
 * data, is shared and must not be changed by anybody. Throws only `InvariantViolation`: the node
 * must then stop. Source: "In Search of an Understandable Consensus Algorithm" (extended version)
 * and Ongaro's thesis; pre-vote §9.6, check-quorum §6.2, leadership transfer §3.10 of the thesis.
 */
export class RaftCore {
  private readonly state: CoreState;
  private readonly invariants: InvariantChecker;

  /** Starts as a follower or observer, whatever the node was before it stopped. */
  constructor(config: RaftConfig, restored: RestoredState) {
    this.state = restoreState(config, restored);
    this.invariants = new InvariantChecker(this.state);
  }

  /** Takes one event. Harmless for lost, repeated, late and reordered messages. */
  step(input: RaftInput): void {
    this.dispatch(input);
    this.invariants.check(this.state);
  }

  /**
   * Appends to the log of the leader. Returns where; not durable and not committed on return, and
   * lost if another term's entry is applied at that index. Undefined (and nothing changed) where
   * this node does not lead, hands leadership over, or has `maxUncommittedBytes` waiting.
   * The payload is owned by the core from here on.
   */
  propose(payload: Uint8Array): { index: LogIndex; term: Term } | undefined {
    const proposed = propose(this.state, payload);
    this.invariants.check(this.state);
    return proposed;
  }

  /**
   * Makes an observer a voter, or a voter an observer. The new set is in force on return, neither
   * durable nor committed, and taken back if another term's entry is applied at its index. Refused
   * (and nothing changed) unless this node leads, has committed in its term, and no change is under
   * way; an observer must keep up with the log, and a majority of the new set be heard.
   */
  changeVoters(change: VoterChange): VoterOutcome {
    const outcome = changeVoters(this.state, change);
    this.invariants.check(this.state);
    return outcome;
  }

  /** The voter of that number in the set in force, if it names one. */
  voter(nodeId: NodeId): Voter | undefined {
    return this.state.log.voterSets.voter(nodeId);
  }

  /** Where a node that is, or could become, a voter says that it is; known to the leader only. */
  announcedAddress(nodeId: NodeId): string | undefined {
    const { role, config, ballot: own } = this.state;
    if (role.kind !== 'leader') return undefined;
    const ballot = nodeId === config.id ? own : role.peers.get(nodeId)?.ballot;
    return ballot?.canVote === true && ballot.address !== '' ? ballot.address : undefined;
  }

  /**
   * The voter set that a snapshot through `index` has to hold, empty where none was written by
   * then; undefined where a later snapshot has come between.
   */
  votersAt(index: LogIndex): readonly Voter[] | undefined {
    const found = this.state.log.voterSets.at(index);
    return found === 'none' ? [] : found;
  }

  /** All effects due since the last call; the shell performs them in the order of `RaftOutput`. */
  takeOutput(): RaftOutput {
    const output = takeOutput(this.state);
    this.invariants.check(this.state);
    return output;
  }

  status(): RaftStatus {
    return statusOf(this.state);
  }

  private dispatch(input: RaftInput): void {
    const { state } = this;
    const { role } = state;
    switch (input.kind) {
      case 'tick':
        tick(state);
        return;
      case 'message':
        onMessage(state, input);
        return;
      case 'persisted':
        onPersisted(state, input.seq);
        return;
      case 'peerUnreachable':
        if (role.kind === 'leader') onPeerUnreachable(role, input.nodeId);
        else if (state.leaderId === input.nodeId) onLeaderUnreachable(state, input.nodeId);
        else onVoterUnreachable(state, input.nodeId);
        return;
      case 'snapshotTaken':
        onSnapshotTaken(state, input.snapshotId);
        return;
      case 'snapshotChunk':
        if (role.kind === 'leader') onSnapshotChunk(state, role, input);
        return;
      case 'snapshotMissing':
        if (role.kind === 'leader') onSnapshotMissing(state, role, input);
        return;
      case 'transferLeadership':
        if (role.kind === 'leader') startTransfer(state, role, input.to);
        return;
      default:
        assertNever(input, 'raft input');
    }
  }
}

function tick(state: CoreState): void {
  if (state.role.kind === 'leader') {
    tickTransfer(state.role);
    tickLeader(state, state.role);
    return;
  }
  state.leaderSilentTicks += 1;
  tickElection(state);
  tickObserver(state);
}

function onPersisted(state: CoreState, seq: number): void {
  const installed = state.persists.complete(seq);
  if (installed !== undefined && installed === state.installing?.snapshot) {
    state.installing.durable = true;
  }
  onHardStatePersisted(state);
  if (state.role.kind === 'leader') maybeCommit(state, state.role);
}

/** Snapshots older than the log's own are late news. */
function onSnapshotTaken(state: CoreState, snapshotId: SnapshotId): void {
  const { log, config, outbox } = state;
  if (snapshotId.index <= log.snapshot.index) return;
  log.compact(snapshotId, config.trailingEntries);
  outbox.compactThrough = log.baseIndex;
}

type Incoming = Omit<Extract<RaftInput, { kind: 'message' }>, 'kind'>;

/** The rules for terms (§5.1), alike for every role; then the rule for the kind. */
function onMessage(state: CoreState, { message, ...by }: Incoming): void {
  if (message.from === state.config.id || !isWellFormed(message)) return;
  const { ballot } = by;
  if (isOutdated(state, message, ballot)) {
    if (message.kind === 'preVote') onStranger(state, message.from, ballot);
    return;
  }
  const isNewer = message.term > termOf(state);
  if (message.kind === 'preVote') {
    onPreVote(state, message, by);
    onStranger(state, message.from, ballot);
  } else if (message.kind === 'preVoteReply' && (message.granted || !isNewer)) {
    // A granted pre-vote repeats the term asked for, which nobody has entered yet.
    onPreVoteReply(state, message, by);
  } else if (message.term < termOf(state)) {
    onStale(state, message, by);
  } else {
    if (isNewer) becomeFollower(state, message.term, undefined);
    onCurrent(state, { message, ...by });
  }
}

/**
 * A version that knows of no sets in the log campaigns, votes and counts by its configuration.
 * Where a set is recorded its voice counts for nothing: whoever it could win a majority with has
 * met a majority that holds that set. The log goes to it, up to the first set: what ends such a
 * version, with the reason, stands before that.
 */
function isOutdated(state: CoreState, { kind }: RaftMessage, ballot: Ballot): boolean {
  if (ballot.directoryId !== '' || !state.log.voterSets.isRecorded) return false;
  const isOfElection = kind === 'preVote' || kind === 'vote';
  return isOfElection || kind === 'preVoteReply' || kind === 'voteReply';
}

/** Answers so that the sender learns of the newer term; what asks for nothing is dropped. */
function onStale(state: CoreState, message: RaftMessage, by: Omit<Incoming, 'message'>): void {
  switch (message.kind) {
    case 'append':
    case 'installSnapshot':
      refuseStaleLeader(state, message.from);
      return;
    case 'vote':
      answerVote(state, message, { by, granted: false });
      return;
    case 'observe':
      onObserve(state, message, by.ballot);
      return;
    default:
  }
}

function onCurrent(state: CoreState, { message, ...by }: Incoming): void {
  const { ballot } = by;
  const leading = state.role.kind === 'leader' ? state.role : undefined;
  const peer = leading?.peers.get(message.from);
  if (peer !== undefined) peer.silentTicks = 0;
  peer?.hear(ballot, state.log.voterSets.isRecorded);
  switch (message.kind) {
    case 'vote':
      onVote(state, message, by);
      return;
    case 'voteReply':
      onVoteReply(state, message, by);
      return;
    case 'append':
      onAppend(state, message);
      return;
    case 'appendReply':
      if (leading !== undefined) onAppendReply(state, leading, message);
      return;
    case 'installSnapshot':
      onInstallSnapshot(state, message);
      return;
    case 'installSnapshotReply':
      if (leading !== undefined) onInstallSnapshotReply(state, leading, message);
      return;
    case 'timeoutNow':
      onTimeoutNow(state, message);
      return;
    case 'observe':
      onObserve(state, message, ballot);
      return;
    case 'leaderHint':
      onLeaderHint(state, message);
      return;
    case 'preVote':
    case 'preVoteReply':
      return;
    default:
      assertNever(message, 'raft message');
  }
}
