import { describe, expect, it } from 'vitest';
import type { NewOperation } from '../../chaos/checker/history.ts';
import { History } from '../../chaos/checker/history.ts';
import { judge } from './judge.ts';
import { tickValue } from './tick-values.ts';

const topic = {
  name: 't',
  keeps: 'all',
  delays: false,
  dedups: false,
  isKept: false,
  partitionCount: 1,
} as const;
/** Deleted, and made anew under its name. */
const TOPICS = [
  { ...topic, label: 't', deletedAt: 2 },
  { ...topic, label: 't#2', deletedAt: undefined },
];

const send = (
  process: string,
  type: 'invoke' | 'ok' | 'fail' | 'info',
  value: string,
  key = 't-0',
): NewOperation => {
  const sent = [{ key, value, ...(type === 'ok' && { offset: 0 }) }];
  return { f: 'send', process, type, timeMs: 1, sent };
};

/** `value` was sent to the older topic; the last reader finds it in a partition of the newer one. */
const foundIn = (key: string, value: string, ...sends: NewOperation[]): string[] => {
  const history = new History();
  for (const operation of sends) history.add(operation);
  const polled = [{ key, records: [[0, value] as const] }];
  history.add({ f: 'poll', process: 'final', type: 'ok', timeMs: 2, polled });
  return judge(history.operations, { topics: TOPICS, logStarts: new Map() });
};

const UNSENT = [expect.stringMatching(/^unsent on t#2-0: offset 0 holds a, which no one sent/)];

describe('a record of a topic that was deleted, in the next one of its name', () => {
  const waiting = [send('p.1', 'invoke', 'a'), send('p.1', 'info', 'a')];

  it('may have waited for a topic that its producer was not told of yet', () => {
    expect(foundIn('t#2-0', 'a', ...waiting)).toEqual([]);
  });

  it('may have waited for a partition that its producer was not told of yet', () => {
    const known = [send('p.1', 'invoke', 'b', 't-1'), send('p.1', 'ok', 'b', 't-1')];

    expect(foundIn('t#2-0', 'a', ...known, ...waiting)).toEqual([]);
  });

  it('may have been in no log of the one before, though its producer knew that', () => {
    const known = [send('p.1', 'invoke', 'b'), send('p.1', 'ok', 'b')];

    expect(foundIn('t#2-0', 'a', ...known, ...waiting)).toEqual([]);
  });

  it('is told of where it was read from the one before too', () => {
    const read = { f: 'poll', process: 'r.1', type: 'ok', timeMs: 1 } as const;
    const polled = [{ key: 't-0', records: [[0, 'a'] as const] }];

    const found = foundIn('t#2-0', 'a', ...waiting, { ...read, polled });

    expect(found).toEqual(['in two topics: a was read on t-0 and t#2-0']);
  });

  it('may have waited whatever others had acknowledged', () => {
    const others = [send('p.2', 'invoke', 'b'), send('p.2', 'ok', 'b')];

    expect(foundIn('t#2-0', 'a', ...others, ...waiting)).toEqual([]);
  });

  it('is told of where its outcome was known, or no one sent it', () => {
    const ended = (type: 'ok' | 'fail') => [send('p.1', 'invoke', 'a'), send('p.1', type, 'a')];

    expect(foundIn('t#2-0', 'a', ...ended('ok'))).toContainEqual(UNSENT[0]);
    expect(foundIn('t#2-0', 'a', ...ended('fail'))).toEqual(UNSENT);
    expect(foundIn('t#2-0', 'a')).toEqual(UNSENT);
  });

  it('waits for its own partition only', () => {
    expect(foundIn('t#2-1', 'a', ...waiting)).toHaveLength(1);
    expect(foundIn('u-0', 'a', ...waiting)).toHaveLength(1);
  });
});

/** Of each topic the first records, as a producer had them acknowledged. */
const acknowledged = (label: string, values: readonly string[]): NewOperation[] =>
  values.flatMap((value, offset) => {
    const about = { f: 'send', process: 'p.1', timeMs: 1 } as const;
    const sent = { key: `${label}-0`, value };
    return [
      { ...about, type: 'invoke', sent: [sent] },
      { ...about, type: 'ok', sent: [{ ...sent, offset }] },
    ];
  });

/** A reader that was told of the older topic only: what it read, and of which topic. */
const reads = (
  key: string,
  ...records: ReadonlyArray<readonly [number, string]>
): NewOperation => ({
  f: 'poll',
  process: 'r.1',
  type: 'ok',
  timeMs: 2,
  polled: [{ key, records }],
});

describe('a reader that was told of a topic before it was deleted', () => {
  const older = acknowledged('t', ['a', 'b']);
  const newer = acknowledged('t#2', ['c', 'd']);
  const deletedAt = older.length + 1;
  const topics = [
    { ...topic, label: 'u', deletedAt: undefined },
    { ...topic, label: 't', deletedAt },
    { ...topic, label: 't#2', deletedAt: undefined },
  ];
  /** `before`, or something else, stands in the history when the deletion begins. */
  const judged = (before: NewOperation, after: readonly NewOperation[]): string[] => {
    const history = new History();
    const all = [...older, before, ...newer, ...after];
    const last = [reads('t#2-0', [0, 'c'], [1, 'd'])].map((it) => ({ ...it, process: 'final' }));
    for (const operation of [...all, ...last]) history.add(operation as NewOperation);
    return judge(history.operations, { topics, logStarts: new Map() });
  };
  const nothing = { ...reads('u-0'), process: 'r.2' } as NewOperation;

  it('may find the next one of its name, where it had handed out nothing', () => {
    expect(judged(nothing, [reads('t-0', [0, 'c'], [1, 'd'])])).toEqual([]);
  });

  it('reads that one as every other reader does', () => {
    const [first] = judged(nothing, [reads('t-0', [1, 'd']), reads('t-0', [0, 'c'])]);

    expect(first).toMatch(/^nonmonotonic-poll on t#2-0/);
  });

  it('is told of where it had handed out anything: then it knew its topics', () => {
    const [first] = judged(reads('u-0'), [reads('t-0', [0, 'c'])]);

    expect(first).toMatch(/^unsent on t-0: offset 0 holds c/);
  });

  it('is told of where it reads both', () => {
    const told = judged(nothing, [reads('t-0', [0, 'c']), reads('t-0', [1, 'b'])]);

    expect(told).toContainEqual(expect.stringMatching(/^unsent on t#2-0: offset 1 holds b/));
  });
});

describe('a record that repeats', () => {
  const REPEATING = [{ ...topic, delays: true, label: 't', deletedAt: undefined }];
  const judged = (
    ticks: ReadonlyArray<readonly [offset: number, tickMs: number, nextMs: number]>,
    { type = 'ok', asked = [] }: { readonly type?: 'ok' | 'fail'; readonly asked?: number[] } = {},
  ): string[] => {
    const history = new History();
    const sent = [{ key: 't-0', value: 'a' }];
    const send = { f: 'send', process: 'p.1', timeMs: 1, sent } as const;
    const invocation = history.add({ ...send, type: 'invoke' });
    history.add({ ...send, type, invocation });
    const records = ticks.map(
      ([offset, tickMs, nextMs]) => [offset, tickValue('a', { tickMs, nextMs }, offset)] as const,
    );
    const polled = [{ key: 't-0', records }];
    history.add({ f: 'poll', process: 'final', type: 'ok', timeMs: 2, polled });
    const repeating = new Map([['a', new Set(asked)]]);
    return judge(history.operations, { topics: REPEATING, logStarts: new Map(), repeating });
  };

  it('is read once a tick, each being the one that was to be next, and need not have ticked yet', () => {
    expect(
      judged([
        [2, 10, 20],
        [5, 20, 30],
        [6, 30, 40],
      ]),
    ).toEqual([]);
    expect(judged([])).toEqual([]);
  });

  it('is told of where a tick is left out, or comes again', () => {
    const leftOut = 'tick on t-0: a comes for 30 at 5, and 20 was to be next';
    const again = 'tick on t-0: a comes for 10 at 5, and 20 was to be next';

    expect(
      judged([
        [2, 10, 20],
        [5, 30, 40],
      ]),
    ).toEqual([leftOut]);
    expect(
      judged([
        [2, 10, 20],
        [5, 10, 20],
      ]),
    ).toEqual([again]);
  });

  it('goes on from the time that it was given', () => {
    expect(
      judged(
        [
          [2, 10, 20],
          [5, 13, 20],
        ],
        { asked: [13] },
      ),
    ).toEqual([]);
    expect(
      judged(
        [
          [2, 10, 20],
          [5, 13, 20],
        ],
        { asked: [14] },
      ),
    ).toHaveLength(1);
  });

  it('is told of where it was surely not sent', () => {
    expect(judged([[2, 10, 20]], { type: 'fail' })).toEqual(['G1a on t-0: a failed, and was read']);
  });
});

describe('an acknowledged record that waited', () => {
  const DELAYING = [{ ...topic, delays: true, label: 't', deletedAt: undefined }];
  const judged = (state: 'maybe' | 'surely' | undefined, isRead: boolean): string[] => {
    const history = new History();
    const sent = [{ key: 't-0', value: 'a' }];
    const send = { f: 'send', process: 'p.1', timeMs: 1, sent } as const;
    const invocation = history.add({ ...send, type: 'invoke' });
    history.add({ ...send, type: 'ok', invocation });
    const records = isRead ? [[3, 'a'] as const] : [];
    const polled = [{ key: 't-0', records }];
    history.add({ f: 'poll', process: 'final', type: 'ok', timeMs: 2, polled });
    const cancelled = new Map(state === undefined ? [] : [['a', state] as const]);
    return judge(history.operations, { topics: DELAYING, logStarts: new Map(), cancelled });
  };

  it('is read, unless it may be cancelled', () => {
    expect(judged(undefined, true)).toEqual([]);
    expect(judged(undefined, false)).toEqual([expect.stringMatching(/^unseen on t-0: a/)]);
    expect(judged('maybe', false)).toEqual([]);
    expect(judged('surely', false)).toEqual([]);
  });

  it('is never read once its cancellation is answered, and may be before', () => {
    expect(judged('maybe', true)).toEqual([]);
    expect(judged('surely', true)).toEqual(['cancelled on t-0: a was read at 3']);
  });
});
