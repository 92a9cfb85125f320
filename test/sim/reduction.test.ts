import { describe, expect, it } from 'vitest';
import { SeededRandom } from '../support/seeded-random.ts';
import { planOf } from './plan.ts';
import type { Reduction } from './reduction.ts';
import { describeReduced, parseReduced, planOfReduced } from './reduction.ts';
import { shrinkWith } from './shrink.ts';
import { simulate } from './simulate.ts';
import { drawGroups } from './workload/group-plan.ts';

const always = { mayGoOn: () => true };

describe('a reduced run', () => {
  it.each([
    '16',
    '16/faults:3,7',
    '16/faults:/brokers:2/controllers:3/topics:1/producers:1/records:8',
  ])('is told as %s, and understood again', (text) => {
    expect(describeReduced(parseReduced(text))).toBe(text);
  });

  it.each(['', 'x', '16/faults', '16/faults:a', '16/nodes:3', '16/brokers:-1'])(
    "of the name '%s' is refused in one line that shows a right one",
    (text) => {
      expect(() => parseReduced(text)).toThrow(/names no run: give a seed, as 16/);
    },
  );

  it('keeps the faults it names as they were, and asks for no more replicas than brokers', () => {
    const whole = planOf(12);

    const plan = planOfReduced(parseReduced('12/faults:2,5/brokers:1/controllers:1'));

    expect(plan.faults).toEqual(whole.faults.filter(({ id }) => id === 2 || id === 5));
    expect(plan.topics.map(({ configs }) => configs['min.insync.replicas'])).toEqual(
      whole.topics.map(() => '1'),
    );
  });

  it('replays: two runs of it do the same', async () => {
    const plan = { ...planOfReduced(parseReduced('12/faults:0,1/records:30')), safetyMs: 8000 };

    const first = await simulate(plan);
    const second = await simulate(plan);

    expect(first.violation).toBeUndefined();
    expect(first.acknowledgedCount).toBeLessThanOrEqual(30);
    expect(second.traceHash).toBe(first.traceHash);
  });
});

describe('shrinking', () => {
  const drawn = planOf(12);
  const randoms = Array.from({ length: 20 }, (_, seed) => new SeededRandom(seed));
  const groups = randoms.flatMap((random) => drawGroups(random, ['t'])).slice(0, 1);
  const plan = {
    ...drawn,
    topics: [...drawn.topics, ...drawn.topics],
    workload: { ...drawn.workload, producerCount: 3, readerCount: 2, groups },
  };
  const ids = plan.faults.map(({ id }) => id);
  const keeps = (reduction: Reduction, id: number): boolean =>
    (reduction.faults ?? ids).includes(id);

  it('leaves the faults, nodes and operations that the failure needs, and no others', async () => {
    const tried: Reduction[] = [];

    const smallest = await shrinkWith(
      { ...plan, shape: { brokers: [1, 2, 3, 4], controllers: [5, 6, 7] } },
      async (reduction) => {
        tried.push(reduction);
        const { brokers = 4, records = 1000 } = reduction;
        return keeps(reduction, 3) && keeps(reduction, 7) && brokers >= 2 && records >= 100;
      },
      always,
    );

    expect(smallest).toEqual({
      faults: [3, 7],
      brokers: 2,
      controllers: 1,
      readers: 0,
      groups: 0,
      producers: 1,
      topics: 1,
      records: 128,
    });
    expect(tried.length).toBeLessThan(60);
  });

  it('takes both roles from a machine that is both', async () => {
    const smallest = await shrinkWith(
      { ...plan, shape: { brokers: [1, 2, 3], controllers: [1, 2, 3] } },
      async ({ brokers = 3, controllers = 3 }) => brokers === controllers && brokers >= 2,
      always,
    );

    expect(smallest).toMatchObject({ faults: [], brokers: 2, controllers: 2 });
  });

  it('ends with what it has when its time is over', async () => {
    let count = 0;

    const smallest = await shrinkWith(plan, async () => true, {
      mayGoOn: () => {
        count += 1;
        return count <= 1;
      },
    });

    expect(smallest.faults).toHaveLength(Math.floor(ids.length / 2));
  });
});
