import { describe, expect, it } from 'vitest';
import type { NewOperation, Operation } from '../../chaos/checker/history.ts';
import { History } from '../../chaos/checker/history.ts';
import type { FaultRecord } from '../../chaos/faults/fault-record.ts';
import type { CoordinatorMove } from '../../chaos/load/coordinator-move.ts';
import { renderReport } from '../../chaos/report/render-report.ts';
import { judge } from '../../chaos/report/verdict.ts';
import type { RunSettings } from '../../chaos/run-settings.ts';

const settings: RunSettings = {
  seed: '1',
  seconds: 130,
  shape: '3+3',
  disk: 'real',
  durability: 'fsync',
  syncMs: 1,
  faults: ['kill-leader'],
  network: 'none',
};

const key = 'chaos-0';
const group = 'g';
const LOAD_END_MS = 90_000;

/** From one time to another, in steps. */
const every = (stepMs: number, fromMs: number, toMs: number): number[] =>
  Array.from({ length: Math.floor((toMs - fromMs) / stepMs) + 1 }, (_, at) => fromMs + at * stepMs);

/** A group handles one record and no other until 80 s; these generations begin meanwhile. */
const stuckGroup = (generationsMs: readonly number[] = [], endMs = 80_000): Operation[] => {
  const history = new History();
  const who = { process: 'g.a.1', group } as const;
  const hold = (timeMs: number, generation: number): NewOperation => {
    return { ...who, f: 'hold', type: 'ok', timeMs, generation, keys: [key] };
  };
  const events = [hold(0, 1), ...generationsMs.map((timeMs, at) => hold(timeMs, at + 2))];
  for (const [offset, timeMs] of every(1000, 1000, LOAD_END_MS).entries()) {
    const sent = [{ key, value: String(offset), offset }];
    const send = { f: 'send', process: 'p.1', timeMs, sent } as const;
    events.push({ ...send, type: 'invoke' }, { ...send, type: 'ok' });
    if (timeMs > 10_000 && timeMs < endMs) continue;
    const polled = [{ key, records: [[offset, String(offset)] as const] }];
    events.push({ ...who, f: 'poll', type: 'ok', timeMs: timeMs + 1, polled });
  }
  for (const event of events.sort((a, b) => a.timeMs - b.timeMs)) history.add(event);
  return history.operations;
};

/** Each seen within 200 ms. */
const movesAt = (timesMs: readonly number[], of = group): CoordinatorMove[] =>
  timesMs.map((firstMs, epoch) => ({ group: of, epoch, lastMs: firstMs - 200, firstMs }));

/** Kills 5 s apart, each whole again after 3 s. */
const kills: readonly FaultRecord[] = every(5000, 5000, 85_000).map((startMs) => ({
  kind: 'kill-leader',
  detail: 'node 1',
  startMs,
  healedMs: startMs + 2800,
  wholeMs: startMs + 3000,
  boundMs: 6000,
}));

const unexplained = (
  operations: readonly Operation[],
  moves: readonly CoordinatorMove[],
  faults: readonly FaultRecord[] = kills,
): readonly string[] => judge({ settings, operations, faults, moves, failures: [] }).unexplained;

it('is told of in the report', () => {
  const moves = movesAt([5100, 9100, 12_100, 40_100]);
  const run = { settings, operations: stuckGroup(), faults: kills, moves, failures: [] };

  expect(renderReport(run, judge(run)).join('\n')).toMatch(/^set back: group g 2 times, 7000 ms/m);
});

describe('a group that handles nothing for 70 s while leaders are killed', () => {
  it('has no excuse where its coordinator stays', () => {
    expect(unexplained(stuckGroup(), [])).toEqual([
      'group g handled nothing of chaos-0 for 69.0 s from 11.0 s on, though acknowledged records waited; faults explain 36.0 s',
    ]);
  });

  it('is excused where no coordinator is there for the session of a dead member', () => {
    expect(unexplained(stuckGroup(), movesAt(every(5000, 5100, 80_100)))).toEqual([]);
    expect(unexplained(stuckGroup(), movesAt(every(9900, 5100, 80_100)))).toEqual([]);
  });

  it('hangs where each coordinator is there for a session and what follows', () => {
    expect(unexplained(stuckGroup(), movesAt(every(10_200, 5100, 85_000)))).toHaveLength(1);
  });

  it('hangs where its coordinator stays from some time on', () => {
    const moves = movesAt(every(5000, 5100, 40_100));

    expect(unexplained(stuckGroup(), moves)).toEqual([
      'group g handled nothing of chaos-0 for 69.0 s from 11.0 s on, though acknowledged records waited; faults explain 36.0 s, moves of its coordinator 29.1 s',
    ]);
    expect(unexplained(stuckGroup([], 76_000), moves)).toEqual([]);
  });

  it('hangs where generations begin all the while: nobody who died is waited for', () => {
    const generationsMs = every(5000, 7000, 77_000);

    expect(unexplained(stuckGroup(generationsMs), movesAt(every(5000, 5100, 80_100)))).toHaveLength(
      1,
    );
  });

  it('hangs where its coordinator moves and no fault is there to move it', () => {
    const moves = movesAt(every(5000, 5100, 80_100));
    const first = kills.filter(({ startMs }) => startMs <= 20_000);

    expect(unexplained(stuckGroup(), moves, first)).toHaveLength(1);
  });

  it('is not excused by the coordinator of another group', () => {
    expect(unexplained(stuckGroup(), movesAt(every(5000, 5100, 80_100), 'other'))).toHaveLength(1);
  });
});
