import type { NodeId } from '../../base/ids.ts';
import type { Envelope, PreVote, PreVoteReply, TimeoutNow, Vote, VoteReply } from './messages.ts';
import { decideVote } from './quorum.ts';
import {
  becomeCandidate,
  becomeFollower,
  becomeLeader,
  becomePreCandidate,
  resetElectionTimer,
} from './roles.ts';
import type { CoreState } from './state.ts';
import {
  hasLiveLeader,
  header,
  isVoter,
  mayLead,
  nextCampaignTicks,
  otherVoters,
  sendToDirectory,
  termOf,
  ticksToOwnTurn,
  voterIds,
} from './state.ts';
import type { Voter } from './voters.ts';
import { isAskedOf, isOf } from './voters.ts';

/** What of a message stands around it: which directory sent it, and which one is meant. */
type From = Pick<Envelope, 'ballot' | 'toDirectory'>;

/** One tick of a node that does not lead. */
export function tickElection(state: CoreState): void {
  if (!mayLead(state)) return;
  state.electionTicksLeft -= 1;
  // Who still installs a snapshot does not lead: a leader's state machine is never replaced.
  if (state.electionTicksLeft > 0 || state.installing !== undefined) return;
  campaignPreVote(state);
}

function campaignPreVote(state: CoreState): void {
  becomePreCandidate(state);
  const { lastIndex, lastTerm } = state.log;
  const from = state.config.id;
  const term = termOf(state) + 1;
  for (const voter of otherVoters(state)) {
    sendToDirectory(state, voter, { kind: 'preVote', term, from, lastIndex, lastTerm });
  }
  settlePreVote(state);
}

function campaign(state: CoreState): void {
  becomeCandidate(state);
  const { lastIndex, lastTerm } = state.log;
  for (const voter of otherVoters(state)) {
    sendToDirectory(state, voter, { kind: 'vote', ...header(state), lastIndex, lastTerm });
  }
}

/**
 * Grants iff the campaign is for a newer term, the log is up to date and no leader is alive.
 * Promises nothing and leaves the election timer alone: two voters that kept resetting each
 * other's timers by pre-votes could put off an election for ever. A node that is no voter as far as
 * it knows answers too: it may be one by an entry that it has not got, and its vote be needed.
 */
export function onPreVote(state: CoreState, message: PreVote, by: From): void {
  const granted =
    isAskedOf(by.toDirectory, state.ballot) &&
    message.term > termOf(state) &&
    !hasLiveLeader(state) &&
    state.log.isUpToDate(message.lastIndex, message.lastTerm);
  const term = granted ? message.term : termOf(state);
  sendToDirectory(state, askerOf(message, by), {
    kind: 'preVoteReply',
    term,
    from: state.config.id,
    granted,
  });
}

export function onPreVoteReply(state: CoreState, message: PreVoteReply, by: From): void {
  const { role } = state;
  if (role.kind !== 'preCandidate' || !isCounted(state, message.from, by)) return;
  // A grant for another campaign is old; a refusal counts whatever its term.
  if (message.granted && message.term !== termOf(state) + 1) return;
  role.votes.set(message.from, message.granted);
  settlePreVote(state);
}

function settlePreVote(state: CoreState): void {
  const { role } = state;
  if (role.kind !== 'preCandidate') return;
  const outcome = tally(state, role.votes);
  if (outcome === 'won') campaign(state);
  if (outcome === 'lost') endCampaign(state);
}

function tally(state: CoreState, votes: ReadonlyMap<NodeId, boolean>) {
  const counted = new Map(votes);
  if (!isVoter(state)) counted.delete(state.config.id);
  return decideVote(voterIds(state), counted);
}

function endCampaign(state: CoreState): void {
  becomeFollower(state, termOf(state), undefined);
  state.electionTicksLeft = nextCampaignTicks(state.config);
}

/**
 * Another directory of the node may answer for one that is gone, and an answer may be for another
 * one that runs, or ran, under the number of this node.
 */
const isCounted = (state: CoreState, from: NodeId, { ballot, toDirectory }: From): boolean => {
  const isForThis =
    ballot.directoryId === '' ? toDirectory === '' : toDirectory === state.ballot.directoryId;
  return isForThis && isOf(state.log.voterSets.voter(from), ballot);
};

/**
 * Grants the one vote of this term, first come first served; asked again, it grants again: to the
 * same node with the same directory.
 */
export function onVote(state: CoreState, message: Vote, by: From): void {
  const { votedFor, term } = state.hardState;
  const free =
    (votedFor === message.from && state.votedDirectory === by.ballot.directoryId) ||
    (votedFor === undefined && state.leaderId === undefined);
  const granted =
    isAskedOf(by.toDirectory, state.ballot) &&
    message.term === term &&
    free &&
    state.log.isUpToDate(message.lastIndex, message.lastTerm);
  if (granted) {
    state.hardState = { term, votedFor: message.from };
    state.votedDirectory = by.ballot.directoryId;
    resetElectionTimer(state);
  }
  answerVote(state, message, { by, granted });
}

export function answerVote(
  state: CoreState,
  message: Vote,
  { by, granted }: { readonly by: From; readonly granted: boolean },
): void {
  const reply = { kind: 'voteReply', ...header(state), granted } as const;
  sendToDirectory(state, askerOf(message, by), reply);
}

const askerOf = (
  { from }: Vote | PreVote,
  { ballot }: From,
): Pick<Voter, 'id' | 'directoryId'> => ({
  id: from,
  directoryId: ballot.directoryId,
});

export function onVoteReply(state: CoreState, message: VoteReply, by: From): void {
  if (state.role.kind !== 'candidate' || !isCounted(state, message.from, by)) return;
  recordVote(state, message.from, message.granted);
}

/** The candidate's own vote counts like any other: once it cannot be forgotten. */
export function onHardStatePersisted(state: CoreState): void {
  const { term, votedFor } = state.persists.persistedHardState;
  const own = term === termOf(state) && votedFor === state.config.id;
  if (own && state.role.kind === 'candidate') recordVote(state, state.config.id, true);
}

function recordVote(state: CoreState, voter: NodeId, granted: boolean): void {
  const { role, config } = state;
  if (role.kind !== 'candidate') return;
  role.votes.set(voter, granted);
  // Leading waits for the own vote too: appends go out at once and speak for a durable term.
  if (role.votes.get(config.id) !== true) return;
  const outcome = tally(state, role.votes);
  if (outcome === 'won') becomeLeader(state);
  if (outcome === 'lost') endCampaign(state);
}

/** The leader hands over to this node: the old leader is alive, so a pre-vote would be refused. */
export function onTimeoutNow(state: CoreState, message: TimeoutNow): void {
  const follows = state.role.kind === 'follower' && state.leaderId === message.from;
  if (!follows || !mayLead(state) || state.installing !== undefined) return;
  campaign(state);
}

/** The leader's connection closed: ask soon who else could lead. Pre-vote bears a false alarm. */
export function onLeaderUnreachable(state: CoreState, leaderId: NodeId): void {
  const { config } = state;
  state.leaderSilentTicks = config.electionTicks;
  state.observing.ticksLeft = 0;
  const turn = ticksToOwnTurn(config, state.log.voterSets.current, leaderId);
  state.electionTicksLeft = Math.min(state.electionTicksLeft, turn);
}

/** A voter could not be asked; nodes that start one after the other meet closed doors. */
export function onVoterUnreachable(state: CoreState, nodeId: NodeId): void {
  const { role, config } = state;
  if (role.kind !== 'preCandidate' || !voterIds(state).includes(nodeId)) return;
  state.electionTicksLeft = Math.min(state.electionTicksLeft, nextCampaignTicks(config));
}
