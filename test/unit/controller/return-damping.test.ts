import { describe, expect, test } from 'vitest';
import { ReturnDamping } from '../../../src/controller/return-damping.ts';
import { TestCluster } from './fixtures.ts';

const MINUTE_MS = 60_000;

/** Broker 1 of two, whose image the damping follows. */
const setUp = () => {
  const cluster = TestCluster.withBrokers(2);
  const damping = new ReturnDamping();
  damping.onImage(cluster.image, 0);
  let run = 0;
  const end = (nowMs: number): void => {
    cluster.fence(1);
    damping.onImage(cluster.image, nowMs);
  };
  const comeBack = (nowMs: number): void => {
    run += 1;
    cluster.start(1, { incarnationId: `run-1-${run}` });
    damping.onImage(cluster.image, nowMs);
  };
  /** Ends and is back at each of these times. */
  const endAt = (...times: readonly number[]): void => {
    for (const nowMs of times) {
      end(nowMs);
      comeBack(nowMs);
    }
  };
  return { cluster, damping, end, comeBack, endAt };
};

describe('leaders return to a broker', () => {
  test('at once when it has ended once', () => {
    const { damping, endAt } = setUp();

    endAt(1000);

    expect(damping.isResting(1, 1000)).toBe(false);
  });

  test('at once when it has come for the first time', () => {
    const { cluster, damping } = setUp();

    cluster.start(3);
    damping.onImage(cluster.image, 1000);

    expect(damping.isResting(3, 1000)).toBe(false);
  });

  test.each([
    [2, 5000],
    [3, 10_000],
    [4, 20_000],
    [20, 300_000],
  ])('after %d ends within ten minutes only %d ms after it is back', (count, waitMs) => {
    const { damping, endAt } = setUp();

    endAt(...Array.from({ length: count }, (_, at) => at * 1000));
    const backAtMs = (count - 1) * 1000;

    expect(damping.isResting(1, backAtMs + waitMs - 1)).toBe(true);
    expect(damping.isResting(1, backAtMs + waitMs)).toBe(false);
  });

  test('at once again where the end before is ten minutes ago', () => {
    const { damping, endAt } = setUp();

    endAt(0, 10 * MINUTE_MS);

    expect(damping.isResting(1, 10 * MINUTE_MS)).toBe(false);
  });

  test('counted from when it is back, not from its end', () => {
    const { damping, end, comeBack, endAt } = setUp();

    endAt(0);
    end(1000);
    comeBack(60_000);

    expect(damping.isResting(1, 64_999)).toBe(true);
    expect(damping.isResting(1, 65_000)).toBe(false);
  });

  test('as slowly where it was replaced by a new process without being fenced', () => {
    const { damping, comeBack } = setUp();

    for (const nowMs of [1000, 2000]) comeBack(nowMs);

    expect(damping.isResting(1, 6999)).toBe(true);
  });

  test('whatever another one does', () => {
    const { damping, endAt } = setUp();

    endAt(1000, 2000, 3000);

    expect(damping.isResting(2, 3000)).toBe(false);
  });
});
