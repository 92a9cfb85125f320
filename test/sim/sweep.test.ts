import { expect, it } from 'vitest';
import { sweep } from './sweep.ts';

/** What is said of a sweep with time for one seed. */
const saidOf = async (...fixedSeeds: number[]) => {
  const lines: string[] = [];
  const hasPassed = await sweep({
    fixedSeeds,
    freshBase: 1,
    seconds: 0.05,
    isFirstOnly: false,
    isQuick: true,
    failures: undefined,
    commit: 'c',
    say: (line) => lines.push(line),
  });
  return { hasPassed, text: lines.join('\n') };
};

it('fixed seeds that do not meet every mark fail, and say what was not met', async () => {
  const { hasPassed, text } = await saidOf(1);

  expect(text).toMatch(/^NOT REACHED: /m);
  expect(hasPassed).toBe(false);
});

it('fixed seeds that had no time fail, and nothing is said of marks', async () => {
  const { hasPassed, text } = await saidOf(1, 2);

  expect(text).toMatch(/^NOT RUN: 1 of the fixed seeds$/m);
  expect(text).not.toContain('NOT REACHED');
  expect(hasPassed).toBe(false);
});

it('what fresh seeds alone do not meet is no failure', async () => {
  const { hasPassed, text } = await saidOf();

  expect(text).not.toContain('NOT REACHED');
  expect(hasPassed).toBe(true);
});
