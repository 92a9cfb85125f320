import { describe, expect, test } from 'vitest';
import { HandlerTimes } from '../../../../src/client/handling/handler-times.ts';

describe('the times that handlers take', () => {
  test('are told by percentiles, a tenth too high at most', () => {
    const times = new HandlerTimes();
    for (let ms = 1; ms <= 1000; ms += 1) times.note(ms, 2, 0);

    const told = times.told(0);

    expect(told).toMatchObject({ callCount: 1000, recordCount: 2000 });
    expect((told?.p50Ms ?? 0) / 500).toBeGreaterThanOrEqual(1);
    expect((told?.p50Ms ?? 0) / 500).toBeLessThan(1.1);
    expect((told?.p99Ms ?? 0) / 990).toBeGreaterThanOrEqual(1);
    expect((told?.p99Ms ?? 0) / 990).toBeLessThan(1.1);
  });

  test('are those of about the last minute, and none where no call has ended in it', () => {
    const times = new HandlerTimes();
    const none = times.told(0);
    times.note(100, 1, 10_000);
    times.note(1, 1, 35_000);

    const counts = [29_000, 35_000, 64_000, 66_000, 200_000].map(
      (nowMs) => times.told(nowMs)?.callCount,
    );

    expect([none, ...counts]).toEqual([undefined, 2, 2, 2, 1, undefined]);
  });

  test('may be nothing, or longer than anybody waits', () => {
    const times = new HandlerTimes();
    times.note(0, 1, 0);
    times.note(Number.MAX_SAFE_INTEGER, 1, 0);

    const told = times.told(0);

    expect(told?.p50Ms).toBeLessThan(0.01);
    expect(told?.p99Ms).toBeGreaterThan(1e8);
  });
});
