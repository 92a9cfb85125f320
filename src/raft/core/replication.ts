import { must } from '../../base/assert.ts';
import type { LogIndex, NodeId, Term } from '../../base/ids.ts';
import { maybeLeave } from './membership.ts';
import type { Append, AppendReply } from './messages.ts';
import type { Peer } from './progress.ts';
import { majorityIndex, majorityOf } from './quorum.ts';
import { appendOwn, becomeFollower } from './roles.ts';
import { needsUpdate, startSnapshot, tickSnapshot } from './snapshot-transfer.ts';
import type { CoreState, Leading } from './state.ts';
import { header, isVoter, send, termOf } from './state.ts';

/** One tick of a leader: heartbeats, check-quorum, forgotten observers, stalled snapshots. */
export function tickLeader(state: CoreState, leading: Leading): void {
  for (const peer of leading.peers.values()) {
    peer.silentTicks += 1;
    peer.catchUp.tick(state.config.electionTicks);
    tickSnapshot(state, peer);
    const isForgotten =
      peer.voter === undefined && peer.silentTicks >= state.config.observerTimeoutTicks;
    if (isForgotten) leading.peers.delete(peer.id);
  }
  const hasLeft = leading.isLeaving && leading.transfer === undefined;
  if (hasLeft || !hearsMajority(state, leading)) {
    becomeFollower(state, termOf(state), undefined);
    return;
  }
  leading.heartbeatTicksLeft -= 1;
  if (leading.heartbeatTicksLeft <= 0) scheduleHeartbeats(state, leading);
}

/**
 * Check-quorum: without it a leader that sends but no longer hears keeps its followers from
 * granting the pre-votes of a successor. A voter counts itself, so a single one never resigns.
 */
function hearsMajority(state: CoreState, leading: Leading): boolean {
  let heard = isVoter(state) ? 1 : 0;
  for (const peer of leading.peers.values()) {
    if (peer.counts && peer.silentTicks < state.config.electionTicks) heard += 1;
  }
  return heard >= majorityOf(state.log.voterSets.current.length);
}

function scheduleHeartbeats(state: CoreState, leading: Leading): void {
  leading.heartbeatTicksLeft = state.config.heartbeatTicks;
  if (leading.transfer !== undefined) leading.transfer.sent = false;
  for (const peer of leading.peers.values()) {
    peer.heartbeatDue = true;
    // A probe or its answer may be lost: each heartbeat repeats it.
    if (peer.state.kind === 'probe') peer.state.paused = false;
  }
}

/**
 * Sends each peer all that it may get now. Called once an output, so that the proposals of one
 * turn travel in one message. May go out while the own disk still writes (thesis §10.2.1).
 */
export function sendAppends(state: CoreState, leading: Leading): void {
  for (const peer of leading.peers.values()) {
    while (peer.hasRoom(state.config.maxInflight) && hasNews(state, peer)) {
      sendEntries(state, peer);
    }
    const isBehind = peer.state.kind === 'replicate' && peer.sentCommitIndex < state.commitIndex;
    if (peer.heartbeatDue || isBehind) sendEmpty(state, peer);
  }
}

const hasNews = (state: CoreState, peer: Peer): boolean =>
  peer.state.kind === 'probe' ||
  (peer.nextIndex <= state.log.lastIndex && !isHeldBack(state, peer));

const isHeldBack = ({ log }: CoreState, peer: Peer): boolean =>
  !peer.knowsSets && log.isSet(peer.nextIndex);

/** One append from nextIndex on, or the begin of a snapshot where that entry is cut away. */
function sendEntries(state: CoreState, peer: Peer): void {
  const { log, config } = state;
  const prevIndex = peer.nextIndex - 1;
  const prevTerm = log.termAt(prevIndex);
  if (prevTerm === undefined) {
    startSnapshot(state, peer);
    return;
  }
  const held = log.slice(peer.nextIndex, log.lastIndex, config.maxAppendBytes);
  const firstSet = peer.knowsSets ? -1 : held.findIndex(({ voters }) => voters !== undefined);
  const entries = firstSet < 0 ? held : held.slice(0, firstSet);
  sendAppend(state, peer, { prevIndex, prevTerm, entries });
  const lastIndex = prevIndex + entries.length;
  if (peer.state.kind === 'probe') {
    peer.state.paused = true;
  } else if (peer.state.kind === 'replicate') {
    peer.state.inflight.push(lastIndex);
    peer.nextIndex = lastIndex + 1;
  }
}

/**
 * A heartbeat. Its anchor is the last entry sent, so that a lost append shows as a refusal; where
 * that one is cut away meanwhile, the base serves as well. While a snapshot is under way it
 * anchors at 0, which matches any log.
 */
function sendEmpty(state: CoreState, peer: Peer): void {
  const { log } = state;
  const isLoading = peer.state.kind === 'snapshot';
  const prevIndex = isLoading ? 0 : Math.max(peer.nextIndex - 1, log.baseIndex);
  const prevTerm = isLoading ? 0 : must(log.termAt(prevIndex), `the term of ${prevIndex} is known`);
  sendAppend(state, peer, { prevIndex, prevTerm, entries: [] });
}

function sendAppend(
  state: CoreState,
  peer: Peer,
  body: Pick<Append, 'prevIndex' | 'prevTerm' | 'entries'>,
): void {
  const { commitIndex, outbox } = state;
  const isOld = needsUpdate(state, peer);
  if (isOld && !peer.isToldToUpdate) outbox.outdated.push(peer.id);
  peer.isToldToUpdate = isOld;
  const says = isOld ? { needsUpdate: true } : {};
  send(state, peer.id, { kind: 'append', ...header(state), ...body, commitIndex, ...says });
  peer.heartbeatDue = false;
  peer.sentCommitIndex = commitIndex;
}

export function onAppendReply(state: CoreState, leading: Leading, message: AppendReply): void {
  const peer = leading.peers.get(message.from);
  if (peer === undefined || message.matchIndex > state.log.lastIndex) return;
  if (!message.success) {
    onRefused(state, peer, message);
    return;
  }
  peer.onMatch(message.matchIndex, message.matchIndex >= state.log.baseIndex);
  peer.catchUp.onMatch(peer.matchIndex, state.log.lastIndex, state.config.electionTicks);
  maybeCommit(state, leading);
}

/**
 * Backs up to where the logs may match. The refusal may be a late one, or the peer may have lost
 * its disk: both are met by going back, at the price of an append that the peer holds already.
 */
function onRefused(state: CoreState, peer: Peer, message: AppendReply): void {
  if (peer.state.kind === 'snapshot') return;
  const { log } = state;
  const newest = log.newestAtMost(message.hintIndex, message.hintTerm);
  // At the base and below nothing is left to compare: stepping below it leads to a snapshot.
  const matchable = newest.term <= message.hintTerm ? newest.index : newest.index - 1;
  peer.becomeProbe(Math.min(matchable, message.hintIndex) + 1);
}

/**
 * Commits what a majority of the set in force holds durably, this node counted only as far as its
 * own disk, and only while it is of the set. Counting replicas commits entries of the own term
 * only; older ones follow with them (§5.4.2, figure 8).
 */
export function maybeCommit(state: CoreState, leading: Leading): void {
  const { log, commitIndex } = state;
  const indexes = log.voterSets.current.map(({ id }) => countedIndex(state, leading, id));
  const majority = majorityIndex(indexes);
  if (majority <= commitIndex || log.termAt(majority) !== termOf(state)) return;
  leading.uncommittedBytes -= log.payloadBytes(commitIndex + 1, majority);
  state.commitIndex = majority;
  maybeLeave(state, leading);
}

function countedIndex(state: CoreState, leading: Leading, voterId: NodeId): LogIndex {
  if (voterId === state.config.id) return isVoter(state) ? state.persists.persistedIndex : 0;
  const peer = must(leading.peers.get(voterId), `voter ${voterId} is a peer`);
  return peer.counts ? peer.matchIndex : 0;
}

/** Refuses while leadership is handed over, or while too much waits for its commit. */
export function propose(
  state: CoreState,
  payload: Uint8Array,
): { index: number; term: Term } | undefined {
  const { role } = state;
  if (role.kind !== 'leader' || role.transfer !== undefined) return undefined;
  const isFull = role.uncommittedBytes + payload.length > state.config.maxUncommittedBytes;
  // A payload beyond the limit is still taken alone, else it could never be.
  if (isFull && role.uncommittedBytes > 0) return undefined;
  role.uncommittedBytes += payload.length;
  return { index: appendOwn(state, { kind: 'data', payload }), term: termOf(state) };
}

/** The connection to a peer closed: what was on its way may be lost. */
export function onPeerUnreachable(leading: Leading, nodeId: NodeId): void {
  const peer = leading.peers.get(nodeId);
  if (peer === undefined) return;
  // Another release may answer next.
  peer.knowsSets = false;
  if (peer.state.kind === 'replicate') peer.becomeProbe(peer.matchIndex + 1);
}
