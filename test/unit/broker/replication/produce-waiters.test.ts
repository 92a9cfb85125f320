import { expect, test } from 'vitest';
import { Deadlines } from '../../../../src/broker/deadlines.ts';
import { ProduceWaiters } from '../../../../src/broker/replication/produce-waiters.ts';
import { ManualClock } from '../../../support/manual-clock.ts';

const setUp = () => {
  const clock = new ManualClock();
  const deadlines = new Deadlines(clock);
  const waiters = new ProduceWaiters(deadlines);
  const done: string[] = [];
  const add = (endOffset: number, timeoutMs = 1000) =>
    waiters.add({
      endOffset,
      leaderEpoch: 3,
      timeoutMs,
      onDone: (code) => done.push(`${endOffset} ${code}`),
    });
  return { clock, deadlines, waiters, done, add };
};

test('what ends at or below the high watermark is acknowledged, the rest waits', () => {
  const { waiters, done, add } = setUp();
  for (const endOffset of [1, 2, 3]) add(endOffset);

  waiters.onHighWatermark(2, 3);

  expect(done).toEqual(['1 NONE', '2 NONE']);
  expect(waiters.count).toBe(1);
});

test('a retry of an older batch is acknowledged with its own end', () => {
  const { waiters, done, add } = setUp();
  add(5);
  add(9);
  add(3);

  waiters.onHighWatermark(5, 3);

  expect(done).toEqual(['3 NONE', '5 NONE']);
});

test('one that has timed out is not acknowledged as well', () => {
  const { clock, waiters, done, add } = setUp();
  add(1, 100);
  add(2, 1000);
  clock.advance(120);

  waiters.onHighWatermark(2, 3);

  expect(done).toEqual(['1 REQUEST_TIMED_OUT', '2 NONE']);
});

test('all end when the leadership does', () => {
  const { clock, waiters, done, add } = setUp();
  add(1);
  add(2);

  waiters.failAll('NOT_LEADER_OR_FOLLOWER');
  clock.advance(5000);

  expect(done).toEqual(['1 NOT_LEADER_OR_FOLLOWER', '2 NOT_LEADER_OR_FOLLOWER']);
  expect(waiters.count).toBe(0);
});

test('an acknowledgement in another leader epoch than that of the append stops the node', () => {
  const { waiters, add } = setUp();
  add(1);

  expect(() => waiters.onHighWatermark(1, 4)).toThrow(/leader epoch/);
});

test('any number that is done leaves one deadline, and none once that is over', () => {
  const { clock, deadlines, waiters, done, add } = setUp();
  for (let endOffset = 1; endOffset <= 500; endOffset += 1) {
    add(endOffset);
    waiters.onHighWatermark(endOffset, 3);
  }

  const before = deadlines.pendingCount;
  clock.advance(1020);

  expect([before, deadlines.pendingCount]).toEqual([1, 0]);
  expect(done.every((each) => each.endsWith('NONE'))).toBe(true);
});

test('a leadership that ends leaves no deadline behind', () => {
  const { deadlines, waiters, add } = setUp();
  add(1);

  waiters.failAll('NOT_LEADER_OR_FOLLOWER');

  expect(deadlines.pendingCount).toBe(0);
});

test('each ends at its own time, a shorter one behind a longer one too', () => {
  const { clock, done, add } = setUp();
  add(1, 1000);
  add(2, 100);
  clock.advance(50);
  add(3, 500);

  const seen = [40, 70, 400, 420, 40].map((ms) => {
    clock.advance(ms);
    return done.length;
  });

  expect(seen).toEqual([0, 1, 2, 2, 3]);
  expect(done).toEqual(['2 REQUEST_TIMED_OUT', '3 REQUEST_TIMED_OUT', '1 REQUEST_TIMED_OUT']);
});

test('one that comes after others were done in time has its whole time', () => {
  const { clock, waiters, done, add } = setUp();
  add(1, 1000);
  waiters.onHighWatermark(1, 3);
  clock.advance(900);
  add(2, 1000);

  clock.advance(980);
  const inTime = [...done];
  clock.advance(40);

  expect([inTime, done]).toEqual([['1 NONE'], ['1 NONE', '2 REQUEST_TIMED_OUT']]);
});
