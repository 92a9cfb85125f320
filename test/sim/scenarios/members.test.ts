import { afterEach, describe, expect, it } from 'vitest';
import { sleep } from '../../../src/env/clock.ts';
import type { ClusterShape } from '../world/cluster-config.ts';
import type { KeptDisk } from '../world/machine.ts';
import { nameOf } from '../world/machine.ts';
import type { World } from '../world.ts';
import { APART, leadersWithoutTheLeader, quorumOf, raftOf, worldWithTopic } from './scenario.ts';

/** A controller more than the quorum begins with. */
const SHAPE: ClusterShape = { ...APART, spares: [7] };
const SPARE = 7;
/** More than an election timeout, and less than the leader waits for an answer at an address. */
const LATE_MS = 800;

let world: World;

afterEach(() => world.close());

const quorum = () => world.client('admin').sdk.admin().quorum;

const votersOf = (nodeId: number): number[] | undefined =>
  raftOf(world, nodeId)
    ?.voters.map(({ id }) => id)
    .sort((a, b) => a - b);

const replaceDisk = async (nodeId: number): Promise<void> => {
  world.atlas.noteForgetful(nodeId);
  world.powerCut([nodeId]);
  const wiped = world.machine(nodeId).wipe({ isNewcomer: true });
  await world.outcome(wiped, `a new disk for machine ${nodeId}`);
};

/** A new disk in the place of one that is kept. */
const exchangeDisk = async (nodeId: number): Promise<KeptDisk> => {
  world.atlas.noteForgetful(nodeId);
  world.powerCut([nodeId]);
  const kept = world.machine(nodeId).keepDisk();
  const wiped = world.machine(nodeId).wipe({ isNewcomer: true });
  await world.outcome(wiped, `a new disk for machine ${nodeId}`);
  return kept;
};

/** From then on the set in force names directories. */
const writeDownVoters = async (): Promise<void> => {
  await world.outcome(quorum().addController(SPARE), 'adding 7');
  await world.outcome(quorum().removeController(SPARE), 'removing 7');
  await world.settle();
};

describe('a quorum whose voters change', () => {
  it('goes on with a new controller in the place of one that is gone for good', async () => {
    world = await worldWithTopic(SHAPE);
    const { leader, others } = quorumOf(world);
    const [gone, stays] = others;
    world.crash(gone);

    await world.outcome(quorum().addController(SPARE), 'adding 7');
    await world.outcome(quorum().removeController(gone), 'removing one');
    world.crash(leader);
    await world.createTopic('u', 1, {});

    expect(votersOf(SPARE)).toEqual([leader, stays, SPARE].sort((a, b) => a - b));
  });

  it('lets its leader go, which leads until that is committed', async () => {
    world = await worldWithTopic(SHAPE);
    const { leader, others } = quorumOf(world);

    await world.outcome(quorum().removeController(leader), 'removing the leader');
    await world.createTopic('u', 1, {});
    await world.settle();

    expect(raftOf(world, leader)?.role).toBe('observer');
    expect(votersOf(leader)).toEqual([...others].sort((a, b) => a - b));
  });
});

const RETENTION = { type: 'topic', name: 't', key: 'retention.ms' } as const;

/** Changes of the metadata, several in each election timeout, until it is told to end. */
const keepChanging = (): { end: () => Promise<void> } => {
  const admin = world.client('changer').sdk.admin();
  let isOn = true;
  const work = (async (): Promise<void> => {
    for (let round = 1; isOn; round += 1) {
      await admin.alterConfigs([{ ...RETENTION, value: 3_600_000 + round }]);
      await sleep(world.clock, 100);
    }
  })();
  return {
    end: () => {
      isOn = false;
      return work;
    },
  };
};

describe('a controller that is reached, and gets the log late', () => {
  // Source: thesis 4.2.1; KRaft's AddVoterHandler: a voter that lags would hold the others up.
  it('is not taken in before it has caught up', async () => {
    world = await worldWithTopic(SHAPE);
    const { leader, others } = quorumOf(world);
    world.network.clog(nameOf(leader), nameOf(SPARE), LATE_MS);
    const changes = keepChanging();
    await world.advance(3000);

    const asked = quorum().addController(SPARE, { timeoutMs: 5000 });
    const outcome = await world.outcome(
      asked.catch((error: unknown) => error),
      'an answer',
    );
    await world.outcome(changes.end(), 'the last change');
    world.crash(others[0]);
    const startMs = world.nowMs;
    await world.createTopic('v', 1, {});

    expect(outcome).toMatchObject({ message: expect.stringContaining('has not caught up') });
    expect(world.nowMs - startMs).toBeLessThan(LATE_MS);
  });
});

describe('a controller that hears nobody, and is heard', () => {
  // Once it led, no broker would find the active controller.
  it('is not taken in, for nobody finds it where it says that it is', async () => {
    world = await worldWithTopic(SHAPE);
    const { others } = quorumOf(world);
    for (const nodeId of world.shape.controllers) world.cutOneWay(nodeId, SPARE);
    await world.createTopic('u', 1, {});
    await world.advance(5000);

    const asked = quorum().addController(SPARE, { timeoutMs: 5000 });
    const outcome = await world.outcome(
      asked.catch((error: unknown) => error),
      'an answer',
    );
    world.crash(others[0]);
    await world.createTopic('v', 1, {});

    expect(outcome).toMatchObject({ message: expect.stringContaining('does not answer there') });
    expect(world.observer.truth.topicIdsByName.has('v')).toBe(true);
  });
});

describe('a leader that only controllers hear which are no voters', () => {
  // Source: Redpanda b1e1e0298b, two disjoint quorums by two additions in flight; thesis 4.1.
  it('takes in one voter at a time, so that no two majorities go past each other', async () => {
    world = await worldWithTopic({ ...APART, spares: [7, 8] });
    const { leader, others } = quorumOf(world);
    world.cut(leader, others);

    const asked = [7, 8].map((nodeId) =>
      quorum()
        .addController(nodeId)
        .catch(() => {}),
    );
    await world.advance(20_000);
    world.heal();
    await world.outcome(Promise.all(asked), 'adding both');
    await world.settle();

    const sets = [leader, ...others, 7, 8].map((nodeId) => votersOf(nodeId)?.join());
    expect(new Set(sets).size).toBe(1);
  });
});

describe('a voter that comes back with another directory', () => {
  // Source: KIP-853; replication.md 1.5.
  it('gives no vote of the one that it was', async () => {
    world = await worldWithTopic(SHAPE);
    await writeDownVoters();

    const leaders = await leadersWithoutTheLeader(world, replaceDisk);

    expect(leaders).toEqual([]);
    expect(world.observer.truth.topicIdsByName.has('u')).toBe(true);
  });

  it('acknowledges nothing for the one that it was, which may come back', async () => {
    world = await worldWithTopic(SHAPE);
    await writeDownVoters();
    const { leader, others } = quorumOf(world);
    const [lost, other] = others;
    await replaceDisk(lost);
    world.start(lost);
    await world.advance(5000);

    world.crash(other);
    const admin = world.client('admin').sdk.admin();
    admin.createTopic({ name: 'u', partitions: 1, replicationFactor: 1 }).catch(() => {});
    await world.advance(400);
    const wasKnown = world.observer.truth.topicIdsByName.has('u');
    world.start(other);
    await world.settle();

    expect(wasKnown).toBe(false);
    expect(raftOf(world, leader)?.voters).toHaveLength(3);
  });

  it('does not vote for its successor when it is back itself', async () => {
    world = await worldWithTopic(SHAPE);
    await writeDownVoters();
    const [replaced] = quorumOf(world).others;
    const old = await exchangeDisk(replaced);
    world.start(replaced);
    await world.settle();
    await world.outcome(quorum().removeController(replaced), 'removing it');
    await world.outcome(quorum().addController(replaced), 'adding its successor');
    await world.settle();

    const leaders = await leadersWithoutTheLeader(world, (witness) => {
      expect(witness).toBe(replaced);
      world.powerCut([witness]);
      return world.outcome(world.machine(witness).putDiskIn(old), 'the old disk is back');
    });

    expect(leaders).toEqual([]);
    expect(world.observer.truth.topicIdsByName.has('u')).toBe(true);
  });

  it('is not taken out in the place of the one that it was', async () => {
    world = await worldWithTopic(SHAPE);
    await writeDownVoters();
    const { leader, others } = quorumOf(world);
    const [lost] = others;
    const before = raftOf(world, leader)?.voters.find(({ id }) => id === lost);
    const removal = { directoryId: before?.directoryId ?? '' };
    await replaceDisk(lost);
    world.start(lost);
    await world.settle();
    await world.outcome(quorum().removeController(lost, removal), 'removing it');
    await world.outcome(quorum().addController(lost), 'adding its successor');

    const repeated = quorum().removeController(lost, removal);
    const outcome = await world.outcome(
      repeated.catch((error: unknown) => error),
      'the removal, once more',
    );

    expect(outcome).toMatchObject({ code: 'VOTER_NOT_FOUND' });
    expect(votersOf(leader)).toContain(lost);
  });

  it('is a voter again once the one that it was is removed, and it is added', async () => {
    world = await worldWithTopic(SHAPE);
    await writeDownVoters();
    const { others } = quorumOf(world);
    const [lost, other] = others;
    await replaceDisk(lost);
    world.start(lost);
    await world.settle();

    await world.outcome(quorum().removeController(lost), 'removing it');
    await world.outcome(quorum().addController(lost), 'adding it');
    world.crash(other);
    await world.createTopic('u', 1, {});

    expect(raftOf(world, lost)?.isVoter).toBe(true);
  });
});
