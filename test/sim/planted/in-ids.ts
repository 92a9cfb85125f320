import type { Planted } from './fault.ts';

const KEEPER = 'src/broker/dedup/id-keeper.ts';

/** Faults of repeats: whether they are known, and when they are answered. */
export const PLANTED_IN_IDS: readonly Planted[] = [
  {
    name: 'forget-ids-on-takeover',
    path: KEEPER,
    original: 'this.#takeStep(step);',
    fault: 'void this.#takeStep;',
    finder: { seeds: '8' },
    property: 'id-once',
  },
  {
    name: 'answer-a-repeat-before-the-first-is-committed',
    path: 'src/broker/replication/append-produced.ts',
    original: 'const endOffset = judged.originalsEnd;',
    fault: 'const endOffset = 0;',
    finder: { seeds: '8' },
    property: 'id-is-committed',
  },
  {
    name: 'answer-a-mixed-batch-by-its-own-offsets',
    path: 'src/broker/dedup/id-verdict.ts',
    original: 'if (original >= 0) return original;',
    fault: '',
    finder: { seeds: '8' },
    property: 'id-has-one-offset',
  },
];
