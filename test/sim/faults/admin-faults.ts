import { OttlaError } from '../../../src/base/errors.ts';
import type { NodeId, TopicId } from '../../../src/base/ids.ts';
import { sleep } from '../../../src/env/clock.ts';
import { isBeingReassigned, originalReplicas } from '../../../src/metadata/image.ts';
import type { KnownTopic } from '../workload/context.ts';
import { DELAYS, settingsOf } from '../workload/topic-settings.ts';
import type { World } from '../world.ts';
import type { FaultAction, FaultScene } from './fault.ts';

const TIMEOUT_MS = 20_000;
const MAX_TOPICS = 3;
const MAX_PARTITIONS = 4;

/** Changes of the cluster are no faults; they run while faults do. */
export const attempt = (scene: FaultScene, what: string, work: Promise<unknown>): void => {
  const { observer } = scene.world;
  work.then(
    () => observer.mark(`admin.${what}`),
    (error: unknown) => {
      if (error instanceof OttlaError) observer.mark(`admin.${what}.${error.code}`);
      else observer.violate('admin-error', `${what}: ${error}`);
    },
  );
};

export const createTopic: FaultAction = (scene) => {
  const { world, workload } = scene;
  if (workload.topics.length >= MAX_TOPICS) return false;
  const { name, work } = create(scene, `late${world.trace.count}`);
  attempt(
    scene,
    'create-topic',
    work.then((made) => workload.onTopic({ name, ...made })),
  );
  return true;
};

interface Creation {
  readonly name: string;
  readonly work: Promise<{
    readonly topicId: TopicId;
    readonly partitionCount: number;
    readonly keeps: KnownTopic['keeps'];
  }>;
}

const create = (
  { world, random }: FaultScene,
  name: string,
  others: Record<string, string> = {},
): Creation => {
  const partitions = 1 + random.below(2);
  const keeps = random.chance(1, 4) ? 'newest' : 'all';
  const brokerCount = world.shape.brokers.length;
  const replicationFactor = 1 + random.below(Math.min(3, brokerCount));
  const minimum = 1 + random.below(replicationFactor);
  const configs = { 'min.insync.replicas': minimum, ...settingsOf(keeps), ...others };
  const admin = world.client('admin').sdk.admin();
  const work = admin
    .createTopic({ name, partitions, replicationFactor, configs }, { timeoutMs: TIMEOUT_MS })
    .then(({ topicId }) => ({ topicId, partitionCount: partitions, keeps }) as const);
  return { name, work };
};

/**
 * Deletes a topic under its producers and readers, and mostly makes it anew under the same name.
 * Clients that look again may find either; so the new one is used, and judged, from the moment on
 * at which every broker runs and has replayed it.
 */
export const deleteTopic: FaultAction = (scene) => {
  const { world, workload, random } = scene;
  const topic = workload.topics[random.below(Math.max(1, workload.topics.length))];
  if (topic === undefined || topic.isKept || workload.topics.length < 2) return false;
  const isMadeAnew = random.chance(3, 4);
  workload.forgetTopic(topic);
  const admin = world.client('admin').sdk.admin();
  const work = async (): Promise<void> => {
    await admin.deleteTopic(topic.name, { timeoutMs: TIMEOUT_MS });
    if (!isMadeAnew) return;
    const { name, delays } = topic;
    const { topicId, ...made } = await create(scene, name, delays ? DELAYS : {}).work;
    await untilEveryBrokerHas(world, topicId);
    workload.onTopic({ name, delays, ...made });
    world.observer.mark('admin.made-anew');
  };
  attempt(scene, 'delete-topic', work());
  return true;
};

const LOOK_MS = 100;

const untilEveryBrokerHas = async (world: World, topicId: TopicId): Promise<void> => {
  const hasIt = (nodeId: NodeId): boolean => {
    const live = world.observer.live.find(({ machine }) => machine.nodeId === nodeId);
    return live?.node.parts.loader.image.topics.has(topicId) === true && live.node.health().isReady;
  };
  while (!world.shape.brokers.every(hasIt)) await sleep(world.clock, LOOK_MS);
};

export const growTopic: FaultAction = (scene) => {
  const { world, workload } = scene;
  const topic = workload.topics[0];
  if (topic === undefined || topic.partitionCount >= MAX_PARTITIONS) return false;
  const totalPartitions = topic.partitionCount + 1;
  const admin = world.client('admin').sdk.admin();
  const work = admin
    .createPartitions([{ name: topic.name, totalPartitions }], { timeoutMs: TIMEOUT_MS })
    .then(() => {
      // Deleted meanwhile: what bears its name now is another one.
      const grown = { name: topic.name, partitionCount: totalPartitions };
      if (workload.topics.includes(topic)) workload.onTopic(grown);
    });
  attempt(scene, 'grow-topic', work);
  return true;
};

export const electLeaders: FaultAction = (scene) => {
  const admin = scene.world.client('admin').sdk.admin();
  attempt(scene, 'elect-leaders', admin.electLeaders({}, { timeoutMs: TIMEOUT_MS }));
  return true;
};

/** Moves a partition to as many other brokers, or cancels what moves. */
export const reassign: FaultAction = (scene) => {
  const { world, workload, random } = scene;
  const topic = workload.topics[random.below(Math.max(1, workload.topics.length))];
  const { truth } = world.observer;
  const info = truth.topics.get(truth.topicIdsByName.get(topic?.name ?? '') ?? '');
  const partition = random.below(Math.max(1, topic?.partitionCount ?? 1));
  const now = info?.partitions[partition];
  if (topic === undefined || now === undefined) return false;
  const { partitions } = world.client('admin').sdk.admin();
  if (isBeingReassigned(now) && random.chance(1, 3)) {
    const work = partitions.cancel([{ topic: topic.name, partition }], { timeoutMs: TIMEOUT_MS });
    attempt(scene, 'cancel', work);
    return true;
  }
  const { length } = originalReplicas(now);
  const others = [...world.shape.brokers];
  const replicas = Array.from(
    { length },
    () => others.splice(random.below(others.length), 1)[0] ?? 0,
  );
  const move = { topic: topic.name, partition, replicas };
  attempt(scene, 'reassign', partitions.reassign([move], { timeoutMs: TIMEOUT_MS }));
  return true;
};
