import { afterEach, describe, expect, it } from 'vitest';
import { must } from '../../../src/base/assert.ts';
import type { PartitionRegistration } from '../../../src/metadata/image.ts';
import { isBeingReassigned, partitionOf } from '../../../src/metadata/image.ts';
import type { ClusterShape } from '../world/cluster-config.ts';
import type { World } from '../world.ts';
import { endOn, quorumOf, replicasOf, worldWithTopic } from './scenario.ts';

const SIX: ClusterShape = { brokers: [1, 2, 3, 4, 5, 6], controllers: [7, 8, 9] };
const RECORD_COUNT = 20;

let world: World;

afterEach(() => world.close());

const partition = (): PartitionRegistration => {
  const { truth } = world.observer;
  return must(partitionOf(truth, truth.topicIdsByName.get('t') ?? '', 0), 't-0 is there');
};

const isDone = (): boolean => !isBeingReassigned(partition());

const send = async (prefix: string): Promise<void> => {
  const sent = Array.from({ length: RECORD_COUNT }, (_, at) => world.produce('t', 0, prefix + at));
  await world.outcome(Promise.all(sent), prefix);
};

/** The brokers without a replica are to have all of them. */
const moveAway = async (): Promise<{ old: readonly number[]; targets: readonly number[] }> => {
  const old = replicasOf(world);
  const targets = SIX.brokers.filter((id) => !old.includes(id));
  const admin = world.client('admin').sdk.admin();
  const move = { topic: 't', partition: 0, replicas: targets };
  await world.outcome(admin.partitions.reassign([move]), 'the move');
  return { old, targets };
};

const holders = (): number[] => SIX.brokers.filter((id) => endOn(world, id) !== undefined);

describe('a partition that moves to other brokers', () => {
  // Source: KAFKA-15665; replication.md 2.5.
  it('is theirs alone, with every record, though controllers and brokers die meanwhile', async () => {
    world = await worldWithTopic(SIX);
    await send('before');
    const { targets } = await moveAway();
    const { leader } = quorumOf(world);

    world.crash(leader);
    world.crash(must(targets[1], 'there are three'));
    await send('meanwhile');
    world.start(leader);
    world.start(must(targets[1], 'there are three'));
    const isEnded = await world.until(isDone, 60_000);
    await world.settle();
    await send('after');
    await world.settle();

    expect(isEnded).toBe(true);
    expect(partition()).toMatchObject({ replicas: targets, leader: targets[0] });
    expect(holders()).toEqual(targets);
    expect(targets.map((id) => endOn(world, id))).toEqual(targets.map(() => 3 * RECORD_COUNT));
  });

  it('keeps its old replicas while one of them cannot catch up', async () => {
    world = await worldWithTopic(SIX);
    await send('before');
    const old = replicasOf(world);
    const [last] = SIX.brokers.filter((id) => !old.includes(id)).slice(-1);
    world.cut(
      must(last, 'there are three'),
      SIX.brokers.filter((id) => id !== last),
    );
    const { targets } = await moveAway();

    await world.advance(10_000);
    const whileCut = partition().replicas;
    world.heal();
    await world.until(isDone, 60_000);
    await world.settle();

    expect(whileCut).toEqual([...targets, ...old]);
    expect(partition().replicas).toEqual(targets);
  });
});
