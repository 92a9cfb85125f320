import { OttlaError } from '../../../src/base/errors.ts';
import type { FaultAction, FaultScene } from './fault.ts';

const TIMEOUT_MS = 20_000;
const MAX_TOPICS = 3;
const MAX_PARTITIONS = 4;

/** Changes of the cluster are no faults; they run while faults do. */
const attempt = (scene: FaultScene, what: string, work: Promise<unknown>): void => {
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
  const { world, workload, random } = scene;
  if (workload.topics.length >= MAX_TOPICS) return false;
  const name = `late${world.trace.count}`;
  const partitions = 1 + random.below(2);
  const brokerCount = world.shape.brokers.length;
  const replicationFactor = 1 + random.below(Math.min(3, brokerCount));
  const minimum = 1 + random.below(replicationFactor);
  const configs = { 'min.insync.replicas': minimum };
  const admin = world.client('admin').sdk.admin();
  const work = admin
    .createTopic({ name, partitions, replicationFactor, configs }, { timeoutMs: TIMEOUT_MS })
    .then(() => workload.onTopic(name, partitions));
  attempt(scene, 'create-topic', work);
  return true;
};

export const growTopic: FaultAction = (scene) => {
  const { world, workload } = scene;
  const topic = workload.topics[0];
  if (topic === undefined || topic.partitionCount >= MAX_PARTITIONS) return false;
  const totalPartitions = topic.partitionCount + 1;
  const admin = world.client('admin').sdk.admin();
  const work = admin
    .createPartitions([{ name: topic.name, totalPartitions }], { timeoutMs: TIMEOUT_MS })
    .then(() => workload.onTopic(topic.name, totalPartitions));
  attempt(scene, 'grow-topic', work);
  return true;
};

export const electLeaders: FaultAction = (scene) => {
  const admin = scene.world.client('admin').sdk.admin();
  attempt(scene, 'elect-leaders', admin.electLeaders({}, { timeoutMs: TIMEOUT_MS }));
  return true;
};
