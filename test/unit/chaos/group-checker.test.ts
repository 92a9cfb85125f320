import { describe, expect, it } from 'vitest';
import type { AnomalyKind } from '../../chaos/checker/anomaly.ts';
import { checkHistory } from '../../chaos/checker/check.ts';
import type {
  CommitOperation,
  HoldOperation,
  NewOperation,
  Operation,
  PollOperation,
} from '../../chaos/checker/history.ts';
import { History } from '../../chaos/checker/history.ts';
import { GROUP, randomGroupHistory } from './random-group-history.ts';

const SEEDS = Array.from({ length: 40 }, (_, index) => index + 1);

const kindsOf = (operations: readonly Operation[]): Set<AnomalyKind> =>
  new Set(checkHistory(operations).map(({ kind }) => kind));

const isHold = (operation: Operation): operation is HoldOperation => operation.f === 'hold';
const isCommit = (operation: Operation): operation is CommitOperation => operation.f === 'commit';
const isHandled = (operation: Operation): operation is PollOperation =>
  operation.f === 'poll' && operation.group !== undefined;

type Untold<T> = T extends NewOperation ? Omit<T, 'timeMs' | 'group'> : never;
type OfGroup = Extract<NewOperation, { readonly group?: string }>;

/** A history of one group, an operation a line. */
const historyOf = (...lines: ReadonlyArray<Untold<OfGroup>>): Operation[] => {
  const history = new History();
  for (const line of lines) history.add({ timeMs: 1, group: GROUP, ...line } as OfGroup);
  return history.operations;
};

const hold = (process: string, generation: number, ...keys: string[]) =>
  ({ f: 'hold', type: 'ok', process, generation, keys }) as const;
const release = (process: string, type: 'invoke' | 'ok' | 'info', ...keys: string[]) =>
  ({ f: 'release', type, process, keys }) as const;
const commit = (type: 'invoke' | 'ok' | 'fail' | 'info', offset: number, invocation = -1) =>
  ({ f: 'commit', type, process: 'p', invocation, offsets: [{ key: 't-0', offset }] }) as const;
const told = (type: 'invoke' | 'ok', offset?: number, invocation = -1) => {
  const offsets = [{ key: 't-0', ...(offset === undefined ? {} : { offset }) }];
  return { f: 'committed', type, process: 'q', invocation, offsets } as const;
};

const handled = (process: string, offset: number, group = GROUP) => {
  const polled = [{ key: 't-0', records: [[offset, String(offset)] as const] }];
  return { f: 'poll', type: 'ok', process, group, polled } as const;
};

/** All below 4 is committed, record 1 was handled, and no other is known. */
const committed = () => [handled('p', 1), commit('invoke', 4), commit('ok', 4, 1)] as const;

/** The acknowledged commit of the highest offset. */
const highest = (operations: readonly Operation[]): { key: string; offset: number } => {
  const all = operations.filter(isCommit).filter(({ type }) => type === 'ok');
  const [first] = all.flatMap(({ offsets }) => offsets).sort((a, b) => b.offset - a.offset);
  if (first === undefined) throw new Error('the history has an acknowledged commit');
  return first;
};

/** The history with more at its end. */
const followedBy = (operations: readonly Operation[], ...more: NewOperation[]): Operation[] => {
  const history = new History();
  for (const operation of [...operations, ...more]) history.add(operation);
  return history.operations;
};

describe('the checker of groups', () => {
  it.each(SEEDS)('finds nothing in a clean history (seed %i)', (seed) => {
    const { operations } = randomGroupHistory(seed);

    expect(checkHistory(operations)).toEqual([]);
  });

  it.each(SEEDS)('takes no unknown outcome for a failure (seed %i)', (seed) => {
    const { operations } = randomGroupHistory(seed);

    const unsure = operations.map((operation): Operation => {
      const isOutcome = operation.f === 'commit' && operation.type !== 'invoke';
      return isOutcome ? { ...operation, type: 'info' } : operation;
    });

    expect(checkHistory(unsure)).toEqual([]);
  });

  it.each(SEEDS)('names two owners of one generation (seed %i)', (seed) => {
    const { operations } = randomGroupHistory(seed);
    const newest = operations.filter(isHold).at(-1)?.generation;
    const holds = operations.filter(isHold).filter(({ generation }) => generation === newest);
    const owner = holds.find(({ keys }) => keys.length > 0);
    const other = holds.find((it) => it !== owner);

    const mutated = operations.map((operation): Operation => {
      if (operation !== other) return operation;
      return { ...other, keys: [...other.keys, ...(owner?.keys ?? [])] };
    });

    expect(kindsOf(mutated)).toContain('two-owners');
  });

  it('lets another have what one has begun to give up, or has lost', () => {
    const given = (between: Untold<OfGroup>): Operation[] =>
      historyOf(hold('p', 1, 't-0', 't-1'), between, hold('q', 1, 't-0'));

    expect(kindsOf(given(release('p', 'invoke', 't-1')))).toEqual(new Set(['two-owners']));
    expect(checkHistory(given(release('p', 'invoke', 't-0')))).toEqual([]);
    expect(checkHistory(given(release('p', 'info', 't-0', 't-1')))).toEqual([]);
  });

  it('lets one that has not heard of the next generation have what it had', () => {
    const late = historyOf(hold('p', 1, 't-0'), hold('q', 2, 't-0'));

    expect(checkHistory(late)).toEqual([]);
    expect(kindsOf([...late, ...historyOf(hold('p', 2, 't-0'))])).toEqual(new Set(['two-owners']));
  });

  it.each(SEEDS)('names a member that begins below what was committed (seed %i)', (seed) => {
    const { operations } = randomGroupHistory(seed);
    const { key, offset } = highest(operations);
    const common = { process: 'new', group: GROUP, timeMs: 1, type: 'ok' } as const;
    const records = [[offset - 1, `${key}:${offset - 1}`] as const];

    const mutated = followedBy(
      operations,
      { ...common, f: 'hold', generation: 1000, keys: [key] },
      { ...common, f: 'poll', polled: [{ key, records }] },
    );

    expect(kindsOf(mutated)).toEqual(new Set(['commit-back']));
  });

  it.each(SEEDS)('names a commit that goes back (seed %i)', (seed) => {
    const { operations } = randomGroupHistory(seed);
    const { key, offset } = highest(operations);
    const offsets = [{ key, offset: offset - 1 }];
    const invocation = operations.length;
    const common = { process: 'old', group: GROUP, timeMs: 1, f: 'commit', offsets } as const;
    const ending = (type: 'ok' | 'info' | 'fail', isReset = false): Operation[] =>
      followedBy(
        operations,
        { ...common, type: 'invoke', isReset },
        { ...common, type, invocation, isReset },
      );

    expect(kindsOf(ending('ok'))).toEqual(new Set(['commit-back']));
    expect([ending('info'), ending('fail'), ending('ok', true)].flatMap(checkHistory)).toEqual([]);
  });

  it.each(SEEDS)('names a commit that is gone when somebody asks (seed %i)', (seed) => {
    const { operations } = randomGroupHistory(seed);
    const { key, offset } = highest(operations);
    const invocation = operations.length;
    const common = { process: 'new', group: GROUP, timeMs: 1, f: 'committed' } as const;
    const answered = (answer: { readonly offset?: number }): Operation[] =>
      followedBy(
        operations,
        { ...common, type: 'invoke', offsets: [] },
        { ...common, type: 'ok', invocation, offsets: [{ key, ...answer }] },
      );

    expect(kindsOf(answered({ offset: offset - 1 }))).toEqual(new Set(['lost-commit']));
    expect(kindsOf(answered({}))).toEqual(new Set(['lost-commit']));
    expect(checkHistory(answered({ offset }))).toEqual([]);
  });

  it('lets whoever asked before a commit was acknowledged be told the older one', () => {
    const asked = (...lines: ReadonlyArray<Untold<OfGroup>>): Set<AnomalyKind> =>
      kindsOf(historyOf(...lines));

    expect(
      asked(commit('invoke', 4), told('invoke'), commit('ok', 4, 0), told('ok', 3, 1)),
    ).toEqual(new Set());
    expect(
      asked(commit('invoke', 4), commit('ok', 4, 0), told('invoke'), told('ok', 3, 2)),
    ).toEqual(new Set(['lost-commit']));
  });

  it('holds a commit of unknown outcome to what somebody was told of it', () => {
    const unknown = [commit('invoke', 4), commit('info', 4, 0)] as const;
    const ask = (offset: number, invocation: number) =>
      [told('invoke'), told('ok', offset, invocation)] as const;

    expect(kindsOf(historyOf(...unknown, ...ask(3, 2)))).toEqual(new Set());
    expect(kindsOf(historyOf(...unknown, ...ask(4, 2), ...ask(3, 4)))).toEqual(
      new Set(['lost-commit']),
    );
  });

  it('lets a reset go back, whoever asks meanwhile', () => {
    const reset = { ...commit('invoke', 1), isReset: true } as const;
    const outcome = { ...commit('ok', 1, 4), isReset: true } as const;

    const history = historyOf(
      ...committed(),
      told('invoke'),
      reset,
      outcome,
      told('ok', 1, 3),
      hold('q', 2, 't-0'),
      handled('q', 1),
    );

    expect(checkHistory(history)).toEqual([]);
  });

  it('lets whoever was given a partition before a reset begin where that goes', () => {
    const reset = { ...commit('invoke', 1), isReset: true } as const;
    const given = [...committed(), hold('q', 2, 't-0')] as const;

    expect(checkHistory(historyOf(...given, reset, handled('q', 1)))).toEqual([]);
    expect(kindsOf(historyOf(...given, handled('q', 1)))).toEqual(new Set(['commit-back']));
  });

  it('holds no one to where it was to begin in what it has given up', () => {
    const given = [...committed(), hold('q', 2, 't-0')] as const;

    const late = historyOf(...given, release('q', 'info', 't-0'), handled('q', 1));

    expect(checkHistory(late)).toEqual([]);
  });

  it('lets a member go on where it was in what it kept, wherever a reset goes', () => {
    const reset = { ...commit('invoke', 4), isReset: true } as const;
    const outcome = { ...commit('ok', 4, 2), isReset: true } as const;
    const begun = [hold('p', 1, 't-0'), handled('p', 0), reset, outcome] as const;

    expect(checkHistory(historyOf(...begun, hold('p', 2, 't-0'), handled('p', 1)))).toEqual([]);
  });

  it('names a record that nobody handled, however its commit came to be known', () => {
    const begun = [handled('p', 0), handled('r', 1, 'other')] as const;
    const asked = historyOf(...begun, told('invoke'), told('ok', 2, 2));
    const unsure = historyOf(...begun, commit('invoke', 2), commit('info', 2, 2));

    expect([asked, unsure].map(kindsOf)).toEqual([new Set(['unhandled']), new Set(['unhandled'])]);
  });

  it.each(SEEDS)('names a record that was committed and never handled (seed %i)', (seed) => {
    const { operations } = randomGroupHistory(seed);
    const { key, offset } = highest(operations);

    expect(kindsOf(withoutHandled(operations, key, offset - 1))).toContain('unhandled');
  });

  it.each(SEEDS)('names an acknowledged record that a drained group left out (seed %i)', (seed) => {
    const { operations } = randomGroupHistory(seed);
    const last = operations.filter(isHandled).at(-1)?.polled[0];
    const [offset] = last?.records.at(-1) ?? [0];

    expect(kindsOf(withoutHandled(operations, last?.key ?? '', offset))).toEqual(
      new Set(['unhandled']),
    );
  });

  it('asks for nothing that lies below where the group was told to begin', () => {
    const sent = [{ key: 't-0', value: 'a', offset: 0 }];
    const common = { timeMs: 1, process: 'w', f: 'send', sent } as const;
    const drained = { f: 'drained', type: 'ok', process: 'p', keys: ['t-0'] } as const;
    const begun = { ...commit('invoke', 1), isReset: true } as const;
    const history = (...lines: ReadonlyArray<Untold<OfGroup>>): Operation[] => [
      { ...common, index: 90, type: 'invoke' },
      { ...common, index: 91, type: 'ok', invocation: 90 },
      {
        index: 92,
        timeMs: 1,
        process: 'r',
        f: 'poll',
        type: 'ok',
        polled: [{ key: 't-0', records: [[0, 'a']] }],
      },
      ...historyOf(...lines),
    ];

    expect(checkHistory(history(begun, drained))).toEqual([]);
    expect(kindsOf(history(drained))).toEqual(new Set(['unhandled']));
  });

  it('lets a member read again what it was given anew, and nothing that it kept', () => {
    const begun = [hold('p', 1, 't-0'), handled('p', 0), handled('p', 1)] as const;

    const again = [hold('p', 2, 't-0'), handled('p', 0)] as const;

    const anew = historyOf(...begun, release('p', 'info', 't-0'), ...again);
    const kept = historyOf(...begun, ...again);

    expect(checkHistory(anew)).toEqual([]);
    expect(kindsOf(kept)).toEqual(new Set(['nonmonotonic-poll']));
  });
});

/** As if no member had handled what is at this offset. */
const withoutHandled = (operations: readonly Operation[], key: string, gone: number): Operation[] =>
  operations.map((operation): Operation => {
    if (!isHandled(operation)) return operation;
    const polled = operation.polled.map((it) => {
      if (it.key !== key) return it;
      return { key, records: it.records.filter(([offset]) => offset !== gone) };
    });
    return { ...operation, polled };
  });
