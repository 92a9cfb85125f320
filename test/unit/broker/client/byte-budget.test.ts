import { expect, test } from 'vitest';
import { ByteBudget } from '../../../../src/broker/client/byte-budget.ts';

test('wakes who waits once, when it is no longer spent', () => {
  const budget = new ByteBudget(10);
  let wakes = 0;
  const wake = (): void => {
    wakes += 1;
  };
  budget.take(14);
  budget.await(wake);
  budget.await(wake);

  budget.giveBack(4);
  const whileSpent = wakes;
  budget.giveBack(1);
  budget.giveBack(9);

  expect(whileSpent).toBe(0);
  expect(wakes).toBe(1);
});

test('wakes no one who was forgotten', () => {
  const budget = new ByteBudget(10);
  let wakes = 0;
  const wake = (): void => {
    wakes += 1;
  };
  budget.take(10);
  budget.await(wake);

  budget.forget(wake);
  budget.giveBack(10);

  expect(wakes).toBe(0);
});
