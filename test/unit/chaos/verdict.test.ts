import { describe, expect, it } from 'vitest';
import type { NewOperation, Operation } from '../../chaos/checker/history.ts';
import { History } from '../../chaos/checker/history.ts';
import type { FaultRecord } from '../../chaos/faults/fault-record.ts';
import { measureFaults } from '../../chaos/report/availability.ts';
import { measureGoals } from '../../chaos/report/goals.ts';
import { renderReport } from '../../chaos/report/render-report.ts';
import { judge } from '../../chaos/report/verdict.ts';
import { findWaits } from '../../chaos/report/waiting.ts';
import type { RunSettings } from '../../chaos/run-settings.ts';

const settings: RunSettings = {
  seed: '1',
  seconds: 1,
  shape: '3',
  disk: 'real',
  durability: 'fsync',
  syncMs: 1,
  faults: ['pause'],
  network: 'none',
};

const fault: FaultRecord = {
  kind: 'pause',
  detail: 'node 1',
  startMs: 1000,
  healedMs: 2000,
  wholeMs: 3000,
  boundMs: 500,
};

/** One value a moment, acknowledged at once; `reads` of them by the last reader. */
const historyOf = (ackTimesMs: readonly number[], reads = ackTimesMs.length): Operation[] => {
  const history = new History();
  const add = (operation: NewOperation): number => history.add(operation);
  for (const [at, timeMs] of ackTimesMs.entries()) {
    const process = 'p';
    const sent = { key: 'chaos-0', value: String(at) };
    const begun = { f: 'send', type: 'invoke', process, timeMs, sent: [sent] } as const;
    const invocation = add(begun);
    add({ ...begun, type: 'ok', invocation, sent: [{ ...sent, offset: at }] });
  }
  const records = ackTimesMs.slice(0, reads).map((_, at) => [at, String(at)] as const);
  const polled = [{ key: 'chaos-0', records }];
  add({ f: 'poll', type: 'ok', process: 'final', timeMs: 9000, polled });
  return history.operations;
};

const whole = { settings, faults: [], moves: [], failures: [] };

describe('the longest time without an acknowledgement', () => {
  it('begins at the fault, not before', () => {
    const [effect] = measureFaults(historyOf([100, 1400, 1500, 3000]), [
      { ...fault, wholeMs: 1500 },
    ]);

    expect(effect?.longestGapMs).toBe(400);
  });

  it('counts gaps after the first acknowledgement too', () => {
    const [effect] = measureFaults(historyOf([1010, 1900, 2000, 2500, 3000]), [fault]);

    expect(effect).toMatchObject({ longestGapMs: 890, isWithinBound: false });
  });

  it('does not count what happens after the cluster was whole again', () => {
    const [effect] = measureFaults(historyOf([1200, 1600, 2000, 2400, 2800, 3001, 9000]), [fault]);

    expect(effect).toMatchObject({ longestGapMs: 400, isWithinBound: true });
  });

  it('has no end where the cluster never was whole again', () => {
    const { wholeMs: _, ...rest } = fault;
    const [effect] = measureFaults(historyOf([1200]), [{ ...rest, wholeMs: undefined }]);

    expect(effect).toMatchObject({
      longestGapMs: Number.POSITIVE_INFINITY,
      isWithinBound: false,
    });
  });
});

describe('a partition that the fault itself takes away', () => {
  const both = (ackTimesMs: readonly number[]): Operation[] =>
    historyOf([1200, 1600, 2000, 2400, 2800]).concat(
      historyOf(ackTimesMs).map((operation) =>
        operation.f === 'send'
          ? { ...operation, sent: operation.sent.map((it) => ({ ...it, key: 'chaos-1' })) }
          : operation,
      ),
    );
  const taken = { key: 'chaos-1', boundMs: 1500 };

  it('has a bound of its own, and does not count for the others', () => {
    const [effect] = measureFaults(both([2400, 2900]), [{ ...fault, taken }]);

    expect(effect).toMatchObject({ longestGapMs: 400, isWithinBound: true });
  });

  it('is late when even that bound is missed', () => {
    const [effect] = measureFaults(both([2600, 2900]), [{ ...fault, taken }]);

    expect(effect).toMatchObject({ longestGapMs: 400, isWithinBound: false });
  });
});

describe('a fault that may fail no record', () => {
  const ended = (code: string, timeMs: number): Operation[] => {
    const sent = [{ key: 'chaos-0', value: 'late' }];
    const common = { f: 'send', process: 'p', sent, timeMs } as const;
    return [
      ...historyOf([1200, 1600, 2000, 2400, 2800]),
      { ...common, index: 90, type: 'invoke' },
      { ...common, index: 91, type: 'fail', invocation: 90, code },
    ];
  };
  const strict = { ...fault, failsNoSend: true };

  it('is bad when one failed meanwhile', () => {
    const [effect] = measureFaults(ended('DELIVERY_TIMEOUT', 2500), [strict]);

    expect(effect).toMatchObject({ failedCount: 1, isWithinBound: false });
  });

  it('does not answer for what failed before, nor for what a dying producer gave up', () => {
    const before = measureFaults(ended('DELIVERY_TIMEOUT', 900), [strict]);
    const crashed = measureFaults(ended('crashed', 2500), [strict]);

    expect([before[0]?.isWithinBound, crashed[0]?.isWithinBound]).toEqual([true, true]);
  });
});

describe('a run', () => {
  it('is good when all that was acknowledged is there and every fault was overcome', () => {
    const run = {
      ...whole,
      operations: historyOf([1200, 1600, 2000, 2400, 2800]),
      faults: [fault],
    };

    expect(judge(run).isGood).toBe(true);
  });

  it('is bad when a fault took longer than its bound', () => {
    const run = { ...whole, operations: historyOf([1200, 2900]), faults: [fault] };

    expect(judge(run).isGood).toBe(false);
    expect(renderReport(run, judge(run)).join('\n')).toMatch(/late: pause.*1700 ms, bound 500/);
  });

  it('is bad when an acknowledged value is not there at the end, though others read it', () => {
    const operations = historyOf([1, 2, 3], 2);
    const polled = [{ key: 'chaos-0', records: [[2, '2'] as const] }];
    const early = { f: 'poll', type: 'ok', process: 'r', timeMs: 5, polled, index: 0 } as const;
    const run = { ...whole, operations: [...operations, early] };

    expect(judge(run)).toMatchObject({ anomalies: [], vanished: ['2'], isGood: false });
  });

  it('is bad when nothing was acknowledged', () => {
    expect(judge({ ...whole, operations: historyOf([]) }).isGood).toBe(false);
  });

  it('is bad when something failed that no history shows', () => {
    const run = { ...whole, operations: historyOf([1]), failures: ['node 1 did not end'] };

    expect(judge(run).isGood).toBe(false);
  });
});

describe('a run that is held to goals', () => {
  const restart = { ...fault, kind: 'rolling-restart', boundMs: 3000 };
  const run = (gapMs: number) => ({
    ...whole,
    settings: { ...settings, hasGoals: true },
    operations: historyOf([1000 + gapMs, 1800, 2100, 2400, 2700, 3000]),
    faults: [restart],
  });

  it('is good when the figure is met, and says so', () => {
    const verdict = judge(run(499));

    expect(verdict.isGood).toBe(true);
    expect(renderReport(run(499), verdict).join('\n')).toMatch(
      /goal met: rolling-restart, 1 times, ms: median 499, longest 499 \(under 500\)/,
    );
  });

  it('is bad when the figure is missed, though the bound is kept', () => {
    const verdict = judge(run(501));

    expect(verdict).toMatchObject({ isGood: false, effects: [{ isWithinBound: true }] });
    expect(renderReport(run(501), verdict).join('\n')).toMatch(/goal MISSED: rolling-restart/);
    expect(judge({ ...run(501), settings }).isGood, 'no goals were asked for').toBe(true);
  });

  it('takes the lower middle of several for the median', () => {
    const effects = [900, 100, 2900, 1100].map((longestGapMs) => ({
      fault: { ...fault, kind: 'kill-leader' },
      longestGapMs,
      key: 'chaos-0',
      failedCount: 0,
      readersWaitedMs: 0,
      groupsWaitedMs: 0,
      isWithinBound: true,
    }));

    expect(measureGoals(effects)).toMatchObject([
      { kind: 'kill-leader', count: 4, medianMs: 900, longestMs: 2900, isMet: true },
    ]);
  });
});

describe('a reader that waits for acknowledged records', () => {
  const steady = 'steady-a.1';
  const key = 'chaos-0';
  /** Records acknowledged at these times, offsets in order, and the polls of one reader of them. */
  const read = (
    process: string,
    ackTimesMs: readonly number[],
    polls: ReadonlyArray<readonly [timeMs: number, offset: number]>,
    group?: string,
  ): Operation[] => {
    const history = new History();
    const begun =
      group === undefined
        ? ({ f: 'assign', type: 'ok', process, timeMs: 0, keys: [key] } as const)
        : ({
            f: 'hold',
            type: 'ok',
            process,
            group,
            generation: 1,
            timeMs: 0,
            keys: [key],
          } as const);
    history.add(begun);
    const acks = ackTimesMs.map((timeMs, offset) => ({ timeMs, offset, isPoll: false }));
    const reads = polls.map(([timeMs, offset]) => ({ timeMs, offset, isPoll: true }));
    for (const { timeMs, offset, isPoll } of [...acks, ...reads].sort(
      (a, b) => a.timeMs - b.timeMs,
    )) {
      const value = String(offset);
      if (isPoll) {
        const polled = [{ key, records: [[offset, value] as const] }];
        const of = group === undefined ? {} : { group };
        history.add({ f: 'poll', type: 'ok', process, timeMs, polled, ...of });
        continue;
      }
      const sent = [{ key, value, offset }];
      const send = { f: 'send', process: 'p.1', timeMs } as const;
      const invocation = history.add({ ...send, type: 'invoke', sent });
      history.add({ ...send, type: 'ok', invocation, sent });
    }
    return history.operations;
  };
  const longest = (operations: readonly Operation[]): number =>
    Math.max(0, ...findWaits(operations).map(({ startMs, endMs }) => endMs - startMs));

  it('waits from its last record, or from when the next was acknowledged', () => {
    expect(
      longest(
        read(
          steady,
          [100, 200, 900],
          [
            [150, 0],
            [700, 1],
            [910, 2],
          ],
        ),
      ),
    ).toBe(500);
    expect(
      longest(
        read(
          steady,
          [100, 900],
          [
            [150, 0],
            [950, 1],
          ],
        ),
      ),
    ).toBe(50);
  });

  it('does not wait for what nobody was told is there', () => {
    expect(longest(read(steady, [100, 5000], [[150, 0]]))).toBe(50);
  });

  it('waits to the end of the load where it is shown nothing more', () => {
    expect(longest(read(steady, [100, 200, 9000], [[150, 0]]))).toBe(8800);
  });

  it('fails the run when no fault explains it, and one that does lets it pass', () => {
    const operations = read(
      steady,
      [100, 200, 71_000],
      [
        [150, 0],
        [71_000, 2],
      ],
    );
    const outage = { ...fault, startMs: 300, healedMs: 65_000, wholeMs: 70_900 };

    expect(judge({ ...whole, operations }).unexplained).toEqual([
      'steady-a was shown nothing of chaos-0 for 70.8 s from 0.2 s on, though acknowledged records waited; faults explain 10.0 s',
    ]);
    expect(judge({ ...whole, operations }).isGood).toBe(false);
    const told = (boundMs: number): readonly string[] =>
      judge({ ...whole, operations, faults: [{ ...outage, boundMs }] }).unexplained;
    expect(told(60_000)).toHaveLength(1);
    expect(told(61_000)).toEqual([]);
  });

  it('is a group where one of its members goes on', () => {
    const operations = read(
      'g.stays-1.1',
      [100, 200, 41_000],
      [
        [150, 0],
        [40_900, 1],
      ],
      'g',
    );

    expect(judge({ ...whole, operations }).unexplained).toEqual([
      'group g handled nothing of chaos-0 for 40.7 s from 0.2 s on, though acknowledged records waited; faults explain 30.0 s',
    ]);
    const [effect] = measureFaults(
      operations,
      [{ ...fault, startMs: 1000, wholeMs: 45_000 }],
      findWaits(operations),
    );
    expect(effect).toMatchObject({ readersWaitedMs: 0, groupsWaitedMs: 39_900 });
  });
});

describe('the patient producer', () => {
  const givenUp = (process: string, code: string, afterMs: number): Operation[] => {
    const sent = [{ key: 'chaos-0', value: 'late' }];
    const common = { f: 'send', process, sent } as const;
    const operations = historyOf([1200]);
    const index = operations.length;
    return [
      ...operations,
      { ...common, index, type: 'invoke', timeMs: 1300 },
      {
        ...common,
        index: index + 1,
        type: 'info',
        invocation: index,
        code,
        timeMs: 1300 + afterMs,
      },
    ];
  };
  const unexplained = (operations: Operation[], faults: FaultRecord[] = []): readonly string[] =>
    judge({ ...whole, operations, faults }).unexplained;

  it('fails the run when it is told of a failure, and no other producer does', () => {
    expect(unexplained(givenUp('patient.1', 'DELIVERY_TIMEOUT', 12_000))).toEqual([
      'patient was told DELIVERY_TIMEOUT of late to chaos-0 at 13.3 s, 12.0 s after it was sent',
    ]);
    expect(unexplained(givenUp('impatient.1', 'DELIVERY_TIMEOUT', 12_000))).toEqual([]);
  });

  it('may give up where a fault may take as long as its patience', () => {
    const long = { ...fault, boundMs: 60_000, wholeMs: 70_000 };
    const taken = { key: 'chaos-0', boundMs: 60_000 };

    expect(unexplained(givenUp('patient.1', 'DELIVERY_TIMEOUT', 60_000), [long])).toEqual([]);
    expect(unexplained(givenUp('patient.1', 'DELIVERY_TIMEOUT', 59_000), [long])).toHaveLength(1);
    expect(unexplained(givenUp('patient.1', 'DELIVERY_TIMEOUT', 60_000), [fault])).toHaveLength(1);
    const others = { ...fault, wholeMs: 70_000, taken };
    expect(unexplained(givenUp('patient.1', 'DELIVERY_TIMEOUT', 60_000), [others])).toEqual([]);
  });

  it('is refused what a broker with a wrong clock takes for the future', () => {
    const refused = givenUp('patient.1', 'INVALID_TIMESTAMP', 20);

    expect(unexplained(refused, [{ ...fault, kind: 'jump-clock' }])).toEqual([]);
    expect(unexplained(refused, [fault])).toHaveLength(1);
  });
});
