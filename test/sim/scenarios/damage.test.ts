import { afterEach, describe, expect, it } from 'vitest';
import { partitionOf } from '../../../src/metadata/image.ts';
import type { ClusterShape } from '../world/cluster-config.ts';
import { combined } from '../world/cluster-config.ts';
import { World } from '../world.ts';
import { APART, isrOf, registrationOf, replicasOf } from './scenario.ts';

let world: World;

afterEach(() => world.close());

const QUARANTINED = 'log: partition is quarantined: its durable data is damaged';
const MET = 'log: a replica is damaged and is fetched anew from its leader';

/** Topic `t` with one partition on all of three brokers and four records, all at rest. */
const startWorld = async (shape: ClusterShape = combined(3)): Promise<void> => {
  world = await World.create({ seed: 11, shape });
  await world.settle();
  await world.createTopic('t', 1, { 'min.insync.replicas': '2', 'segment.bytes': '100' });
  await world.settle();
  for (const value of ['a', 'b', 'c', 'd']) {
    await world.outcome(world.produce('t', 0, value), 'the write');
  }
  await world.advance(2000);
};

const topicId = (): string => world.observer.truth.topicIdsByName.get('t') ?? '';

/** The first segment of `t` on a machine turns a bit in its first record. */
const rotFirstSegment = (nodeId: number): void => {
  const path = `/data/${topicId()}-0/${'0'.repeat(20)}.log`;
  const lift = world.machine(nodeId).disk.corrupt(path, 68);
  world.atlas.noteDamage(nodeId, { topicId: topicId(), partition: 0 }, lift);
};

/** The segments of `t` are read as a whole at the next start. */
const removeIndexes = (nodeId: number): void => {
  const { disk } = world.machine(nodeId);
  for (const { path } of disk.files(`/data/${topicId()}-0`)) {
    if (path.endsWith('index')) disk.remove(path);
  }
};

const readAll = async (count: number): Promise<string[]> => {
  const client = world.client('reader');
  const reader = client.sdk.reader({
    assignments: [{ topic: 't', partition: 0, from: 'earliest' }],
  });
  const values: string[] = [];
  const read = async (): Promise<void> => {
    for await (const { records } of reader.batches()) {
      values.push(...records.map(({ value }) => Buffer.from(value ?? []).toString()));
      if (values.length >= count) return;
    }
  };
  await world.outcome(read(), 'reading');
  return values;
};

/** Out of cache: what is read comes from the disk. */
const restartAll = async (): Promise<void> => {
  for (const nodeId of [1, 2, 3]) world.crash(nodeId);
  for (const nodeId of [1, 2, 3]) world.start(nodeId);
  await world.settle();
};

describe('a cluster of three with damage on one', () => {
  it('gives a reader everything although the leader meets rot under it', async () => {
    await startWorld();
    await restartAll();
    const old = world.leaderOf('t', 0);
    rotFirstSegment(old);

    const values = await readAll(4);

    expect(values).toEqual(['a', 'b', 'c', 'd']);
    expect(world.observer.marks.get(MET)).toBe(1);
  });

  it('goes on when the one that was last in sync comes back damaged', async () => {
    await startWorld(APART);
    for (const nodeId of [3, 2, 1]) {
      world.crash(nodeId);
      await world.advance(100);
    }
    await world.advance(5000);
    const last = registrationOf(world)?.lastKnownLeader ?? 0;

    rotFirstSegment(last);
    removeIndexes(last);
    for (const nodeId of [1, 2, 3]) world.start(nodeId);
    await world.settle();

    expect(world.observer.marks.get(QUARANTINED)).toBe(1);
    expect(await readAll(4)).toEqual(['a', 'b', 'c', 'd']);
  });

  it('commits nothing while damage leaves fewer in sync than must have a record', async () => {
    await startWorld(APART);
    const [leader, damaged, away] = replicasOf(world);
    world.crash(away);
    await world.advance(3000);
    world.pause(damaged, 60_000);
    const write = world.produce('t', 0, 'e');
    await world.advance(200);

    world.crash(damaged);
    rotFirstSegment(damaged);
    removeIndexes(damaged);
    world.start(damaged);
    const isAlone = await world.until(() => isrOf(world).join() === `${leader}`, 10_000, 1);
    world.start(away);

    expect(isAlone, 'the set is under the minimum').toBe(true);
    expect(await world.outcome(write, 'the write')).toBe(4);
    expect(await readAll(5)).toEqual(['a', 'b', 'c', 'd', 'e']);
  });

  it('makes the damaged replica whole again, from the others', async () => {
    await startWorld();
    rotFirstSegment(2);

    world.crash(2);
    removeIndexes(2);
    world.start(2);
    await world.settle();

    expect(world.observer.marks.get(QUARANTINED)).toBe(1);
    expect(partitionOf(world.observer.truth, topicId(), 0)?.isr).toContain(2);
    expect(world.observer.replicas.map(({ partition }) => partition.log.logEndOffset)).toEqual([
      4, 4, 4,
    ]);
  });

  it('makes a replica without records whole again that cannot tell whose it is', async () => {
    await startWorld();
    await world.createTopic('empty', 1, { 'min.insync.replicas': '2' });
    await world.settle();
    const empty = world.observer.truth.topicIdsByName.get('empty') ?? '';
    const path = `/data/${empty}-0/partition.json`;
    const lift = world.machine(2).disk.corrupt(path, 32);
    world.atlas.noteDamage(2, { topicId: empty, partition: 0 }, lift);

    // Which takes the first segment, too: it was never synced.
    world.powerCut([2]);
    world.start(2);
    await world.settle();
    const offset = await world.outcome(world.produce('empty', 0, 'a'), 'the write');

    expect(world.observer.marks.get(QUARANTINED)).toBe(1);
    expect(partitionOf(world.observer.truth, empty, 0)?.isr).toContain(2);
    expect(offset).toBe(0);
  });

  it('takes back a machine whose disk was replaced, without its vote', async () => {
    await startWorld();
    world.powerCut([3]);
    world.atlas.noteForgetful(3);
    world.atlas.noteAllLost(world.observer.truth, 3);

    await world.outcome(world.machine(3).wipe(), 'the wipe');
    world.start(3);
    await world.settle();
    const offset = await world.outcome(world.produce('t', 0, 'e'), 'the write');

    expect(world.observer.marks.get('log: this node takes part as an observer only')).toBe(1);
    expect(world.observer.replicas.map(({ partition }) => partition.log.logEndOffset)).toEqual([
      offset + 1,
      offset + 1,
      offset + 1,
    ]);
  });
});
