import { describe, expect, it } from 'vitest';
import type { Window } from '../../fuzz/bystander.ts';
import type { Windows } from '../../fuzz/slowdown.ts';
import { chanceOf, judgeSlowdown, judgeWork } from '../../fuzz/slowdown.ts';

/** As runs have told of a window: how many requests, their median, 99th percentile and worst. */
type Told = readonly [count: number, p50: number, p99: number, worst: number];

const numbersOf = ([count, p50, p99, worst]: Told): number[] => {
  const numbers = Array<number>(count).fill(p50);
  numbers[count - 2] = p99;
  numbers[count - 1] = worst;
  return numbers;
};

const toldIn = (text: string): Told[] =>
  text
    .trim()
    .split(/\s+/)
    .map((window) => window.split('/').map(Number) as unknown as Told);

const windowsOf = (latencies: string, works: string): Window[] => {
  const worked = toldIn(works);
  return toldIn(latencies).map((told, at) => ({
    latenciesMs: numbersOf(told),
    worksMs: numbersOf(worked[at] ?? told),
  }));
};

/** Beside twenty runnable neighbours on two cores; nothing is wrong with the node. */
const BUSY: Windows = {
  quiet: windowsOf(
    `
      44/20/178/178 113/4/26/26 91/5/54/54 96/3/77/77 103/4/25/56 89/5/54/54 106/4/33/39
      63/8/235/235 91/5/71/71 106/4/20/51 102/4/28/34 100/5/27/27`,
    `
      44/2/4/4 113/1/2/2 91/1/5/5 96/1/2/2 103/1/2/2 89/1/2/2 106/1/2/3 63/1/5/5 91/1/2/2
      106/1/1/2 102/1/2/2 100/1/3/3`,
  ),
  attacked: windowsOf(
    `
      67/11/111/111 70/10/83/83 72/9/84/84 90/5/59/59 76/6/61/61 67/14/70/70 69/8/141/141
      82/5/133/133 77/4/191/191 90/5/52/52 98/6/98/98 87/7/130/130`,
    `
      67/2/14/14 70/2/8/8 72/2/9/9 90/1/4/4 76/1/7/7 67/2/37/37 69/1/8/8 82/1/8/8 77/1/19/19
      90/1/7/7 98/1/7/7 87/1/10/10`,
  ),
};

/** The same machine, and every thirtieth connection holds the node for 60 ms. */
const HELD: Windows = {
  quiet: windowsOf(
    `
      42/20/78/78 92/6/25/25 79/7/53/53 90/5/48/48 93/4/73/73 87/5/83/83 74/5/114/114
      94/3/94/94 84/8/76/76 80/6/86/86 62/10/95/95 74/7/180/180`,
    `
      42/2/5/5 92/1/2/2 79/1/2/2 90/1/3/3 93/1/3/3 87/1/2/2 74/1/3/3 94/1/3/3 84/1/2/2
      80/1/2/2 62/1/3/3 74/1/3/3`,
  ),
  attacked: windowsOf(
    `
      64/15/180/180 41/14/230/230 36/21/225/225 55/9/106/106 60/10/126/126 55/11/124/124
      52/7/135/135 42/15/180/180 31/14/334/334 49/8/271/271 70/8/125/125 56/8/131/131`,
    `
      64/2/33/33 41/2/44/44 36/3/41/41 55/2/22/22 60/2/88/88 55/2/33/33 52/1/34/34 42/2/42/42
      31/2/32/32 49/1/39/39 70/1/49/49 56/1/66/66`,
  ),
};

const repeated = (count: number, quietMs: number, attackedMs: number): Windows => {
  const window = (ms: number): Window => ({
    latenciesMs: numbersOf([100, 2, ms, ms]),
    worksMs: numbersOf([100, 1, 2, 2]),
  });
  return {
    quiet: Array.from({ length: count }, () => window(quietMs)),
    attacked: Array.from({ length: count }, () => window(attackedMs)),
  };
};

describe('the judge of what attacks do to others', () => {
  it('lets a node pass whose machine is busy, though half of its pairs are slower', () => {
    expect(judgeSlowdown(BUSY)).toMatchObject({
      holds: true,
      seen: expect.stringContaining('7 of 12'),
    });
    expect(judgeWork(BUSY)).toMatchObject({ holds: true });
  });

  it('finds a node that single frames hold, on the same machine', () => {
    expect(judgeWork(HELD)).toMatchObject({
      holds: false,
      seen: expect.stringContaining('66.0 ms the third'),
    });
  });

  it('finds others slowed down to more than twice, on a machine that is idle', () => {
    expect(judgeSlowdown(repeated(12, 12, 60)).holds).toBe(false);
    expect(judgeSlowdown(repeated(12, 12, 24)).holds).toBe(true);
  });

  it('takes no ratio for one below the floor', () => {
    expect(judgeSlowdown(repeated(12, 3, 18)).holds).toBe(true);
  });

  it('leaves nothing open: with too few pairs, or without any work, nothing holds', () => {
    expect(judgeSlowdown(repeated(6, 12, 12)).holds).toBe(false);
    expect(judgeWork({ quiet: [], attacked: [{ latenciesMs: [1], worksMs: [0] }] }).holds).toBe(
      false,
    );
  });

  it('lets two requests pass that waited for long, not a third', () => {
    const worksMs = [2, 2, 70, 51];

    const twice = judgeWork({ quiet: [], attacked: [{ latenciesMs: [], worksMs }] });
    const thrice = judgeWork({
      quiet: [],
      attacked: [{ latenciesMs: [], worksMs: [...worksMs, 51] }],
    });

    expect([twice.holds, thrice.holds]).toEqual([true, false]);
  });

  it('knows how likely chance is', () => {
    const chances = [chanceOf(0, 12), chanceOf(6, 11), chanceOf(10, 12), chanceOf(12, 12)];

    expect(chances.map((chance) => chance.toFixed(4))).toEqual([
      '1.0000',
      '0.5000',
      '0.0193',
      '0.0002',
    ]);
  });
});
