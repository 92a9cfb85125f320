import { afterEach, describe, expect, it } from 'vitest';
import { NONE } from '../../../src/base/ids.ts';
import { nameOf } from '../world/machine.ts';
import type { World } from '../world.ts';
import {
  APART,
  endOn,
  isrOf,
  leadersWithoutTheLeader,
  replicasOf,
  worldWithTopic,
} from './scenario.ts';

let world: World;

afterEach(() => world.close());

/** Down, with a new disk in place of the old one; not started. */
const replaceDisk = async (nodeId: number): Promise<void> => {
  world.powerCut([nodeId]);
  world.atlas.noteAllLost(world.observer.truth, nodeId);
  await world.outcome(world.machine(nodeId).wipe(), 'formatting');
};

/** The leader's proposal to change the in-sync set, if one is on its way. */
const hasProposal = (nodeId: number): boolean =>
  world.observer.replicas.some(
    ({ machine, partition }) =>
      machine.nodeId === nodeId && partition.core.pendingIsr !== undefined,
  );

describe('a replica that comes back with an empty disk', () => {
  // Source: KAFKA-7128; replication.md 4, bug 3.
  it('joins only past the start of the epoch, when the high watermark lags behind it', async () => {
    world = await worldWithTopic(APART);
    const [first, second, third] = replicasOf(world);
    // `a` is committed, and neither follower hears of it.
    world.machine(second).holdSyncs();
    const a = world.produce('t', 0, 'a');
    await world.until(() => endOn(world, second) === 1 && endOn(world, third) === 1, 1000, 1);
    world.cutOneWay(first, second);
    world.cutOneWay(first, third);
    world.machine(second).releaseSyncs();
    await world.outcome(a, 'a');

    // The second leads, and has heard nothing of the third when that one loses its disk.
    world.cut(second, [third]);
    world.crash(first);
    await world.until(() => world.leaderOf('t', 0) === second, 30_000);
    await replaceDisk(third);
    world.heal();
    world.network.clog(nameOf(second), nameOf(third), 500);
    world.start(third);
    await world.until(() => isrOf(world).length === 1, 30_000, 1);
    await world.until(() => isrOf(world).includes(third), 30_000, 1);
    const endAtJoin = endOn(world, third);
    world.healAll();
    await world.settle();

    expect(endAtJoin).toBe(1);
  });

  // Source: KIP-903, KAFKA-14139; replication.md 4, bug 9.
  it('does not join by what its earlier registration had fetched', async () => {
    world = await worldWithTopic(APART);
    const [first, , third] = replicasOf(world);
    world.crash(third);
    await world.until(() => isrOf(world).length === 2, 30_000);
    await world.outcome(world.produce('t', 0, 'a'), 'a');

    // The proposal to take the third in again is on its way while that one loses its disk.
    for (const nodeId of APART.controllers) world.network.clog(nameOf(first), nameOf(nodeId), 1500);
    await world.advance(3000);
    world.start(third);
    const hadProposal = await world.until(() => hasProposal(first), 30_000, 1);
    await replaceDisk(third);
    world.network.clog(nameOf(first), nameOf(third), 5000);
    world.start(third);
    const hasJoined = await world.until(() => isrOf(world).includes(third), 5000, 1);
    world.healAll();
    await world.settle();

    expect({ hadProposal, hasJoined }).toEqual({ hadProposal: true, hasJoined: false });
    expect(endOn(world, third)).toBe(1);
  });
});

describe('a voter that comes back with an empty disk', () => {
  // Source: KIP-853; replication.md 1.5.
  it('does not help a voter to lead that lacks what was committed', async () => {
    world = await worldWithTopic(APART);

    const leaders = await leadersWithoutTheLeader(world, (witness) => {
      world.atlas.noteForgetful(witness);
      return replaceDisk(witness);
    });

    expect(leaders).toEqual([]);
    expect(world.observer.truth.topicIdsByName.has('u')).toBe(true);
  });
});

describe('a replica whose data is damaged', () => {
  // Source: replication.md 3.7; Ganesan et al., "Redundancy Does Not Imply Fault Tolerance".
  it('does not lead, even where it is the last member of the in-sync set', async () => {
    world = await worldWithTopic(APART);
    const [first, second, third] = replicasOf(world);
    world.crash(third);
    await world.until(() => isrOf(world).length === 2, 30_000);
    await world.outcome(world.produce('t', 0, 'a'), 'a');
    await world.advance(2000);
    world.crash(second);
    await world.until(() => isrOf(world).length === 1, 30_000);
    world.crash(first);
    await world.advance(3000);

    const topicId = world.observer.truth.topicIdsByName.get('t') ?? '';
    const path = `/data/${topicId}-0/${'0'.repeat(20)}.log`;
    const lift = world.machine(first).disk.corrupt(path, 68);
    world.atlas.noteDamage(first, { topicId, partition: 0 }, lift);
    world.start(first);
    await world.until(() => endOn(world, first) !== undefined, 30_000);
    await world.advance(10_000);

    expect(world.leaderOf('t', 0)).toBe(NONE);
  });
});
