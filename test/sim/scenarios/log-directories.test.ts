import { afterEach, describe, expect, it } from 'vitest';
import { NONE } from '../../../src/base/ids.ts';
import { SeededRandom } from '../../support/seeded-random.ts';
import { World } from '../world.ts';
import { APART, endOn, isrOf, registrationOf, replicasOf, worldWithTopic } from './scenario.ts';

/** The first replica of a broker is in `/disk2`, the second one in `/disk3`. */
const config = ['metadata.log.dir=/data', 'log.dirs=/disk2,/disk3'];
const FIRST = '/disk2';
const SECOND = '/disk3';

let world: World;

afterEach(() => world.close());

const write = (value: string): Promise<number> =>
  world.outcome(world.produce('t', 0, value), `the write of ${value}`);

/** Down, one after the other, each once the set is without the one before. */
const crashInTurn = async (nodeIds: readonly number[]): Promise<void> => {
  for (const nodeId of nodeIds) {
    world.crash(nodeId);
    await world.until(() => !isrOf(world).includes(nodeId), 30_000);
  }
};

/** Started without the directory that its replica is in. */
const startWithout = (nodeId: number, path: string): void => {
  world.machine(nodeId).devices.takeOut(path, new SeededRandom(1), true);
  world.start(nodeId);
};

const putIn = (nodeId: number, path: string): void => world.machine(nodeId).devices.putIn(path);

const isReady = (nodeId: number): boolean => world.machine(nodeId).node?.health().isReady === true;

const untilReady = async (nodeId: number): Promise<void> => {
  expect(await world.until(() => isReady(nodeId), 30_000, 1)).toBe(true);
};

/** What is in the directories of a machine, pulled out or not. */
const replicasIn = (nodeId: number, path: string): number[] =>
  world
    .machine(nodeId)
    .devices.placesIn(path)
    .map(({ partition }) => partition);

describe('a log directory that fails', () => {
  // Source: KIP-112.
  it('takes its replicas out of service, and its broker goes on with the others', async () => {
    world = await World.create({ seed: 7, shape: APART, config });
    await world.settle();
    await world.createTopic('t', 4, { 'min.insync.replicas': '2' });
    await world.settle();
    const node = world.leaderOf('t', 0);
    const lost = replicasIn(node, FIRST);

    world.machine(node).failDevice(FIRST);
    for (const partition of [0, 1, 2, 3]) {
      await world.outcome(world.produce('t', partition, 'a'), 'the write');
    }
    await world.advance(5000);
    const isrs = registrationsOfAll().map(({ isr }) => isr.includes(node));
    const { state } = world.machine(node);
    world.healAll();
    await world.settle();

    expect(lost).toHaveLength(2);
    expect(isrs).toEqual([0, 1, 2, 3].map((partition) => !lost.includes(partition)));
    expect(state).toBe('running');
  });

  it('is waited for by what only its replica has', async () => {
    world = await worldWithTopic(APART, { config, configs: { 'min.insync.replicas': '1' } });
    const [first, second, third] = replicasOf(world);
    await crashInTurn([third, second]);
    await write('a');

    world.machine(first).failDevice(FIRST);
    await world.until(() => world.leaderOf('t', 0) === NONE, 30_000);
    for (const nodeId of [second, third]) world.start(nodeId);
    await world.advance(5000);
    const meanwhile = world.leaderOf('t', 0);
    const { lastKnownElr = [] } = registrationOf(world) ?? {};
    world.healAll();
    await world.settle();

    expect({ meanwhile, lastKnownElr }).toEqual({ meanwhile: NONE, lastKnownElr: [first] });
    expect(await write('b')).toBe(1);
  });
});

describe('a log directory that is missing at a start', () => {
  it('has nothing made in place of what is in it', async () => {
    world = await worldWithTopic(APART, { config });
    const [, second] = replicasOf(world);
    await write('a');
    world.crash(second);
    await world.until(() => isrOf(world).length === 2, 30_000);

    startWithout(second, FIRST);
    await untilReady(second);
    await write('b');
    await world.advance(5000);
    const elsewhere = replicasIn(second, SECOND);
    putIn(second, FIRST);
    await world.settle();

    expect(elsewhere).toEqual([]);
    expect(endOn(world, second)).toBe(2);
  });

  it('has none of its replicas elected, though the metadata trusts them', async () => {
    world = await worldWithTopic(APART, { config });
    const [first, second, third] = replicasOf(world);
    await write('a');
    await crashInTurn([third, second, first]);
    const { elr = [] } = registrationOf(world) ?? {};

    startWithout(first, FIRST);
    await untilReady(first);
    await world.advance(3000);
    const { leader, lastKnownElr } = registrationOf(world) ?? {};
    putIn(first, FIRST);
    for (const nodeId of [second, third]) world.start(nodeId);
    await world.settle();

    expect(elr).toContain(first);
    expect({ leader, lastKnownElr }).toEqual({ leader: NONE, lastKnownElr: [first] });
    expect(await write('b')).toBe(1);
  });

  it('holds the older copy of what was moved away and back meanwhile, which goes', async () => {
    const [first, second, third] = await movedAwayWithoutIt();
    await move([first, second, third]);
    await write('b');
    const elsewhere = replicasIn(third, SECOND);
    putIn(third, FIRST);
    await world.until(() => replicasIn(third, FIRST).length === 0, 30_000);
    await world.settle();

    expect(elsewhere).toEqual([0]);
    expect(replicasIn(third, FIRST)).toEqual([]);
    expect(endOn(world, third)).toBe(2);
  });

  it('has its older copy trusted no more, where the newer one is missing when it is back', async () => {
    const [, , third] = await movedAwayWithoutIt();
    await move([third]);
    await write('b');

    world.crash(third);
    putIn(third, FIRST);
    startWithout(third, SECOND);
    await untilReady(third);
    const leader = registrationOf(world)?.leader;
    const older = replicasIn(third, FIRST);
    putIn(third, SECOND);
    await world.until(() => registrationOf(world)?.leader === third, 30_000);

    expect([leader, older]).toEqual([NONE, []]);
    expect(endOn(world, third)).toBe(2);
    expect(await write('c')).toBe(2);
  });
});

describe('a log directory that is given up', () => {
  it('has nothing made in place of what the cluster counts on', async () => {
    world = await worldWithTopic(APART, { config });
    const [first, second, third] = replicasOf(world);
    await write('a');
    await crashInTurn([third, second, first]);
    const { elr = [] } = registrationOf(world) ?? {};

    const topicId = world.observer.truth.topicIdsByName.get('t') ?? '';
    world.atlas.noteLost(second, { topicId, partition: 0 });
    await world.outcome(world.machine(second).giveUp(FIRST, true), 'giving up');
    world.start(second);
    await untilReady(second);
    await world.advance(3000);
    const { leader, elr: left } = registrationOf(world) ?? {};
    for (const nodeId of [first, third]) world.start(nodeId);
    await world.settle();

    expect(elr).toEqual([first, second]);
    expect({ leader, left }).toEqual({ leader: NONE, left: [first] });
    expect(endOn(world, second)).toBe(1);
  });
});

const registrationsOfAll = (): ReadonlyArray<{ readonly isr: readonly number[] }> => {
  const { truth } = world.observer;
  return truth.topics.get(truth.topicIdsByName.get('t') ?? '')?.partitions ?? [];
};

/** Resolves when it is done. */
const move = async (replicas: readonly number[]): Promise<void> => {
  const { partitions } = world.client('admin').sdk.admin();
  await world.outcome(partitions.reassign([{ topic: 't', partition: 0, replicas }]), 'the move');
  const isDone = (): boolean => {
    const { replicas: now = [], addingReplicas = [] } = registrationOf(world) ?? {};
    return now.join() === replicas.join() && addingReplicas.length === 0;
  };
  expect(await world.until(isDone, 30_000)).toBe(true);
};

/** The replicas; the third one's broker has no directory FIRST, and of the partition nothing else. */
const movedAwayWithoutIt = async (): Promise<[number, number, number]> => {
  world = await worldWithTopic({ ...APART, brokers: [1, 2, 3, 7] }, { config });
  const [first, second, third] = replicasOf(world);
  const [other = 0] = [1, 2, 3, 7].filter((id) => ![first, second, third].includes(id));
  await write('a');
  world.crash(third);
  startWithout(third, FIRST);
  await untilReady(third);
  await move([first, second, other]);
  world.crash(third);
  world.start(third);
  await untilReady(third);
  return [first, second, third];
};
