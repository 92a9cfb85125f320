import { describe, expect, it } from 'vitest';
import type { Clock } from '../../src/env/clock.ts';
import { sleep } from '../../src/env/clock.ts';
import { SystemClock } from '../../src/platform/system-clock.ts';
import { ManualClock } from '../support/manual-clock.ts';

interface Subject {
  readonly clock: Clock;
  /** Lets this much time pass, and everything due in it happen. */
  pass(ms: number): Promise<void>;
}

const subjects: Readonly<Record<string, () => Subject>> = {
  'the system clock': () => ({
    clock: new SystemClock(),
    pass: (ms) => new Promise((resolve) => setTimeout(resolve, ms + 15)),
  }),
  'the manual clock': () => {
    const clock = new ManualClock();
    return { clock, pass: (ms) => clock.settle(ms) };
  },
};

describe.each(Object.entries(subjects))('%s', (_name, makeSubject) => {
  it('runs a timer once, no sooner than its delay', async () => {
    const { clock, pass } = makeSubject();
    const startMs = clock.monotonicMs();
    const waitedMs: number[] = [];
    clock.setTimer(20, () => waitedMs.push(clock.monotonicMs() - startMs));

    await pass(60);

    expect(waitedMs.length).toBe(1);
    expect(waitedMs[0]).toBeGreaterThanOrEqual(20);
  });

  it('never runs a cancelled timer, and takes a second cancel', async () => {
    const { clock, pass } = makeSubject();
    let count = 0;
    const timer = clock.setTimer(5, () => {
      count += 1;
    });

    timer.cancel();
    timer.cancel();
    await pass(20);

    expect(count).toBe(0);
  });

  it('takes the cancel of a timer that has fired', async () => {
    const { clock, pass } = makeSubject();
    const timer = clock.setTimer(0, () => {});
    await pass(5);

    expect(() => timer.cancel()).not.toThrow();
  });

  it('fires timers by their due time', async () => {
    const { clock, pass } = makeSubject();
    const order: number[] = [];
    for (const delayMs of [30, 10, 20]) clock.setTimer(delayMs, () => order.push(delayMs));

    await pass(60);

    expect(order).toEqual([10, 20, 30]);
  });

  it('defers past promise reactions and ahead of a timer due at once', async () => {
    const { clock, pass } = makeSubject();
    const order: string[] = [];
    clock.setTimer(0, () => order.push('timer'));
    clock.defer(() => order.push('deferred'));
    void Promise.resolve()
      .then(() => order.push('promise'))
      .then(() => order.push('promise of a promise'));

    await pass(20);

    expect(order).toEqual(['promise', 'promise of a promise', 'deferred', 'timer']);
  });

  it('runs deferred callbacks in the order given, between two timers of one moment', async () => {
    const { clock, pass } = makeSubject();
    const order: string[] = [];
    clock.setTimer(5, () => {
      clock.defer(() => order.push('deferred 1'));
      clock.defer(() => order.push('deferred 2'));
      order.push('timer 1');
    });
    clock.setTimer(5, () => order.push('timer 2'));

    await pass(30);

    expect(order).toEqual(['timer 1', 'deferred 1', 'deferred 2', 'timer 2']);
  });

  it('has a monotonic time that never goes back and a wall time in whole milliseconds', async () => {
    const { clock, pass } = makeSubject();
    const beforeMs = clock.monotonicMs();
    await pass(5);

    expect(clock.monotonicMs()).toBeGreaterThanOrEqual(beforeMs);
    expect(Number.isInteger(clock.wallMs())).toBe(true);
  });

  it('ends a sleep with the reason of its signal', async () => {
    const { clock, pass } = makeSubject();
    const abort = new AbortController();
    const outcome = expect(sleep(clock, 10_000, abort.signal)).rejects.toBe('enough');

    abort.abort('enough');
    await pass(0);

    await outcome;
  });

  it('waits longer than 24.8 days without firing at once', async () => {
    const { clock, pass } = makeSubject();
    let hasFired = false;
    const timer = clock.setTimer(2 ** 31 + 1000, () => {
      hasFired = true;
    });

    await pass(20);
    timer.cancel();

    expect(hasFired).toBe(false);
  });
});
