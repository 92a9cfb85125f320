import { TestCluster } from './test-cluster.ts';

/** Three brokers, and topic t on all of them, led by the first. */
export const threeReplicas = async (
  configs: Record<string, string> = { 'min.insync.replicas': '2' },
): Promise<TestCluster> => {
  const cluster = await TestCluster.start(3);
  cluster.controller.createTopic('t', [1, 2, 3], { configs });
  await cluster.run(100);
  return cluster;
};
