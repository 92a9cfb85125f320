import { assert } from '../../base/assert.ts';
import type { LogIndex, NodeId, Term } from '../../base/ids.ts';
import type { Entry } from './entry.ts';
import { Peer } from './progress.ts';
import type { CoreState, Leading } from './state.ts';
import { mayLead, otherVoters, randomElectionTicks, termOf } from './state.ts';

const NO_BYTES = new Uint8Array(0);

export function resetElectionTimer(state: CoreState): void {
  state.electionTicksLeft = randomElectionTicks(state.config);
}

/**
 * Follows `leaderId` in `term`, or nobody yet. A higher term forgets the vote of the lower one.
 * A node that followed already keeps its election timer: a mere rumour of a newer term must not
 * delay the election that the cluster may need.
 */
export function becomeFollower(state: CoreState, term: Term, leaderId: NodeId | undefined): void {
  assert(term >= termOf(state), `the term never goes down (to ${term})`);
  const followed = state.role.kind === 'follower' || state.role.kind === 'observer';
  if (term > termOf(state)) {
    state.hardState = { term, votedFor: undefined };
    state.receiving = undefined;
  }
  state.role = { kind: mayLead(state) ? 'follower' : 'observer' };
  state.leaderId = leaderId;
  if (!followed) resetElectionTimer(state);
}

/** Asks for votes in the next term without entering it: a node that cannot win disturbs nobody. */
export function becomePreCandidate(state: CoreState): void {
  assert(
    mayLead(state) && state.role.kind !== 'leader',
    'only a voter that does not lead campaigns',
  );
  state.role = { kind: 'preCandidate', votes: new Map([[state.config.id, true]]) };
  state.leaderId = undefined;
  resetElectionTimer(state);
}

/** Enters the next term with a vote for itself, which counts once it is on disk. */
export function becomeCandidate(state: CoreState): void {
  assert(
    mayLead(state) && state.role.kind !== 'leader',
    'only a voter that does not lead campaigns',
  );
  state.hardState = { term: termOf(state) + 1, votedFor: state.config.id };
  state.role = { kind: 'candidate', votes: new Map() };
  state.leaderId = undefined;
  state.receiving = undefined;
  resetElectionTimer(state);
}

/**
 * Leads the current term and opens it with a leader-change entry: entries of earlier terms are
 * committed only through it (§5.4.2), also when no proposal comes.
 */
export function becomeLeader(state: CoreState): void {
  assert(state.role.kind === 'candidate', 'only a candidate becomes leader');
  const { log, commitIndex } = state;
  const termStartIndex = log.lastIndex + 1;
  const leading: Leading = {
    kind: 'leader',
    peers: new Map(),
    termStartIndex,
    readyAnnounced: false,
    heartbeatTicksLeft: state.config.heartbeatTicks,
    uncommittedBytes: log.payloadBytes(commitIndex + 1, log.lastIndex),
    transfer: undefined,
    isLeaving: false,
  };
  for (const voter of otherVoters(state)) {
    leading.peers.set(voter.id, new Peer(voter.id, voter, termStartIndex));
  }
  state.role = leading;
  state.leaderId = state.config.id;
  state.needsUpdate = false;
  appendOwn(state, { kind: 'leaderChange', payload: NO_BYTES });
}

/** Adds an entry of the leader's own term. Returns its index; not durable on return. */
export function appendOwn(state: CoreState, entry: Omit<Entry, 'index' | 'term'>): LogIndex {
  const index = state.log.lastIndex + 1;
  state.log.append([{ index, term: termOf(state), ...entry }]);
  return index;
}

/** Notes a sign of life of the leader of this term; there is never another one. */
export function onLeaderContact(state: CoreState, leaderId: NodeId): void {
  const { role } = state;
  assert(role.kind !== 'leader', `node ${leaderId} leads no term that this node leads`);
  assert(
    state.leaderId === undefined || state.leaderId === leaderId,
    `term ${termOf(state)} has one leader, not both ${state.leaderId} and ${leaderId}`,
  );
  if (role.kind === 'candidate' || role.kind === 'preCandidate') {
    becomeFollower(state, termOf(state), leaderId);
  }
  state.leaderId = leaderId;
  state.leaderSilentTicks = 0;
  resetElectionTimer(state);
}
