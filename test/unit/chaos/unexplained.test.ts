import { describe, expect, it } from 'vitest';
import type { NewOperation, Operation } from '../../chaos/checker/history.ts';
import { History } from '../../chaos/checker/history.ts';
import type { FaultRecord } from '../../chaos/faults/fault-record.ts';
import { findGivenUp, findStuck } from '../../chaos/report/unexplained.ts';
import type { Wait } from '../../chaos/report/waiting.ts';
import { findWaits } from '../../chaos/report/waiting.ts';

const key = 'chaos-0';
const LOAD_END_MS = 9000;

const sent = (timeMs: number, offset: number): NewOperation[] => {
  const parts = [{ key, value: String(offset), offset }];
  const send = { f: 'send', process: 'p.1', timeMs, sent: parts } as const;
  return [
    { ...send, type: 'invoke' },
    { ...send, type: 'ok' },
  ];
};
const shown = (
  timeMs: number,
  offset: number,
  by: { readonly process: string; readonly group?: string },
): NewOperation => {
  const polled = [{ key, records: [[offset, String(offset)] as const] }];
  return { ...by, f: 'poll', type: 'ok', timeMs, polled };
};
const assigned = (timeMs: number, process: string): NewOperation => {
  return { f: 'assign', type: 'ok', process, timeMs, keys: [key] };
};
const held = (timeMs: number, process: string, generation: number): NewOperation => {
  return { f: 'hold', type: 'ok', process, group: 'g', generation, timeMs, keys: [key] };
};

/** The longest wait until no more is sent. */
const longest = (...operations: NewOperation[]): number => {
  const history = new History();
  for (const operation of operations) history.add(operation);
  return Math.max(0, ...findWaits(history.operations).map((it) => it.endMs - it.startMs));
};

describe('a wait', () => {
  it('goes on where a group gives the partition to another member', () => {
    const waited = longest(
      held(0, 'g.a.1', 1),
      ...sent(100, 0),
      shown(150, 0, { process: 'g.a.1', group: 'g' }),
      ...sent(200, 1),
      held(5000, 'g.b.1', 2),
      ...sent(LOAD_END_MS, 2),
    );

    expect(waited).toBe(LOAD_END_MS - 200);
  });

  it('begins with the first record where a reader begins anew', () => {
    const waited = longest(
      assigned(0, 'r.1'),
      ...sent(100, 0),
      shown(150, 0, { process: 'r.1' }),
      assigned(5000, 'r.2'),
      ...sent(LOAD_END_MS, 1),
    );

    expect(waited).toBe(LOAD_END_MS - 5000);
  });

  it('goes on all the time where a group never gives anything to anybody', () => {
    const asked = {
      f: 'committed',
      type: 'ok',
      process: 'auditor',
      group: 'g',
      offsets: [],
    } as const;

    const waited = longest(...sent(100, 0), ...sent(LOAD_END_MS, 1), {
      ...asked,
      timeMs: LOAD_END_MS + 1000,
    });

    expect(waited).toBe(LOAD_END_MS - 100);
  });

  it('begins when any later record is acknowledged, in whatever order they are', () => {
    const waited = longest(
      assigned(0, 'r.1'),
      ...sent(100, 1),
      ...sent(3000, 0),
      ...sent(LOAD_END_MS, 2),
    );

    expect(waited).toBe(LOAD_END_MS - 100);
  });

  it('ends with the load, whenever the rest is shown', () => {
    const waited = longest(
      assigned(0, 'r.1'),
      ...sent(100, 0),
      ...sent(1000, 1),
      shown(5000, 0, { process: 'r.1' }),
    );

    expect(waited).toBe(1000 - 100);
  });
});

const fault: FaultRecord = {
  kind: 'pause',
  detail: 'node 1',
  startMs: 20_000,
  healedMs: 21_000,
  wholeMs: 22_000,
  boundMs: 60_000,
};
const taken = { key: 'chaos-1', boundMs: 60_000 };

describe('findStuck', () => {
  const stuck = (wait: Partial<Wait>, faults: readonly FaultRecord[]): number => {
    const all = { who: 'steady-a', isGroup: false, key, startMs: 10_000, endMs: 30_000, ...wait };
    return findStuck([all], faults, []).length;
  };

  it('is explained by a fault of that time only, not by one before or after', () => {
    expect(stuck({}, [fault])).toBe(0);
    expect(stuck({ startMs: 22_000, endMs: 42_000 }, [fault])).toBe(1);
    expect(stuck({ startMs: 0, endMs: 20_000 }, [fault])).toBe(1);
  });

  it('is not explained by what takes another partition away', () => {
    const other = { ...fault, boundMs: 500, taken };

    expect(stuck({}, [other])).toBe(1);
    expect(stuck({ key: taken.key }, [other])).toBe(0);
  });

  it('lets a reader that begins anew by itself be a life of its own late', () => {
    expect(stuck({ who: 'restless', endMs: 35_000 }, [])).toBe(0);
    expect(stuck({ who: 'restless', endMs: 35_001 }, [])).toBe(1);
  });
});

describe('findGivenUp', () => {
  const told = (type: 'ok' | 'fail' | 'info', code: string): Operation[] => {
    const send = { f: 'send', process: 'patient.1', sent: [{ key, value: 'late' }] } as const;
    return [
      { ...send, index: 0, type: 'invoke', timeMs: 25_000 },
      { ...send, index: 1, type, invocation: 0, code, timeMs: 26_000 },
    ];
  };

  it('tells of what failed, surely or perhaps, and of nothing else', () => {
    const found = (['fail', 'info', 'ok'] as const).map(
      (type) => findGivenUp(told(type, 'DELIVERY_TIMEOUT'), [fault]).length,
    );

    expect(found).toEqual([1, 1, 0]);
    expect(findGivenUp(told('info', 'crashed'), [])).toEqual([]);
  });

  it('excuses a refused timestamp by a wrong clock of that time only', () => {
    const refused = told('fail', 'INVALID_TIMESTAMP');
    const clock = { ...fault, kind: 'jump-clock' };

    expect(findGivenUp(refused, [{ ...clock, wholeMs: 27_000 }])).toEqual([]);
    expect(findGivenUp(refused, [clock])).toHaveLength(1);
  });
});
