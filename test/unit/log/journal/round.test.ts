import { describe, expect, it } from 'vitest';
import { decideRound, decideSettling } from '../../../../src/log/journal/round.ts';

const LIMITS = { minLogs: 3, maxBytes: 100 };

interface FakeLog {
  readonly name: string;
  readonly flushing: { readonly entryBytes: number | undefined };
}

const logsOf = (...sizes: ReadonlyArray<number | undefined>): FakeLog[] =>
  sizes.map((entryBytes, at) => ({ name: `l${at}`, flushing: { entryBytes } }));

const namesOf = (logs: readonly FakeLog[]): string => logs.map(({ name }) => name).join();

describe('a round', () => {
  it.each([
    ['many small ones go by the journal', [10, 10, 10], 'l0,l1,l2', '', ''],
    ['few go by their own segments', [10, 10], '', 'l0,l1', ''],
    ['many bytes go by their own segments', [10, 10, 90], '', 'l0,l1,l2', ''],
    ['one with a new file goes by itself', [10, undefined, 10, 10], 'l0,l2,l3', 'l1', ''],
    ['one without anything new is done', [10, 0, 10, 10], 'l0,l2,l3', '', 'l1'],
    ['those without anything new make no number', [10, 0, 10], '', 'l0,l2', 'l1'],
  ] as const)('%s', (_, sizes, journalled, direct, idle) => {
    const plan = decideRound(logsOf(...sizes), new Set(), LIMITS);

    const names = [plan.journalled, plan.direct, plan.idle].map(namesOf);
    expect(names).toEqual([journalled, direct, idle]);
  });

  it('settles what must be settled, though it has nothing new', () => {
    const logs = logsOf(10, 0, 10, 10, 10);

    const plan = decideRound(logs, new Set(logs.slice(0, 2)), LIMITS);

    expect([namesOf(plan.journalled), namesOf(plan.direct)]).toEqual(['l2,l3,l4', 'l0,l1']);
  });
});

describe('the settling of a full file', () => {
  it.each([
    [0, 100, 100, 0],
    [0.1, 100, 100, 14],
    [0.1, 100, 86, 0],
    [0.5, 100, 86, 53],
    [0.75, 100, 20, 20],
    [1, 100, 3, 3],
    [0.9, 0, 0, 0],
  ])(
    'keeps pace with the file that fills: %d of it, %d logs, %d left: %d',
    (filledShare, ...counts) => {
      const [logCount, leftCount, expected] = counts;

      expect(decideSettling({ filledShare, logCount, leftCount })).toBe(expected);
    },
  );
});
