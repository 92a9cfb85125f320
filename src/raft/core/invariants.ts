import { assert } from '../../base/assert.ts';
import type { LogIndex } from '../../base/ids.ts';
import type { HardState } from './entry.ts';
import type { Peer } from './progress.ts';
import type { CoreState, Leading } from './state.ts';
import { isVoter, mayLead, termOf } from './state.ts';

interface Invariant {
  readonly claim: string;
  readonly holds: (state: CoreState) => boolean;
}

/** What is true of a node between any two steps. */
export const INVARIANTS: readonly Invariant[] = [
  {
    claim: 'what was applied is committed, and what is committed is in the log',
    holds: (state) =>
      state.appliedIndex <= state.commitIndex && state.commitIndex <= state.log.lastIndex,
  },
  {
    claim: 'what was applied is durable on this node',
    holds: (state) => state.appliedIndex <= state.persists.persistedIndex,
  },
  {
    claim: 'what is durable is in the log',
    holds: (state) => state.persists.persistedIndex <= state.log.lastIndex,
  },
  {
    claim: 'what is cut off the log is in the snapshot, and the snapshot is committed',
    holds: (state) =>
      state.log.baseIndex <= state.log.snapshot.index &&
      state.log.snapshot.index <= state.commitIndex,
  },
  {
    claim: 'no entry is of a newer term than the node',
    holds: (state) => state.log.lastTerm <= termOf(state),
  },
  {
    claim:
      'who may not lead observes, and a leader that is left out has not committed it, or leaves',
    holds: (state) => {
      const { role, log, commitIndex } = state;
      if (role.kind !== 'leader') return mayLead(state) === (role.kind !== 'observer');
      return isVoter(state) || role.isLeaving || log.voterSets.changedAt > commitIndex;
    },
  },
  {
    claim:
      'a leader has at most one voter set that is not committed, and only behind its term start',
    holds: ({ role, log, commitIndex }) =>
      role.kind !== 'leader' ||
      log.voterSets.changedAt <= role.termStartIndex ||
      (commitIndex >= role.termStartIndex && log.voterSets.changeCountBehind(commitIndex) <= 1),
  },
  {
    claim: 'every other voter is a peer of the leader, as the set in force names it',
    holds: ({ role, log, config }) =>
      role.kind !== 'leader' ||
      log.voterSets.current.every(
        (voter) => voter.id === config.id || role.peers.get(voter.id)?.voter === voter,
      ),
  },
  {
    claim: 'a node that campaigns or leads has no snapshot left to install',
    holds: (state) =>
      state.installing === undefined ||
      state.role.kind === 'follower' ||
      state.role.kind === 'observer',
  },
  {
    claim: 'a candidate has voted for itself',
    holds: (state) =>
      state.role.kind !== 'candidate' || state.hardState.votedFor === state.config.id,
  },
  {
    claim: 'a leader has its term and its own vote on disk, and names itself leader',
    holds: (state) => state.role.kind !== 'leader' || hasDurableMandate(state),
  },
  {
    claim: 'a leader keeps the first entry of its term, and counts no bytes below zero',
    holds: ({ role, log }) =>
      role.kind !== 'leader' ||
      (role.termStartIndex <= log.lastIndex && role.uncommittedBytes >= 0),
  },
  {
    claim: 'for every peer: matchIndex < nextIndex <= lastIndex + 1, and few appends on their way',
    holds: (state) => state.role.kind !== 'leader' || hasSoundPeers(state, state.role),
  },
];

const hasDurableMandate = (state: CoreState): boolean =>
  state.leaderId === state.config.id &&
  state.persists.persistedHardState.term === termOf(state) &&
  state.persists.persistedHardState.votedFor === state.config.id;

function hasSoundPeers(state: CoreState, leading: Leading): boolean {
  const isSound = (peer: Peer): boolean =>
    peer.id !== state.config.id &&
    peer.matchIndex < peer.nextIndex &&
    peer.nextIndex <= state.log.lastIndex + 1 &&
    (peer.state.kind !== 'replicate' || peer.state.inflight.length <= state.config.maxInflight);
  for (const peer of leading.peers.values()) if (!isSound(peer)) return false;
  return true;
}

/** Checks the claims about one moment, and those about two moments: what never goes back. */
export class InvariantChecker {
  private hardState: HardState;
  private commitIndex: LogIndex;
  private appliedIndex: LogIndex;

  constructor(state: CoreState) {
    this.hardState = state.hardState;
    this.commitIndex = state.commitIndex;
    this.appliedIndex = state.appliedIndex;
  }

  /** Throws an `InvariantViolation` that names the broken claim. */
  check(state: CoreState): void {
    for (const invariant of INVARIANTS) assert(invariant.holds(state), invariant.claim);
    const { term, votedFor } = this.hardState;
    assert(termOf(state) >= term, 'the term never goes down');
    assert(
      termOf(state) > term || votedFor === undefined || state.hardState.votedFor === votedFor,
      'a vote is never changed within a term',
    );
    assert(state.commitIndex >= this.commitIndex, 'the commit index never goes down');
    assert(state.appliedIndex >= this.appliedIndex, 'no entry is applied twice');
    assert(
      state.role.kind !== 'leader' ||
        state.commitIndex === this.commitIndex ||
        state.log.termAt(state.commitIndex) === termOf(state),
      'a leader commits by counting only what is of its own term',
    );
    this.hardState = state.hardState;
    this.commitIndex = state.commitIndex;
    this.appliedIndex = state.appliedIndex;
  }
}
