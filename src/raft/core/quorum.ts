import type { LogIndex, NodeId } from '../../base/ids.ts';

/** Votes that win among `voterCount` voters: more than half. */
export const majorityOf = (voterCount: number): number => Math.floor(voterCount / 2) + 1;

/** The highest index that a majority has reached, given one index a voter; 0 for no voters. */
export function majorityIndex(indexes: readonly LogIndex[]): LogIndex {
  const descending = [...indexes].sort((left, right) => right - left);
  return descending[majorityOf(indexes.length) - 1] ?? 0;
}

export type VoteOutcome = 'won' | 'lost' | 'pending';

/** Where an election stands. `votes` may hold answers of voters only; silence is undecided. */
export function decideVote(
  voters: readonly NodeId[],
  votes: ReadonlyMap<NodeId, boolean>,
): VoteOutcome {
  const needed = majorityOf(voters.length);
  const granted = voters.filter((voter) => votes.get(voter) === true).length;
  const refused = voters.filter((voter) => votes.get(voter) === false).length;
  if (granted >= needed) return 'won';
  return refused > voters.length - needed ? 'lost' : 'pending';
}
