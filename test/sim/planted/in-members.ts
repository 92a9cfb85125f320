import type { Planted } from './fault.ts';

const VOTERS = 'src/raft/core/voters.ts';

/** Faults of voters that come and go. */
export const PLANTED_IN_MEMBERS: readonly Planted[] = [
  {
    name: 'change-two-voters-at-once',
    path: 'src/raft/core/membership.ts',
    original: "if (log.voterSets.changedAt > commitIndex) return refused({ why: 'underWay' });",
    fault: '',
    also: [
      {
        path: 'src/raft/core/invariants.ts',
        original: 'check(state: CoreState): void {',
        fault: 'check(state: CoreState): void {\n    if (state.config.id > 0) return;',
      },
    ],
    finder: { scenarios: 'members', name: 'takes in one voter at a time' },
  },
  {
    name: 'vote-as-the-voter-that-is-gone',
    path: VOTERS,
    original: ': directoryId === ballot.directoryId);',
    fault: ': true);',
    also: [
      { path: VOTERS, original: ': voter.directoryId === ballot.directoryId;', fault: ': true;' },
    ],
    finder: { scenarios: 'members', name: 'gives no vote of the one that it was' },
  },
  {
    name: 'count-the-vote-of-an-old-directory',
    path: VOTERS,
    original: ': directoryId === ballot.directoryId);',
    fault: ': true);',
    also: [
      { path: VOTERS, original: ': voter.directoryId === ballot.directoryId;', fault: ': true;' },
    ],
    finder: { scenarios: 'members', name: 'does not vote for its successor' },
  },
  {
    name: 'take-in-a-voter-before-it-caught-up',
    path: 'src/raft/core/membership.ts',
    original: 'if (!peer.catchUp.isDone) {',
    fault: 'if (peer.catchUp === undefined) {',
    finder: { scenarios: 'members', name: 'is not taken in before it has caught up' },
  },
];
