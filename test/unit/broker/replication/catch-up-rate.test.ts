import { expect, test } from 'vitest';
import { CatchUpRate } from '../../../../src/broker/replication/catch-up-rate.ts';

test('a burst of one second is free', () => {
  const rate = new CatchUpRate(1000);

  rate.take(1000, 0);

  expect(rate.waitMs(0)).toBe(0);
});

test('what goes beyond it is waited for', () => {
  const rate = new CatchUpRate(1000);

  rate.take(4000, 0);

  expect(rate.waitMs(0)).toBe(3000);
  expect(rate.waitMs(2999)).toBe(1);
  expect(rate.waitMs(3000)).toBe(0);
});

test('over a long time the rate holds', () => {
  const rate = new CatchUpRate(1000);
  let nowMs = 0;
  let bytes = 0;

  while (bytes < 100_000) {
    rate.take(700, nowMs);
    bytes += 700;
    nowMs += rate.waitMs(nowMs);
  }

  expect((bytes / nowMs) * 1000).toBeGreaterThan(990);
  expect((bytes / nowMs) * 1000).toBeLessThan(1020);
});

test('idle time saves up one second and no more', () => {
  const rate = new CatchUpRate(1000);
  rate.take(0, 0);

  rate.take(2000, 60_000);

  expect(rate.waitMs(60_000)).toBe(1000);
});

test('another rate shortens the wait for what has come already', () => {
  const rate = new CatchUpRate(1000);
  rate.take(5000, 0);

  rate.maxBytesPerSecond = 4000;

  expect(rate.waitMs(0)).toBe(1000);
});

test('without a limit nothing waits', () => {
  const rate = new CatchUpRate(Number.MAX_SAFE_INTEGER);

  for (let at = 0; at < 100; at += 1) rate.take(4 * 1024 * 1024, 0);

  expect(rate.waitMs(0)).toBe(0);
});

const unbounded = (): CatchUpRate => new CatchUpRate(Number.MAX_SAFE_INTEGER);

test('without a limit copies rest as long as their answer took', () => {
  const rate = unbounded();

  rate.onCopied(30, 1000);

  expect(rate.restMs(1000)).toBe(30);
  expect(rate.restMs(1029)).toBe(1);
  expect(rate.restMs(1030)).toBe(0);
});

test('however long an answer took, copies go on after 100 ms', () => {
  const rate = unbounded();

  rate.onCopied(60_000, 0);

  expect(rate.restMs(0)).toBe(100);
});

test('streams that work at the same time rest at the same time', () => {
  const rate = unbounded();

  rate.onCopied(20, 0);
  rate.onCopied(10, 5);

  expect(rate.restMs(5)).toBe(15);
});

test('where a limit is set nothing rests beside it', () => {
  const rate = new CatchUpRate(1000);

  rate.onCopied(30, 0);

  expect(rate.restMs(0)).toBe(0);
});
