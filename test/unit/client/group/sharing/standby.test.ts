import { describe, expect, test } from 'vitest';
import type { World } from '../../fixture.ts';
import { outcomeAfter } from '../../fixture.ts';
import type { Running, TextOptions } from '../consumer-fixture.ts';
import {
  consumerOf,
  fillAll,
  runConsumer,
  SESSION_MS,
  sharesOf,
  startTopic,
} from '../consumer-fixture.ts';

const ALL = '0 1 2 3 4 5';

const standby = (world: World, ...labels: readonly string[]): void =>
  world.cluster.configureGroup('g', labels.length === 0 ? {} : { 'standby.labels': labels.join() });

const start = (world: World, options: Partial<TextOptions> = {}): Running =>
  runConsumer(consumerOf(world, options));

const valuesOf = (...running: readonly Running[]): string[] =>
  running.flatMap(({ values }) => values).sort();

describe.each([
  ['cooperative-sticky', undefined],
  ['range, which is eager', ['range' as const]],
])('members that are put on standby, by %s,', (_, assignors) => {
  const shared = assignors === undefined ? {} : { assignors };

  test('give their partitions to the others, handle nothing twice, and come back', async () => {
    const world = await startTopic();
    const old = start(world, { label: 'app', ...shared });
    const own = start(world, { label: 'own', ...shared });
    await world.clock.settle(10_000);
    expect(sharesOf(old, own).map((share) => share.length)).toEqual([5, 5]);

    standby(world, 'app');
    await world.clock.settle(10_000);
    const away = sharesOf(old, own);
    fillAll(world, 6, 1, 3);
    await world.clock.settle(2000);
    standby(world);
    await world.clock.settle(10_000);

    expect(away).toEqual(['', ALL]);
    expect(sharesOf(old, own).map((share) => share.length)).toEqual([5, 5]);
    expect(valuesOf(old, own)).toHaveLength(6 * 4);
    expect(new Set(valuesOf(old, own)).size).toBe(6 * 4);
  });
});

describe('members on standby', () => {
  test('keep everything where there is no other, and give it up to one that comes', async () => {
    const world = await startTopic();
    const one = start(world, { label: 'app' });
    const two = start(world, { label: 'app' });
    await world.clock.settle(10_000);

    standby(world, 'app');
    await world.clock.settle(10_000);
    const alone = sharesOf(one, two).map((share) => share.length);
    const third = start(world);
    await world.clock.settle(10_000);

    expect(alone).toEqual([5, 5]);
    expect(sharesOf(one, two, third)).toEqual(['', '', ALL]);
  });

  test('take over where the last other one leaves', async () => {
    const world = await startTopic();
    const old = start(world, { label: 'app' });
    const own = start(world);
    standby(world, 'app');
    await world.clock.settle(15_000);
    expect(sharesOf(old, own)).toEqual(['', ALL]);

    await outcomeAfter(world.clock, 10_000, own.consumer.close());

    expect(sharesOf(old)).toEqual([ALL]);
  });

  test('stay on standby when they restart, and when the leader of the group does', async () => {
    const world = await startTopic();
    // The first to come leads.
    const old = start(world, { label: 'app' });
    await world.clock.settle(2000);
    const own = start(world);
    standby(world, 'app');
    await world.clock.settle(15_000);

    await outcomeAfter(world.clock, 5000, old.consumer.close());
    const back = start(world, { label: 'app' });
    await world.clock.settle(15_000);

    expect(sharesOf(back, own)).toEqual(['', ALL]);
  });

  test('stay on standby when the coordinator moves', async () => {
    const world = await startTopic();
    const old = start(world, { label: 'app' });
    const own = start(world);
    standby(world, 'app');
    await world.clock.settle(15_000);

    world.cluster.groups.moveTo(2);
    const third = start(world, { label: 'app' });
    await world.clock.settle(15_000);

    expect(sharesOf(old, own, third)).toEqual(['', ALL, '']);
  });

  test('do not stop what stays with the others: it is neither revoked nor paused', async () => {
    const world = await startTopic();
    const revoked: number[] = [];
    const old = start(world, { label: 'app' });
    const own = start(world, {
      listener: {
        onRevoked: (gone) => void revoked.push(...gone.map(({ partition }) => partition)),
      },
    });
    await world.clock.settle(10_000);
    const before = sharesOf(own)[0] ?? '';

    standby(world, 'app');
    await world.clock.settle(10_000);

    expect(sharesOf(old, own)).toEqual(['', ALL]);
    expect(revoked.filter((partition) => before.includes(`${partition}`))).toEqual([]);
  });

  test('give nothing up before what they have in hand is done and committed', async () => {
    const world = await startTopic(2, 1);
    const order: string[] = [];
    const slow = async (value: string): Promise<void> => {
      await world.sleep(8000);
      order.push(`old has done ${value}`);
    };
    const old = runConsumer(consumerOf(world, { label: 'app' }), slow);
    await world.clock.settle(2000);
    const own = start(world, {
      listener: { onAssigned: (added) => void (added.length > 0 && order.push('own is given')) },
    });

    standby(world, 'app');
    await world.clock.settle(40_000);

    expect(sharesOf(old, own)).toEqual(['', '0 1']);
    expect(order[0]).toMatch(/^old has done/);
    expect(valuesOf(old, own)).toEqual(['0-v0', '1-v0']);
  });

  test('cost no rebalance where the label is nobody’s', async () => {
    const world = await startTopic();
    start(world);
    start(world, { label: 'own' });
    await world.clock.settle(10_000);
    const { generation } = world.cluster.groups.group('g').snapshot();

    standby(world, 'app');
    await world.clock.settle(10_000);

    expect(world.cluster.groups.group('g').snapshot().generation).toBe(generation);
  });

  test('give up within a session what they have, where a static leader was away', async () => {
    const world = await startTopic();
    const crashing = world.network.transportFor('crashing');
    const leader = { instanceId: 'leader', label: 'own' };
    runConsumer(consumerOf({ ...world, client: world.clientOver(crashing) }, leader));
    await world.clock.settle(2000);
    const old = start(world, { label: 'app' });
    await world.clock.settle(10_000);
    await crashing.close();

    standby(world, 'app');
    await world.clock.settle(2000);
    const back = start(world, leader);
    await world.clock.settle(2 * SESSION_MS);

    expect(sharesOf(back, old)).toEqual([ALL, '']);
  });
});

test.each([
  [{ label: '' }, /consumer option label is ""/],
  [{ label: 'two words' }, /consumer option label 'two words' is none: give 1 to 64 letters/],
  [{ lane: 'fast' as never }, /consumer option lane=fast is neither main nor overflow/],
])('a consumer cannot have %j', async (options, message) => {
  const world = await startTopic(1, 0);

  expect(() => consumerOf(world, options)).toThrow(message);
});
