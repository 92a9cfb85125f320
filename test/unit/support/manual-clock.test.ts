import { describe, expect, it } from 'vitest';
import { sleep } from '../../../src/env/clock.ts';
import { ManualClock, stepSettled } from '../../support/manual-clock.ts';

describe('the manual clock', () => {
  it('fires timers by time, and timers of one moment as they were set', () => {
    const clock = new ManualClock();
    const fired: string[] = [];
    clock.setTimer(20, () => fired.push('late'));
    clock.setTimer(10, () => fired.push('first'));
    clock.setTimer(10, () => fired.push('second'));

    clock.advance(20);

    expect(fired).toEqual(['first', 'second', 'late']);
  });

  it('stands at the moment of the timer while it runs', () => {
    const clock = new ManualClock();
    const moments: number[] = [];
    clock.setTimer(7, () => moments.push(clock.monotonicMs()));

    clock.advance(100);

    expect([...moments, clock.monotonicMs()]).toEqual([7, 100]);
  });

  it('runs a timer that a timer set, within one advance', () => {
    const clock = new ManualClock();
    let count = 0;
    const again = (): void => {
      count += 1;
      clock.setTimer(10, again);
    };
    clock.setTimer(10, again);

    clock.advance(35);

    expect(count).toBe(3);
  });

  it('runs a deferred callback after promise reactions and before timers', async () => {
    const clock = new ManualClock();
    const order: string[] = [];
    clock.setTimer(0, () => order.push('timer'));
    clock.defer(() => order.push('deferred'));
    void Promise.resolve().then(() => order.push('promise'));

    await clock.settle();

    expect(order).toEqual(['promise', 'deferred', 'timer']);
  });

  it('lets promises react between two timers when it settles', async () => {
    const clock = new ManualClock();
    const done: number[] = [];
    const nap = async (): Promise<void> => {
      for (let index = 0; index < 3; index += 1) {
        await sleep(clock, 10);
        done.push(clock.monotonicMs());
      }
    };
    const napping = nap();

    await clock.settle(30);
    await napping;

    expect(done).toEqual([10, 20, 30]);
  });

  it('jumps the wall clock without the monotonic one', () => {
    const clock = new ManualClock();
    const wallMs = clock.wallMs();

    clock.jumpWall(-5000);

    expect(clock.wallMs() - wallMs).toBe(-5000);
    expect(clock.monotonicMs()).toBe(0);
  });
});

describe('stepping', () => {
  it('lets promises react to the end between two steps, in one round of the loop and the next', async () => {
    const order: string[] = [];
    let count = 0;

    await stepSettled(() => {
      if (count === 100) return false;
      count += 1;
      order.push(`step ${count}`);
      const reaction = async (): Promise<void> => {
        for (let hop = 0; hop < 5; hop += 1) await Promise.resolve();
        order.push('reaction');
      };
      void reaction();
      return true;
    });

    const pairs = Array.from({ length: 100 }, (_, at) => [`step ${at + 1}`, 'reaction']);
    expect(order).toEqual(pairs.flat());
  });

  it('ends with what a step throws, and takes no further one', async () => {
    let count = 0;
    const stepping = stepSettled(() => {
      count += 1;
      if (count === 3) throw new Error('broken');
      return true;
    });

    await expect(stepping).rejects.toThrow('broken');
    await new Promise((resolve) => setImmediate(resolve));

    expect(count).toBe(3);
  });
});
