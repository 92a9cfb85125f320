import { expect, test } from 'vitest';
import { Deadlines } from '../../../src/broker/deadlines.ts';
import { ManualClock } from '../../support/manual-clock.ts';

const setUp = () => {
  const clock = new ManualClock();
  const fired: string[] = [];
  const deadlines = new Deadlines(clock);
  const add = (name: string, delayMs: number) => deadlines.add(delayMs, () => fired.push(name));
  return { clock, deadlines, fired, add };
};

test('a deadline runs no sooner than asked for and at most one slot late', () => {
  const { clock, fired, add } = setUp();
  clock.advance(3);
  add('a', 100);

  clock.advance(99);
  expect(fired).toEqual([]);
  clock.advance(11);

  expect(fired).toEqual(['a']);
});

test('deadlines run in the order of their slots, whatever the order they were set in', () => {
  const { clock, fired, add } = setUp();
  add('late', 500);
  add('early', 50);
  add('middle', 200);

  clock.advance(1000);

  expect(fired).toEqual(['early', 'middle', 'late']);
});

test('a cancelled deadline never runs', () => {
  const { clock, fired, add, deadlines } = setUp();
  const deadline = add('a', 50);
  add('b', 50);

  deadline.cancel();
  clock.advance(100);

  expect(fired).toEqual(['b']);
  expect(deadlines.pendingCount).toBe(0);
});

test('ten thousand deadlines take one timer', () => {
  const { clock, add } = setUp();

  for (let index = 0; index < 10_000; index += 1) add(`${index}`, index % 1000);

  expect(clock.timerCount).toBe(1);
});

test('a deadline set by another one runs in its own time', () => {
  const { clock, deadlines, fired } = setUp();
  deadlines.add(50, () => {
    fired.push('first');
    deadlines.add(50, () => fired.push('second'));
  });

  clock.advance(70);
  expect(fired).toEqual(['first']);
  clock.advance(60);

  expect(fired).toEqual(['first', 'second']);
});

test('nothing runs after close, and no timer is left', () => {
  const { clock, deadlines, fired, add } = setUp();
  add('a', 50);

  deadlines.close();
  clock.advance(100);

  expect(fired).toEqual([]);
  expect(clock.timerCount).toBe(0);
});
