import { describe, expect, it } from 'vitest';
import type { NewOperation } from '../../chaos/checker/history.ts';
import { History } from '../../chaos/checker/history.ts';
import { judge } from './judge.ts';

const topic = { name: 't', keeps: 'all', delays: false, isKept: false, partitionCount: 1 } as const;
/** Deleted, and made anew under its name. */
const TOPICS = [
  { ...topic, label: 't', isDeleted: true },
  { ...topic, label: 't#2', isDeleted: false },
];

const send = (
  process: string,
  type: 'invoke' | 'ok' | 'fail' | 'info',
  value: string,
): NewOperation => {
  const sent = [{ key: 't-0', value, ...(type === 'ok' && { offset: 0 }) }];
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

  it('is told of where its producer had an acknowledgement in the older one', () => {
    const known = [send('p.1', 'invoke', 'b'), send('p.1', 'ok', 'b')];

    expect(foundIn('t#2-0', 'a', ...known, ...waiting)).toEqual(UNSENT);
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
