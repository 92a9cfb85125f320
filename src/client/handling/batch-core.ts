/** What a handler says of a record of its batch. */
export type RecordOutcome = 'done' | 'retry' | 'dead';

/** What becomes of a batch of which some records are to be retried. */
export type PartialChoice = 'whole' | 'prefix' | 'park';

export interface JudgedRecord {
  readonly outcome: RecordOutcome;
  /** Calls of the handler with it. */
  readonly attempts: number;
  /** Those after which it was to be retried. */
  readonly failures: number;
}

export type RecordEnd = 'done' | 'parked' | 'dead';

/**
 * How the first records of a batch end; those behind them, or all where that is none, are handed
 * to the handler again. `attemptsMax`: calls in all.
 *
 * - `whole`: nothing counts while a record is to be retried and the limit is not reached.
 * - `prefix`: what is before the first such record counts; it has its own limit.
 * - `park`: all counts, what is to be retried is put aside.
 */
export const decideEnds = (
  choice: PartialChoice,
  judged: readonly JudgedRecord[],
  attemptsMax: number,
): readonly RecordEnd[] => {
  switch (choice) {
    case 'whole': {
      const isToRepeat = judged.some(
        ({ outcome, attempts }) => outcome === 'retry' && attempts < attemptsMax,
      );
      return isToRepeat ? [] : judged.map(({ outcome }) => (outcome === 'done' ? 'done' : 'dead'));
    }
    case 'prefix': {
      const ends: RecordEnd[] = [];
      for (const { outcome, failures } of judged) {
        if (outcome === 'retry' && failures < attemptsMax) break;
        ends.push(outcome === 'done' ? 'done' : 'dead');
      }
      return ends;
    }
    case 'park':
      return judged.map(({ outcome, attempts }) => {
        if (outcome === 'done') return 'done';
        return outcome === 'retry' && attempts < attemptsMax ? 'parked' : 'dead';
      });
  }
};
