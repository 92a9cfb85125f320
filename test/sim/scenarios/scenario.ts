import { must } from '../../../src/base/assert.ts';
import type { PartitionRegistration } from '../../../src/metadata/image.ts';
import type { RaftStatus } from '../../../src/raft/core/types.ts';
import type { ClusterShape } from '../world/cluster-config.ts';
import type { WorldOptions } from '../world.ts';
import { World } from '../world.ts';

/** Brokers 1 to 3, and a quorum that does not fall with them. */
export const APART: ClusterShape = { brokers: [1, 2, 3], controllers: [4, 5, 6] };

/** A whole cluster with topic `t`: one partition, three replicas, two of which must have a record. */
export const worldWithTopic = async (
  shape: ClusterShape,
  options: Omit<Partial<WorldOptions>, 'shape'> & { configs?: Record<string, string> } = {},
): Promise<World> => {
  const { configs = {}, ...others } = options;
  const world = await World.create({ seed: 7, maxSyncMs: 20, ...others, shape });
  await world.settle();
  await world.createTopic('t', 1, { 'min.insync.replicas': '2', ...configs });
  await world.settle();
  return world;
};

/** Where the log of `t` ends on a machine; undefined while its process does not serve. */
export const endOn = (world: World, nodeId: number): number | undefined =>
  world.observer.replicas.find(({ machine }) => machine.nodeId === nodeId)?.partition.log
    .logEndOffset;

/** The replicas of `t`, the preferred leader first. */
export const replicasOf = (world: World): [number, number, number] => {
  const { truth } = world.observer;
  const topic = must(truth.topics.get(truth.topicIdsByName.get('t') ?? ''), 'topic t is there');
  const [first = 0, second = 0, third = 0] = topic.partitions[0]?.replicas ?? [];
  return [first, second, third];
};

export const isrOf = (world: World): readonly number[] => registrationOf(world)?.isr ?? [];

/** Partition 0 of `t`, as it is committed. */
export const registrationOf = (world: World): PartitionRegistration | undefined => {
  const { truth } = world.observer;
  return truth.topics.get(truth.topicIdsByName.get('t') ?? '')?.partitions[0];
};

/** What a controller's process says of itself; undefined while there is none. */
export const raftOf = (world: World, nodeId: number): RaftStatus | undefined =>
  world.observer.live.find(({ machine }) => machine.nodeId === nodeId)?.node.parts.raft.status();

/** The controller that leads now, and the others. */
export const quorumOf = (world: World): { leader: number; others: [number, number] } => {
  const ids = [...world.shape.controllers];
  const leader = must(
    ids.find((id) => raftOf(world, id)?.role === 'leader'),
    'a controller leads',
  );
  const [first = 0, second = 0] = ids.filter((id) => id !== leader);
  return { leader, others: [first, second] };
};

/**
 * The leader commits topic `u` with one voter, the witness, while the other has not heard of it.
 * Then the leader ends, and the witness is given what has no memory of that. Gives who of the two
 * led without the leader, once that is back: nobody may.
 */
export const leadersWithoutTheLeader = async (
  world: World,
  forget: (witness: number) => Promise<unknown>,
): Promise<number[]> => {
  const { leader, others } = quorumOf(world);
  const [witness, ignorant] = others;
  world.cut(ignorant, [leader, witness]);
  await world.advance(100);
  await world.createTopic('u', 1, {});

  world.crash(leader);
  await forget(witness);
  world.heal();
  world.start(witness);
  await world.advance(20_000);
  const leaders = others.filter((nodeId) => raftOf(world, nodeId)?.role === 'leader');
  world.start(leader);
  await world.settle();
  return leaders;
};
