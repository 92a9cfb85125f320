import { describe, expect, test } from 'vitest';
import { OverflowGate } from '../../../../../src/client/group/sharing/overflow-gate.ts';

const LIMITS = { aboveLagCount: 100, belowLagCount: 50, forMs: 20 };

/** Whether it is open after each look, which are ten milliseconds apart. */
const looks = (gate: OverflowGate, ...lagCounts: readonly number[]): boolean[] =>
  lagCounts.map((lagCount, at) => {
    gate.onLook({ lagCount, lagMs: 0 }, at * 10);
    return gate.isOpen;
  });

const gateWith = (limits: Partial<typeof LIMITS> = {}): OverflowGate => {
  const gate = new OverflowGate();
  gate.onLimits({ ...LIMITS, ...limits });
  return gate;
};

describe('the gate of the overflow lane', () => {
  test('opens after a high backlog of some duration, and closes after a low one of as much', () => {
    const gate = gateWith();

    expect(looks(gate, 101, 101, 101, 60, 50, 50, 50)).toEqual([
      false,
      false,
      true,
      true,
      true,
      true,
      false,
    ]);
  });

  test('is closed without limits, whatever the backlog', () => {
    expect(looks(new OverflowGate(), 1000, 1000, 1000)).toEqual([false, false, false]);
  });

  test('goes by time as well', () => {
    const gate = new OverflowGate();
    gate.onLimits({ aboveLagMs: 5000, belowLagMs: 1000, forMs: 0 });

    gate.onLook({ lagCount: 1, lagMs: 5001 }, 0);

    expect(gate.isOpen).toBe(true);
  });

  test('stays as it is where the same limits, or others, are told', () => {
    const gate = gateWith({ forMs: 0 });
    looks(gate, 101);

    gate.onLimits({ ...LIMITS, forMs: 0 });
    gate.onLimits({ ...LIMITS, aboveLagCount: 1000, forMs: 0 });
    const stays = gate.isOpen;

    expect([stays, ...looks(gate, 51, 50)]).toEqual([true, true, false]);
  });

  test('does not begin to count anew where the same limits are told', () => {
    const gate = gateWith();
    looks(gate, 101, 101);

    gate.onLimits({ ...LIMITS });
    gate.onLook({ lagCount: 101, lagMs: 0 }, 20);

    expect(gate.isOpen).toBe(true);
  });

  test('closes where limits are taken back, and is closed with new ones', () => {
    const gate = gateWith({ forMs: 0 });
    looks(gate, 101);

    gate.onLimits(undefined);
    const without = gate.isOpen;
    gate.onLimits(LIMITS);

    expect([without, gate.isOpen]).toEqual([false, false]);
  });

  test('is what the leader before has left, until looks say otherwise', () => {
    const gate = gateWith();

    gate.assume(true);

    expect([gate.isOpen, ...looks(gate, 60, 50, 50, 50)]).toEqual([true, true, true, true, false]);
  });
});
