import { describe, expect, test } from 'vitest';
import type {
  JudgedRecord,
  PartialChoice,
  RecordEnd,
  RecordOutcome,
} from '../../../../src/client/handling/batch-core.ts';
import { decideEnds } from '../../../../src/client/handling/batch-core.ts';

const MAX = 3;
const WORDS = { d: 'done', r: 'retry', x: 'dead' } as const;

/** d: done, r: to be retried, x: dead; R: to be retried with its attempts used up. */
const judged = (text: string): JudgedRecord[] =>
  [...text].map((letter) => {
    const outcome: RecordOutcome = WORDS[letter.toLowerCase() as 'd' | 'r' | 'x'];
    const attempts = letter === 'R' ? MAX : 1;
    return { outcome, attempts, failures: outcome === 'retry' ? attempts : 0 };
  });

const short = (ends: readonly RecordEnd[]): string => ends.map((end) => end[0]).join('');

describe('a batch', () => {
  // Ends: d done, p parked, d(ead) is written as its first letter too: told apart by the case below.
  test.each<[PartialChoice, string, readonly RecordEnd[]]>([
    ['whole', 'ddd', ['done', 'done', 'done']],
    ['whole', 'drd', []],
    ['whole', 'xrd', []],
    ['whole', 'dxd', ['done', 'dead', 'done']],
    ['whole', 'dRd', ['done', 'dead', 'done']],
    ['whole', 'RdR', ['dead', 'done', 'dead']],
    ['prefix', 'ddd', ['done', 'done', 'done']],
    ['prefix', 'rdd', []],
    ['prefix', 'drd', ['done']],
    ['prefix', 'dxdrd', ['done', 'dead', 'done']],
    ['prefix', 'dRdrd', ['done', 'dead', 'done']],
    ['park', 'drd', ['done', 'parked', 'done']],
    ['park', 'rxR', ['parked', 'dead', 'dead']],
  ])('%s: of %s ends as %j, and the rest is handed out again', (choice, text, ends) => {
    expect(decideEnds(choice, judged(text), MAX)).toEqual(ends);
  });

  test('never ends with a record that is to be retried and may be, unless it is parked', () => {
    for (const choice of ['whole', 'prefix', 'park'] as const) {
      for (const text of ['r', 'dr', 'rd', 'xr', 'drdr']) {
        const ends = decideEnds(choice, judged(text), MAX);

        const open = judged(text).findIndex(({ outcome }) => outcome === 'retry');
        if (choice === 'park') expect(short(ends)[open]).toBe('p');
        else expect(ends.length).toBeLessThanOrEqual(open);
      }
    }
  });
});
