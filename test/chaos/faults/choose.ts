import type { TopicDescription } from '../../../src/index.ts';
import type { SeededRandom } from '../../support/seeded-random.ts';
import type { ChaosNode } from '../cluster/chaos-node.ts';
import { TOPIC } from '../run-settings.ts';
import type { FaultContext } from './fault.ts';

export type PartitionState = TopicDescription['partitions'][number];

/** One node is gone or silent: a session of 2 s, an election of at most 1 s, and retries. */
export const FAILOVER_MS = 6_000;
/** From the first process of a whole cluster to its first acknowledgement. */
export const COLD_START_MS = 20_000;

export const namesOf = (nodes: readonly ChaosNode[]): string =>
  `node ${nodes.map(({ nodeId }) => nodeId).join(', ')}`;

export const between = (random: SeededRandom, minMs: number, maxMs: number): number =>
  minMs + random.below(maxMs - minMs + 1);

export const anyOf = <T>(random: SeededRandom, choices: readonly T[]): T => {
  const chosen = choices[random.below(Math.max(1, choices.length))];
  if (chosen === undefined) throw new Error('there is nothing to choose from');
  return chosen;
};

/** Brokers with replicas, by the number of partitions they lead, the most first. */
export const byLedCount = async ({ admin, cluster }: FaultContext): Promise<ChaosNode[]> => {
  const { partitions } = await admin.describeTopic(TOPIC);
  const holds = ({ nodeId }: ChaosNode): boolean =>
    partitions.some(({ replicas }) => replicas.includes(nodeId));
  const ledBy = ({ nodeId }: ChaosNode): number =>
    partitions.filter(({ leader }) => leader === nodeId).length;
  return cluster.brokers.filter(holds).sort((a, b) => ledBy(b) - ledBy(a));
};

/** Replicas are in the order in which they are preferred as leaders. */
export const anyPartition = async ({ admin, random }: FaultContext): Promise<PartitionState> =>
  anyOf(random, (await admin.describeTopic(TOPIC)).partitions);
