import { needsUpdate } from './snapshot-transfer.ts';
import type { CoreState } from './state.ts';
import { isVoter, roleName } from './state.ts';
import type { RaftStatus } from './types.ts';

/** A copy of what matters to operators, metrics and tests. */
export function statusOf(state: CoreState): RaftStatus {
  const { config, hardState, log, role } = state;
  const leading = role.kind === 'leader' ? role : undefined;
  return {
    id: config.id,
    role: roleName(state),
    term: hardState.term,
    votedFor: hardState.votedFor,
    leaderId: state.leaderId,
    firstIndex: log.firstIndex,
    lastIndex: log.lastIndex,
    lastTerm: log.lastTerm,
    snapshotIndex: log.snapshot.index,
    persistedIndex: state.persists.persistedIndex,
    commitIndex: state.commitIndex,
    appliedIndex: state.appliedIndex,
    uncommittedBytes: leading?.uncommittedBytes ?? 0,
    transferTo: leading?.transfer?.to,
    voters: log.voterSets.current,
    votersIndex: log.voterSets.changedAt,
    isVoter: isVoter(state),
    needsUpdate: state.needsUpdate,
    peers: [...(leading?.peers.values() ?? [])].map((peer) => ({
      id: peer.id,
      voter: peer.voter !== undefined,
      counts: peer.counts,
      ballot: peer.ballot,
      state: peer.state.kind,
      matchIndex: peer.matchIndex,
      nextIndex: peer.nextIndex,
      silentTicks: peer.silentTicks,
      needsUpdate: needsUpdate(state, peer),
    })),
  };
}
