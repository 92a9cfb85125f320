import type { LeaderHint, Observe } from './messages.ts';
import { Peer } from './progress.ts';
import type { CoreState } from './state.ts';
import { hasLiveLeader, header, otherVoters, send, sendDurably } from './state.ts';

/** An observer that hears no leader asks one voter after the other, or the one it was told. */
export function tickObserver(state: CoreState): void {
  const { observing, config } = state;
  if (state.mayVote || hasLiveLeader(state)) return;
  observing.ticksLeft -= 1;
  const voters = otherVoters(state);
  const nextVoter = voters[observing.turn % Math.max(1, voters.length)];
  const hinted = observing.hintedId;
  if ((observing.ticksLeft > 0 && hinted === undefined) || nextVoter === undefined) return;
  observing.ticksLeft = config.heartbeatTicks;
  observing.hintedId = undefined;
  if (hinted === undefined) observing.turn += 1;
  const { lastIndex, lastTerm } = state.log;
  // The leader starts to send from here, so the disk has to hold it.
  sendDurably(state, hinted ?? nextVoter, {
    kind: 'observe',
    ...header(state),
    lastIndex,
    lastTerm,
  });
}

/** A leader begins or goes on to replicate to the sender; any other node tells whom to ask. */
export function onObserve(state: CoreState, message: Observe): void {
  const { role, log, config } = state;
  if (role.kind !== 'leader') {
    const { leaderId } = state;
    send(state, message.from, { kind: 'leaderHint', ...header(state), leaderId });
    return;
  }
  const match = log.newestAtMost(message.lastIndex, message.lastTerm).index;
  const nextIndex = Math.min(match, message.lastIndex) + 1;
  const known = role.peers.get(message.from);
  const peer = known ?? new Peer(message.from, config.voters.includes(message.from), nextIndex);
  peer.silentTicks = 0;
  peer.heartbeatDue = true;
  // It has less than it once confirmed: its disk was lost.
  if (message.lastIndex < peer.matchIndex) peer.becomeProbe(nextIndex);
  role.peers.set(peer.id, peer);
}

/** Kept for the next tick: two voters with old hints would else bounce an observer endlessly. */
export function onLeaderHint(state: CoreState, message: LeaderHint): void {
  const { leaderId } = message;
  const isVoter = leaderId !== undefined && state.config.voters.includes(leaderId);
  if (isVoter && leaderId !== state.config.id) state.observing.hintedId = leaderId;
}
