import type { Edit, Planted } from './fault.ts';

const STORE = 'src/raft/raft-store.ts';

/** The program checks itself as well: what it would end at must come to the eyes of the others. */
const UNCHECKED_RAFT: Edit = {
  path: 'src/raft/core/invariants.ts',
  original: 'check(state: CoreState): void {',
  fault: 'check(state: CoreState): void {\n    if (state.config.id > 0) return;',
};

/** What is planted in the log of metadata: Raft, its store and its start. */
export const PLANTED_IN_RAFT: readonly Planted[] = [
  {
    name: 'forget-the-vote',
    path: 'src/raft/raft-store.ts',
    original: 'await voteFile?.write(hardState);\n      operations.push(putHardState(hardState));',
    fault: '',
    finder: { seeds: '1-30' },
  },
  {
    name: 'promise-before-the-sync',
    path: 'src/raft/raft-node.ts',
    original: 'this.#held.push({ seq: output.persistSeq, envelopes: output.sendAfterPersist });',
    fault: 'this.#held.push({ seq: 0, envelopes: output.sendAfterPersist });',
    finder: { scenarios: 'metadata-quorum', name: 'on the disk of its leader alone' },
  },
  {
    name: 'commit-without-the-own-disk',
    path: 'src/raft/core/replication.ts',
    original: '? state.persists.persistedIndex',
    fault: '? state.log.lastIndex',
    finder: { scenarios: 'metadata-quorum', name: 'on the disk of a follower alone' },
  },
  {
    name: 'commit-an-older-term-by-counting',
    path: 'src/raft/core/replication.ts',
    original: 'if (majority <= commitIndex || log.termAt(majority) !== termOf(state)) return;',
    fault: 'if (majority <= commitIndex) return;',
    finder: { scenarios: 'metadata-quorum', name: 'commits an entry of an older term only behind' },
  },
  {
    name: 'cut-what-follows-a-late-message',
    path: 'src/raft/core/append.ts',
    original: 'if (first === undefined) return;',
    fault:
      'if (first === undefined) return log.truncateFrom((entries.at(-1)?.index ?? log.lastIndex) + 1);',
    finder: { scenarios: 'metadata-quorum', name: 'comes once more, late' },
  },
  {
    name: 'let-a-wiped-disk-vote',
    path: 'src/raft/recovery.ts',
    original: 'canVote: distrust === undefined,',
    fault: 'canVote: true,',
    finder: { scenarios: 'empty-disk', name: 'does not help a voter to lead' },
  },
  {
    name: 'lead-the-quorum-unhearing',
    path: 'src/raft/core/replication.ts',
    original: 'if (hasLeft || !hearsMajority(state, leading)) {',
    fault: 'if (hasLeft) {',
    finder: { scenarios: 'metadata-quorum', name: 'leaves a leader that is heard by all' },
  },
  {
    name: 'keep-entries-that-conflict',
    path: 'src/raft/core/append.ts',
    original: 'log.termAt(entry.index) !== entry.term);',
    fault: 'log.termAt(entry.index) === undefined);',
    finder: { scenarios: 'metadata-quorum', name: 'commits an entry of an older term only behind' },
    property: 'metadata-log',
  },
  {
    name: 'name-a-snapshot-that-is-not-written',
    path: STORE,
    original: 'await snapshots.write(snapshot);\n    this.#base = {',
    fault: 'this.#base = {',
    finder: { seeds: '1-30' },
    property: 'snapshot-at-start',
  },
  {
    name: 'skip-the-sync-of-the-metadata-log',
    path: STORE,
    original: 'await store.batch(operations, { sync: true });\n    if (this.#base.snapshot',
    fault: 'await store.batch(operations, { sync: false });\n    if (this.#base.snapshot',
    finder: { seeds: '1-30' },
    property: 'durable-metadata',
  },
  {
    name: 'forget-the-vote-within-a-term',
    path: 'src/raft/core/roles.ts',
    original: 'if (term > termOf(state)) {',
    fault: 'if (term >= termOf(state)) {',
    also: [UNCHECKED_RAFT],
    finder: { seeds: '1-30' },
    property: 'kept-votes',
  },
  {
    name: 'take-back-what-is-committed',
    path: 'src/raft/core/append.ts',
    original: 'Math.max(commitIndex, Math.min(message.commitIndex, lastNewIndex));',
    fault: 'Math.min(message.commitIndex, lastNewIndex);',
    also: [UNCHECKED_RAFT],
    finder: { seeds: '1-30' },
    property: 'raft-monotone',
  },
  {
    name: 'vote-for-a-log-that-lacks',
    path: 'src/raft/core/raft-log.ts',
    original: 'return lastTerm > this.lastTerm || (',
    fault: 'return lastTerm > 0 || lastTerm > this.lastTerm || (',
    finder: { scenarios: 'metadata-quorum', name: 'is led only by who has all' },
    property: 'raft-completeness',
  },
  {
    name: 'vote-for-everybody-who-asks',
    path: 'src/raft/core/election.ts',
    original: '(votedFor === undefined && state.leaderId === undefined);',
    fault: 'votedFor !== 0;',
    also: [UNCHECKED_RAFT],
    finder: { scenarios: 'metadata-quorum', name: 'has one leader in a term' },
    property: 'raft-leader',
  },
];
