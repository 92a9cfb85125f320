import { describe, expect, it } from 'vitest';
import { DueWindow } from '../../../../src/broker/delayed/due-window.ts';
import type { Hold } from '../../../../src/broker/delayed/held-batch.ts';

const hold = (offset: number, dueMs: number): Hold => ({ offset, dueMs, firstOffset: offset });
const offsetsOf = (holds: readonly Hold[]): number[] => holds.map(({ offset }) => offset);

/** One of three, filled with all there is. */
const filled = (...holds: readonly Hold[]): DueWindow => {
  const window = new DueWindow(3);
  window.fill(holds, window.wantedCount);
  return window;
};

describe('the window of the nearest', () => {
  it('gives what is due, nearest first, then by offset', () => {
    const window = filled(hold(5, 10));
    window.add(hold(2, 20));
    window.add(hold(7, 10));

    expect(offsetsOf(window.due(15, 10))).toEqual([5, 7]);
    expect(window.nextDueMs).toBe(10);
  });

  it('forgets the furthest beyond its bound, and then asks for more when it is empty', () => {
    const window = filled(hold(1, 10), hold(2, 20));
    window.add(hold(3, 30));
    window.add(hold(4, 5));

    for (const offset of [4, 1, 2]) window.remove(offset);

    expect(window.needsFill).toBe(true);
  });

  it('leaves what lies beyond its last entry to the index while it does not have all', () => {
    const window = filled(hold(1, 10), hold(2, 20), hold(3, 30));
    window.add(hold(4, 40));

    expect(offsetsOf(window.due(100, 10))).toEqual([1, 2, 3]);
  });

  it('never gives again what is in flight, by whichever way it comes', () => {
    const window = filled(hold(1, 10), hold(2, 20));

    window.noteInFlight([1, 9]);
    window.add(hold(9, 5));
    window.fill([hold(1, 10), hold(2, 20)], window.wantedCount);

    expect(offsetsOf(window.due(100, 10))).toEqual([2]);
    expect(window.wantedCount).toBe(5);
  });

  it('asks for more behind a full page, also where more came in flight while it was read', () => {
    const window = new DueWindow(3);
    const { wantedCount } = window;
    window.noteInFlight([9]);
    window.fill([hold(1, 10), hold(2, 20), hold(3, 30)], wantedCount);

    for (const offset of [1, 2, 3]) window.remove(offset);

    expect(window.needsFill).toBe(true);
  });

  it('knows what is in flight also when what waits is read anew', () => {
    const window = filled(hold(1, 10), hold(2, 20));
    window.noteInFlight([1]);

    window.unfill();
    window.fill([hold(1, 10), hold(2, 20)], window.wantedCount);

    expect(offsetsOf(window.due(100, 10))).toEqual([2]);
  });
});
