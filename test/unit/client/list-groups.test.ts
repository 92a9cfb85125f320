import { describe, expect, test } from 'vitest';
import type { GroupList } from '../../../src/client/admin/group-types.ts';
import type { World } from './fixture.ts';
import { outcomeAfter, startWorld } from './fixture.ts';

const TIMEOUT_MS = 10_000;

/** Three brokers, of which the first coordinates the group `g`. */
const worldWithGroup = async (): Promise<World> => {
  const world = await startWorld();
  world.cluster.createTopic('t');
  const { groups } = world.client.admin();
  const made = groups.resetOffsets('g', { topics: ['t'], to: { offset: 0 } });
  await world.clock.settle(100);
  await made;
  return world;
};

const listIn = (
  { client, clock }: World,
  patienceMs = TIMEOUT_MS + 1000,
): Promise<{ value?: GroupList; error?: unknown; isPending: boolean }> =>
  outcomeAfter(clock, patienceMs, client.admin().groups.list({ timeoutMs: TIMEOUT_MS }));

const namesOf = (list: GroupList | undefined): string[] =>
  (list?.groups ?? []).map(({ groupId }) => groupId);

const failuresOf = (list: GroupList | undefined): string[] =>
  (list?.failures ?? []).map(({ brokerId, error }) => `${brokerId} ${error.code}`);

describe('a list of groups', () => {
  test('is whole at once where all brokers can tell', async () => {
    const world = await worldWithGroup();

    const { value } = await listIn(world, 100);

    expect([namesOf(value), failuresOf(value)]).toEqual([['g'], []]);
  });

  test('waits for a broker that is only loading', async () => {
    const world = await worldWithGroup();
    world.cluster.groups.listFailures.set(2, 'COORDINATOR_LOAD_IN_PROGRESS');
    const listed = listIn(world, 3000);
    await world.clock.settle(1000);

    world.cluster.groups.listFailures.clear();

    const { value } = await listed;
    expect([namesOf(value), failuresOf(value)]).toEqual([['g'], []]);
  });

  test('has the groups of the others, and names a broker that keeps loading', async () => {
    const world = await worldWithGroup();
    world.cluster.groups.listFailures.set(2, 'COORDINATOR_LOAD_IN_PROGRESS');

    const { value } = await listIn(world);

    expect(namesOf(value)).toEqual(['g']);
    expect(failuresOf(value)).toEqual(['2 COORDINATOR_LOAD_IN_PROGRESS']);
  });

  test('has the groups of the others, and names a broker that hangs', async () => {
    const world = await worldWithGroup();
    world.network.pause('broker-3');

    const { value } = await listIn(world);

    expect(namesOf(value)).toEqual(['g']);
    expect(failuresOf(value)).toEqual(['3 REQUEST_TIMED_OUT']);
  });

  test('has what a broker that is short of some could tell', async () => {
    const world = await worldWithGroup();
    world.cluster.groups.listFailures.set(1, 'UNKNOWN_SERVER_ERROR');

    const { value } = await listIn(world, 100);

    expect(namesOf(value)).toEqual(['g']);
    expect(failuresOf(value)).toEqual(['1 UNKNOWN_SERVER_ERROR']);
  });

  test('is an error where nobody could tell of any', async () => {
    const world = await startWorld();
    for (const { brokerId } of world.cluster.brokers) {
      world.cluster.groups.listFailures.set(brokerId, 'COORDINATOR_LOAD_IN_PROGRESS');
    }

    const { error } = await listIn(world);

    expect(error).toMatchObject({ code: 'COORDINATOR_LOAD_IN_PROGRESS', retriable: true });
  });
});
