import type { Planted } from './fault.ts';

const JOURNAL = 'src/log/journal/journal.ts';
/** Some of those that draw a journal. */
const SEEDS = { seeds: '15,18,22,33' };

/** Faults of the shared journal: what counts as durable, what is put back, what is forgotten. */
export const PLANTED_IN_JOURNAL: readonly Planted[] = [
  {
    name: 'acknowledge-before-the-journal-is-synced',
    path: JOURNAL,
    original: 'await file.sync();\n    this.#durableBase',
    fault: 'void file.sync();\n    this.#durableBase',
    finder: { scenarios: 'journal', name: 'when power goes in that moment' },
  },
  {
    name: 'go-on-in-the-old-life-of-the-journal',
    path: 'src/log/journal/begin-life.ts',
    original: 'nonce: random.bytes(NONCE_BYTES), directoryId });',
    fault: 'nonce: old?.nonce ?? random.bytes(NONCE_BYTES), directoryId });',
    finder: SEEDS,
  },
  {
    name: 'cut-without-journalling-it',
    path: 'src/log/flusher.ts',
    original: 'if (this.#journal?.holds(log) !== true) return Promise.resolve(true);',
    fault: 'if (log !== undefined) return Promise.resolve(true);',
    finder: { scenarios: 'journal', name: 'brings nothing back that was cut' },
  },
  {
    name: 'journal-a-log-that-is-not-listed',
    path: 'src/log/flush-state.ts',
    original: 'if (!this.#isListed && hasJournal()) return undefined;',
    fault: 'if (!this.#isListed && !hasJournal()) return undefined;',
    finder: { scenarios: 'journal', name: 'before a log was listed' },
  },
  {
    name: 'give-back-what-lies-below-the-base',
    path: 'src/log/journal/replay.ts',
    original: 'sequence >= baseSequence)',
    fault: 'sequence >= 0)',
    finder: { scenarios: 'journal', name: 'the frame that tells so is written over' },
  },
  {
    name: 'checkpoint-the-mark-of-the-journal',
    path: 'src/log/log-manager.ts',
    original: 'settledOffset: log.flushing.markOffset,',
    fault: 'settledOffset: log.flushedOffset as never,',
    finder: SEEDS,
  },
  {
    name: 'use-a-file-again-too-early',
    path: JOURNAL,
    original: 'if (!isTold || !this.#isSettled(next)) return false;',
    fault: 'if (!isTold && next.number > 1) return false;',
    // Else the logs are settled in time all the same.
    also: [
      {
        path: JOURNAL,
        original: 'if (countOf(old.live.size) === 0) return [];',
        fault: 'if (countOf(old.live.size) >= 0) return [];',
      },
    ],
    finder: { scenarios: 'journal', name: 'however often the journal was turned over' },
  },
];
