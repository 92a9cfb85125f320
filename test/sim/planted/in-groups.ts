import type { Planted } from './fault.ts';

/** Faults of consumer groups: at the coordinator, in its log, and in members. */
export const PLANTED_IN_GROUPS: readonly Planted[] = [
  {
    name: 'acknowledge-commits-by-the-leader-alone',
    path: 'src/broker/groups/append-records.ts',
    original: '{ acks: -1, timeoutMs }',
    fault: '{ acks: 1, timeoutMs }',
    finder: { seeds: '1' },
    property: 'commit-is-stored',
  },
  {
    name: 'let-the-first-commit-win-at-a-reload',
    path: 'src/broker/groups/group-offsets.ts',
    original: '    this.#table.set(at, value);\n  }\n\n  get(',
    fault: '    if (this.#table.get(at) === undefined) this.#table.set(at, value);\n  }\n\n  get(',
    finder: { seeds: '1' },
    property: 'reload-is-whole',
  },
  {
    name: 'coordinate-after-the-leadership',
    path: 'src/broker/groups/group-shard.ts',
    original: 'return !this.#isClosed && isLeader && core.leaderEpoch === this.leaderEpoch;',
    fault: 'return !this.#isClosed && (isLeader || core.leaderEpoch !== this.leaderEpoch);',
    finder: { seeds: '1' },
    property: 'coordinator-leads',
  },
  {
    name: 'forget-the-generation-at-a-reload',
    path: 'src/broker/groups/rebalance.ts',
    original: 'this.#generation = snapshot.generation;',
    fault: 'this.#generation = 0;',
    finder: { seeds: '1' },
    property: 'generation-forward',
  },
  {
    name: 'give-a-partition-to-two-members',
    path: 'src/client/group/assignors/without-held.ts',
    original: 'return held === undefined || (held.size === 1 && held.has(memberId));',
    fault: "return held === undefined || memberId !== '';",
    finder: { seeds: '1150' },
    property: 'history: two-owners',
  },
  {
    name: 'commit-what-is-in-hand',
    path: 'src/client/group/holdings.ts',
    original: 'const nextOffset = hand?.fromOffset ?? cursor.position;',
    fault: 'const nextOffset = hand === undefined ? cursor.position : cursor.position;',
    finder: { seeds: '1' },
    property: 'history: unhandled',
  },
  {
    name: 'begin-behind-what-is-committed',
    path: 'src/client/group/start-positions.ts',
    original: '{ from: { offset }, isPinned: false, ...splitCommitText(metadata) }',
    fault:
      '{ from: { offset: Math.max(0, offset - 1) }, isPinned: false, ...splitCommitText(metadata) }',
    finder: { seeds: '584' },
    property: 'history: commit-back',
  },
];
