import type { NodeId } from '../../base/ids.ts';
import type { LeaderHint, Observe } from './messages.ts';
import { Peer } from './progress.ts';
import type { CoreState } from './state.ts';
import { hasLiveLeader, header, isVoter, send, sendDurably } from './state.ts';
import type { Ballot } from './voters.ts';
import { isOf } from './voters.ts';

/**
 * An observer that hears no leader asks one voter after the other, or the one it was told. So does
 * a node that takes itself for a voter once it was told of a leader: it may have been removed.
 */
export function tickObserver(state: CoreState): void {
  const { observing, config } = state;
  const hinted = observing.hintedId;
  if (hasLiveLeader(state) || (isVoter(state) && hinted === undefined)) return;
  observing.ticksLeft -= 1;
  const asked = nodesToAsk(state);
  const next = hinted ?? asked[observing.turn % Math.max(1, asked.length)];
  if ((observing.ticksLeft > 0 && hinted === undefined) || next === undefined) return;
  observing.ticksLeft = config.heartbeatTicks;
  observing.hintedId = undefined;
  if (hinted === undefined) observing.turn += 1;
  const { lastIndex, lastTerm } = state.log;
  // The leader starts to send from here, so the disk has to hold it.
  sendDurably(state, next, { kind: 'observe', ...header(state), lastIndex, lastTerm });
}

/** The voters in force, then those of the configuration, should none of the first be left. */
function nodesToAsk(state: CoreState): NodeId[] {
  const ids = [...state.log.voterSets.current, ...state.config.voters].map((voter) => voter.id);
  return [...new Set(ids)].filter((id) => id !== state.config.id);
}

/** A leader begins or goes on to replicate to the sender; any other node tells whom to ask. */
export function onObserve(state: CoreState, message: Observe, ballot: Ballot): void {
  const { role, log } = state;
  if (role.kind !== 'leader') {
    hint(state, message.from);
    return;
  }
  const match = log.newestAtMost(message.lastIndex, message.lastTerm).index;
  const nextIndex = Math.min(match, message.lastIndex) + 1;
  const peer = role.peers.get(message.from) ?? new Peer(message.from, undefined, nextIndex);
  peer.hear(ballot, log.voterSets.isRecorded);
  peer.silentTicks = 0;
  peer.heartbeatDue = true;
  // It has less than it once confirmed: its disk was lost.
  if (message.lastIndex < peer.matchIndex) peer.becomeProbe(nextIndex);
  role.peers.set(peer.id, peer);
}

function hint(state: CoreState, to: NodeId): void {
  const { leaderId, log } = state;
  const leaderAddress = (leaderId && log.voterSets.voter(leaderId)?.address) || '';
  send(state, to, { kind: 'leaderHint', ...header(state), leaderId, leaderAddress });
}

/**
 * A node that asks for pre-votes, and is no voter here, has missed its removal, or that the entry
 * which made it one was cut off elsewhere: nobody sends it anything. The leader begins to, and
 * others tell it of the leader, so that it learns of it.
 */
export function onStranger(state: CoreState, from: NodeId, ballot: Ballot): void {
  const { role, log } = state;
  const { voterSets } = log;
  if (isOf(voterSets.voter(from), ballot)) return;
  if (role.kind !== 'leader') {
    if (state.leaderId !== undefined) hint(state, from);
  } else if (!role.peers.has(from)) {
    role.peers.set(from, new Peer(from, undefined, log.lastIndex + 1));
  }
}

/** Kept for the next tick: two nodes with old hints would else bounce an observer endlessly. */
export function onLeaderHint(state: CoreState, message: LeaderHint): void {
  const { leaderId } = message;
  const isOther = leaderId !== undefined && leaderId !== state.config.id;
  if (isOther) state.observing.hintedId = leaderId;
}
