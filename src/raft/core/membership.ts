import type { DirectoryId, LogIndex, NodeId, Term } from '../../base/ids.ts';
import { Peer } from './progress.ts';
import { majorityOf } from './quorum.ts';
import { appendOwn, resetElectionTimer } from './roles.ts';
import type { CoreState, Leading } from './state.ts';
import { isVoter, mayLead, termOf } from './state.ts';
import { startTransfer } from './transfer.ts';
import type { Ballot, Voter } from './voters.ts';
import { isOf } from './voters.ts';

/**
 * One voter comes or goes: sets that differ by one share a node in any two majorities. To add one
 * that is of the set writes down where it is now, should that have changed.
 */
export interface VoterChange {
  readonly kind: 'add' | 'remove';
  readonly nodeId: NodeId;
  /** Of a removal: only the voter with this directory is meant; undefined: any of that number. */
  readonly directoryId?: DirectoryId | undefined;
}

/**
 * Why a voter set is not changed. Of these pass by themselves: `newTerm`, `underWay`, `handsOver`
 * and `behind`.
 */
export type VoterRefusal =
  | { readonly why: 'notLeader' | 'handsOver' | 'newTerm' | 'underWay' }
  | { readonly why: 'noVoter' | 'lastVoter' }
  | { readonly why: 'voterAlready' | 'notHeard' | 'noVote' | 'lostVote' }
  | { readonly why: 'otherDirectory'; readonly directoryId: DirectoryId }
  /** `directoryId` is the voter's; empty: it is not known. */
  | { readonly why: 'notThatDirectory'; readonly directoryId: DirectoryId }
  | { readonly why: 'behind'; readonly missingCount: number }
  | { readonly why: 'tooOld'; readonly nodeId: NodeId }
  | { readonly why: 'noMajority'; readonly heardCount: number; readonly voterCount: number };

export type VoterOutcome =
  | { readonly index: LogIndex; readonly term: Term }
  | { readonly refused: VoterRefusal };

/**
 * Appends a new voter set, which is in force at once. What stands before it: an entry of the own
 * term is committed, so that no change of an earlier leader can still come back (the hole that was
 * found in 2015: two leaders' changes, each alone right, with majorities that share nobody), and
 * no other change is uncommitted.
 */
export function changeVoters(state: CoreState, change: VoterChange): VoterOutcome {
  const { role, log, commitIndex } = state;
  if (role.kind !== 'leader') return refused({ why: 'notLeader' });
  if (role.transfer !== undefined || role.isLeaving) return refused({ why: 'handsOver' });
  if (commitIndex < role.termStartIndex) return refused({ why: 'newTerm' });
  if (log.voterSets.changedAt > commitIndex) return refused({ why: 'underWay' });
  const refusal = change.kind === 'add' ? addRefusal : removeRefusal;
  const why = refusal(state, role, change) ?? ageRefusal(state, role, change);
  if (why !== undefined) return refused(why);
  const voters = changedSet(state, role, change);
  const stall = stallRefusal(state, role, voters);
  if (stall !== undefined) return refused(stall);
  const index = appendOwn(state, { kind: 'voters', payload: NO_BYTES, voters });
  adoptVoters(state);
  return { index, term: termOf(state) };
}

const NO_BYTES = new Uint8Array(0);

const refused = (why: VoterRefusal): VoterOutcome => ({ refused: why });

function addRefusal(
  state: CoreState,
  leading: Leading,
  { nodeId: id }: VoterChange,
): VoterRefusal | undefined {
  const peer = leading.peers.get(id);
  const named = state.log.voterSets.voter(id);
  const ballot = ballotOf(state, leading, id);
  if (named !== undefined) {
    if (ballot === undefined) return { why: 'voterAlready' };
    if (isOf(named, ballot))
      return isElsewhere(named, ballot) ? undefined : { why: 'voterAlready' };
    if (named.directoryId === ballot.directoryId) return { why: 'lostVote' };
    return { why: 'otherDirectory', directoryId: named.directoryId };
  }
  if (peer?.ballot === undefined || !isHeard(state, peer)) return { why: 'notHeard' };
  if (peer.ballot.directoryId === '') return { why: 'tooOld', nodeId: id };
  if (!peer.ballot.canVote || peer.ballot.address === '') return { why: 'noVote' };
  if (!peer.catchUp.isDone) {
    return { why: 'behind', missingCount: Math.max(0, state.log.lastIndex - peer.matchIndex) };
  }
  return undefined;
}

/** What a configuration says of its voters is changed there. */
const isElsewhere = ({ directoryId, address }: Voter, ballot: Ballot): boolean =>
  directoryId !== '' && ballot.address !== '' && ballot.address !== address;

function removeRefusal(
  state: CoreState,
  leading: Leading,
  { nodeId, directoryId: meant }: VoterChange,
): VoterRefusal | undefined {
  const { voterSets } = state.log;
  const voter = voterSets.voter(nodeId);
  if (voter === undefined) return { why: 'noVoter' };
  if (meant !== undefined) {
    const { directoryId } = withDirectory(voter, ballotOf(state, leading, nodeId));
    if (directoryId !== meant) return { why: 'notThatDirectory', directoryId };
  }
  return voterSets.current.length === 1 ? { why: 'lastVoter' } : undefined;
}

/**
 * A voter of an earlier release would go on by the set of its configuration. Who asks for changes
 * sees to it that the log has what ends such a release; one that has not read so far yet, or was
 * put back, is updated first. Who was not heard may be gone for good: should it come back as one,
 * its voice is not heeded (`isOutdated`), and a majority of the new set knows that.
 */
function ageRefusal(
  state: CoreState,
  leading: Leading,
  change: VoterChange,
): VoterRefusal | undefined {
  for (const { id, directoryId } of state.log.voterSets.current) {
    const peer = leading.peers.get(id);
    if (peer?.ballot?.directoryId !== '') continue;
    const mayBeGone = directoryId !== '' || (change.kind === 'remove' && change.nodeId === id);
    if (isHeard(state, peer) || !mayBeGone) return { why: 'tooOld', nodeId: id };
  }
  return undefined;
}

/**
 * A set without a live majority could commit nothing, its own entry included; and one without a
 * majority that may vote would never have a leader again.
 */
function stallRefusal(
  state: CoreState,
  leading: Leading,
  voters: readonly Voter[],
): VoterRefusal | undefined {
  const isUp = (voter: Voter): boolean => {
    if (voter.id === state.config.id) return true;
    const peer = leading.peers.get(voter.id);
    if (peer?.ballot === undefined || !isHeard(state, peer)) return false;
    return peer.ballot.canVote && isOf(voter, peer.ballot);
  };
  const heardCount = voters.filter(isUp).length;
  const voterCount = voters.length;
  return heardCount < majorityOf(voterCount)
    ? { why: 'noMajority', heardCount, voterCount }
    : undefined;
}

const isHeard = (state: CoreState, peer: Peer): boolean =>
  peer.ballot !== undefined && peer.silentTicks < state.config.electionTicks;

/**
 * The set in force with one voter more or less. Directories that are not known yet are written
 * down with it: from then on a node that comes back with another one is another voter. Never that
 * of a directory which took another one's place: it would be two changes in one.
 */
function changedSet(state: CoreState, leading: Leading, change: VoterChange): readonly Voter[] {
  const named = state.log.voterSets.current.map((voter) =>
    withDirectory(voter, ballotOf(state, leading, voter.id)),
  );
  if (change.kind === 'remove') return named.filter((voter) => voter.id !== change.nodeId);
  const { directoryId = '', address = '' } = ballotOf(state, leading, change.nodeId) ?? {};
  const added = { id: change.nodeId, directoryId, address };
  const isOld = named.some((voter) => voter.id === change.nodeId);
  return isOld
    ? named.map((voter) => (voter.id === change.nodeId ? added : voter))
    : [...named, added];
}

const ballotOf = (state: CoreState, leading: Leading, id: NodeId): Ballot | undefined =>
  id === state.config.id ? state.ballot : leading.peers.get(id)?.ballot;

const withDirectory = (voter: Voter, ballot: Ballot | undefined): Voter =>
  voter.directoryId === '' && ballot?.canVote === true && !ballot.onlyIfNamed
    ? { ...voter, directoryId: ballot.directoryId }
    : voter;

/**
 * Brings the role in line with the set in force, after every change of the log, and of what is
 * known as committed, that may have changed it. A leader that the set leaves out goes on leading:
 * see `maybeLeave`.
 */
export function adoptVoters(state: CoreState): void {
  const { role } = state;
  if (role.kind === 'leader') {
    adoptPeers(state, role);
  } else if (mayLead(state)) {
    if (role.kind !== 'observer') return;
    state.role = { kind: 'follower' };
    resetElectionTimer(state);
  } else {
    state.role = { kind: 'observer' };
  }
}

/** Whoever is voter no more is replicated to as an observer: it shall hear of its removal. */
function adoptPeers(state: CoreState, leading: Leading): void {
  const { peers } = leading;
  const known = new Map(peers);
  peers.clear();
  for (const voter of state.log.voterSets.current) {
    if (voter.id === state.config.id) continue;
    const peer = known.get(voter.id) ?? new Peer(voter.id, voter, state.log.lastIndex + 1);
    peer.voter = voter;
    known.delete(voter.id);
    peers.set(voter.id, peer);
  }
  for (const peer of known.values()) {
    peer.voter = undefined;
    peers.set(peer.id, peer);
  }
}

/**
 * A leader that has removed itself leads on, without counting itself, until the others have
 * committed that; then it hands over to the one with the longest log (thesis, §4.2.2).
 */
export function maybeLeave(state: CoreState, leading: Leading): void {
  const isOut = !isVoter(state) && state.log.voterSets.changedAt <= state.commitIndex;
  if (!isOut || leading.isLeaving) return;
  leading.isLeaving = true;
  startTransfer(state, leading, undefined);
}
