import { describe, expect, test } from 'vitest';
import type { Turn } from '../../../../src/client/spill/replay-gate-core.ts';
import { ReplayGateCore } from '../../../../src/client/spill/replay-gate-core.ts';

const turnOf = (given: Turn | number | undefined): Turn => {
  if (typeof given === 'object') return given;
  throw new Error(`no turn: ${given}`);
};

describe('turns', () => {
  test('without a rate are given to all at once', () => {
    const core = new ReplayGateCore(0);

    const turns = [core.enter(0), core.enter(0), core.enter(0)];

    expect(turns.every((turn) => typeof turn === 'object')).toBe(true);
  });

  test('at a rate are given one after the other, however long nobody came', () => {
    const core = new ReplayGateCore(100);
    turnOf(core.enter(0));

    const waits = [core.enter(10), core.enter(5000), core.enter(5000)];

    expect([waits[0], typeof waits[1], waits[2]]).toEqual([70, 'object', 80]);
  });

  test('that a late timer has missed are made up for', () => {
    const core = new ReplayGateCore(10);
    let given = 0;

    for (let nowMs = 0; nowMs < 1000; nowMs += 15) {
      while (typeof core.enter(nowMs) === 'object') given += 1;
    }

    expect(given).toBeGreaterThanOrEqual(99);
    expect(given).toBeLessThanOrEqual(103);
  });
});

describe('after a refusal', () => {
  test('nobody goes before its pause is over, and then one alone', () => {
    const core = new ReplayGateCore(0);
    const refused = turnOf(core.enter(0));

    core.onRefused(refused, 500);
    const early = core.enter(100);
    const probe = core.enter(500);
    const behind = core.enter(500);

    expect([early, typeof probe, behind]).toEqual([400, 'object', undefined]);
  });

  test('all go again when one was answered', () => {
    const core = new ReplayGateCore(0);
    core.onRefused(turnOf(core.enter(0)), 500);

    core.onAnswered(turnOf(core.enter(500)));

    expect([core.enter(500), core.enter(500)].map((turn) => typeof turn)).toEqual([
      'object',
      'object',
    ]);
    expect(core.refusalsInARow).toBe(0);
  });

  test('one that breaks off tells nothing: the next goes alone too', () => {
    const core = new ReplayGateCore(0);
    core.onRefused(turnOf(core.enter(0)), 500);

    turnOf(core.enter(500));
    core.leave();

    expect(typeof core.enter(500)).toBe('object');
    expect(core.enter(500)).toBeUndefined();
  });

  test('of several under way together counts as one, with the longest of their pauses', () => {
    const core = new ReplayGateCore(0);
    const turns = [0, 1, 2].map((nowMs) => turnOf(core.enter(nowMs)));

    for (const [at, turn] of turns.entries()) core.onRefused(turn, [500, 900, 700][at] ?? 0);

    expect(core.refusalsInARow).toBe(1);
    expect(core.enter(600)).toBe(300);
  });

  test('an answer to one that went before it ends no pause', () => {
    const core = new ReplayGateCore(0);
    const [first, second] = [turnOf(core.enter(0)), turnOf(core.enter(0))];

    core.onRefused(first, 500);
    core.onAnswered(second);

    expect([core.refusalsInARow, core.enter(100)]).toEqual([1, 400]);
  });
});
