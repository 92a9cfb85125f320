import { describe, expect, test } from 'vitest';
import { outcomeAfter } from '../fixture.ts';
import type { TextConsumer } from '../group/consumer-fixture.ts';
import { committedOf, consumerOf, fillAll, startTopic } from '../group/consumer-fixture.ts';

interface Told {
  readonly value: string;
  readonly generation: number | undefined;
}

/** Runs in order of the partition; `work` is the handler. */
const begin = (
  consumer: TextConsumer,
  work: () => Promise<void> | void = () => {},
): { readonly told: Told[] } => {
  const told: Told[] = [];
  consumer
    .run({
      order: 'partition',
      drainTimeoutMs: 1000,
      handler: async ({ value }, { generation }) => {
        told.push({ value: value ?? '', generation });
        await work();
      },
    })
    .catch(() => {});
  return { told };
};

const SINGLE = { assignors: ['single-active'], autoCommitIntervalMs: 500 } as const;

describe('a group with single-active', () => {
  test('has one member at work, and another in its place when it goes', async () => {
    const world = await startTopic(2, 1);
    const first = consumerOf(world, SINGLE);
    const second = consumerOf(world, SINGLE);
    const one = begin(first);
    await world.clock.settle(5000);
    const two = begin(second);
    await world.clock.settle(10_000);
    const shared = [first.partitions.length, second.partitions.length];

    await outcomeAfter(world.clock, 60_000, first.close());
    fillAll(world, 2, 1, 1);
    await world.clock.settle(10_000);

    expect(shared).toEqual([2, 0]);
    expect(one.told.map(({ value }) => value).sort()).toEqual(['0-v0', '1-v0']);
    expect(two.told.map(({ value }) => value).sort()).toEqual(['0-v1', '1-v1']);
    expect(committedOf(world, 0)).toBe(2);
  });

  test('tells its handlers a generation that is above all of those before it', async () => {
    const world = await startTopic(1, 1);
    const first = consumerOf(world, SINGLE);
    const one = begin(first, () => new Promise(() => {}));
    await world.clock.settle(5000);

    await outcomeAfter(world.clock, 60_000, first.close());
    const two = begin(consumerOf(world, SINGLE));
    await world.clock.settle(20_000);

    expect([one.told.length, two.told.length]).toEqual([1, 1]);
    expect(two.told[0]?.generation).toBeGreaterThan(one.told[0]?.generation ?? 99);
  });
});
