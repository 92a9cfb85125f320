import { afterEach, describe, expect, it } from 'vitest';
import { combined } from './world/cluster-config.ts';
import { World } from './world.ts';

const LAG_MS = 3000;

let world: World;

afterEach(() => world.close());

/** Three machines, topic `t` with one partition on all of them, two of which must have a record. */
const startWorld = async (): Promise<void> => {
  const config = [`replica.lag.time.max.ms=${LAG_MS}`, 'auto.leader.rebalance.enable=false'];
  world = await World.create({ seed: 11, shape: combined(3), maxSyncMs: 20, config });
  await world.settle();
  await world.createTopic('t', 1, { 'min.insync.replicas': '2' });
  await world.settle();
};

const isrOf = (topic: string): readonly number[] => {
  const { truth } = world.observer;
  const topicId = truth.topicIdsByName.get(topic) ?? '';
  return truth.topics.get(topicId)?.partitions[0]?.isr ?? [];
};

/** Syncs of the logs hang; the quorum's store is a device of its own, and goes on. */
const hang = (nodeId: number): void => world.machine(nodeId).disk.holdSyncs();
const release = (nodeId: number): void => world.machine(nodeId).disk.releaseSyncs();

describe('a leader whose sync hangs', () => {
  it('gives the partition up to an in-sync replica, and the write is acknowledged', async () => {
    await startWorld();
    const old = world.leaderOf('t', 0);

    hang(old);
    const write = world.produce('t', 0, 'a');
    const isMoved = await world.until(() => world.leaderOf('t', 0) !== old, LAG_MS * 3);
    await world.outcome(write, 'the write');

    expect(isMoved).toBe(true);
    expect(isrOf('t')).not.toContain(old);
  });

  it('comes back in sync, with every record, once the disk works again', async () => {
    await startWorld();
    const old = world.leaderOf('t', 0);
    hang(old);
    const offset = await world.outcome(world.produce('t', 0, 'a'), 'the write');

    release(old);
    await world.settle();

    const replica = world.observer.replicas.find(({ machine }) => machine.nodeId === old);
    expect(replica?.partition.log.flushedOffset).toBe(offset + 1);
    expect(isrOf('t')).toContain(old);
  });

  it('keeps the partition while the disks of all others hang as well', async () => {
    await startWorld();
    const old = world.leaderOf('t', 0);

    for (const nodeId of [1, 2, 3]) hang(nodeId);
    const write = world.produce('t', 0, 'a');
    await world.advance(LAG_MS * 2);
    const leader = world.leaderOf('t', 0);
    for (const nodeId of [1, 2, 3]) release(nodeId);
    await world.outcome(write, 'the write');

    expect(leader).toBe(old);
  });

  it('loses nothing when the power goes right after it has given up', async () => {
    await startWorld();
    const old = world.leaderOf('t', 0);
    hang(old);
    const offset = await world.outcome(world.produce('t', 0, 'a'), 'the write');

    world.powerCut([1, 2, 3]);
    release(old);
    for (const nodeId of [1, 2, 3]) world.start(nodeId);
    await world.settle();
    const next = await world.outcome(world.produce('t', 0, 'b'), 'the next write');

    expect(next).toBe(offset + 1);
  });
});

describe('a broker whose disk hangs and that is elected', () => {
  it('hands the partition on, though it never began to lead', async () => {
    await startWorld();
    const old = world.leaderOf('t', 0);
    const [next = 0, last = 0] = [1, 2, 3].filter((nodeId) => nodeId !== old);

    hang(next);
    world.crash(old);
    await world.until(() => world.leaderOf('t', 0) === next, 10_000);
    const isMoved = await world.until(() => world.leaderOf('t', 0) === last, LAG_MS * 3);

    expect(isMoved).toBe(true);
    expect(isrOf('t')).toEqual([last]);
  });

  it('does not come back in sync before its disk works again', async () => {
    await startWorld();
    const old = world.leaderOf('t', 0);
    const [next = 0, last = 0] = [1, 2, 3].filter((nodeId) => nodeId !== old);
    hang(next);
    world.crash(old);
    await world.until(() => world.leaderOf('t', 0) === last, LAG_MS * 6);

    await world.advance(LAG_MS * 2);
    const isrWhileHanging = isrOf('t');
    release(next);
    const isBack = await world.until(() => isrOf('t').includes(next), 10_000);

    expect(isrWhileHanging).toEqual([last]);
    expect(isBack).toBe(true);
  });
});
