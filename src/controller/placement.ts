import { must } from '../base/assert.ts';
import { OttlaError } from '../base/errors.ts';
import type { NodeId } from '../base/ids.ts';
import { takesReplicas } from '../metadata/broker-configs.ts';
import type { MetadataImage } from '../metadata/image.ts';
import type { Rank } from './rank.ts';
import { lowest } from './rank.ts';

/** A broker that new replicas may go to, with what it holds already. */
export interface PlacementBroker {
  readonly brokerId: NodeId;
  /** Failure domain; '' is one of its own. */
  readonly rack: string;
  /** Partitions that prefer it as leader. */
  readonly preferredCount: number;
  readonly replicaCount: number;
}

export interface PlacementRequest {
  readonly brokers: readonly PlacementBroker[];
  readonly partitionCount: number;
  readonly replicationFactor: number;
  /** Any whole number of 0 or more: where among equals to begin. */
  readonly seed: number;
}

interface Load {
  readonly broker: PlacementBroker;
  /** What this placement has given it so far: an even topic comes before an even cluster. */
  preferredCount: number;
  replicaCount: number;
}

/**
 * Replicas for new partitions, the preferred leader first. Within the topic leaders are spread
 * evenly over the brokers, and followers so that replicas are as even as that leaves; among equals
 * the broker with less of everything else is taken, then the next in turn from `seed`. No two
 * replicas of a partition share a rack while an unused one is left. The same request gives the
 * same answer.
 *
 * Errors: INVALID_REPLICATION_FACTOR with fewer brokers than replicas.
 */
export const placeReplicas = (request: PlacementRequest): NodeId[][] => {
  const { brokers, partitionCount, replicationFactor, seed } = request;
  if (replicationFactor > brokers.length) {
    throw new OttlaError(
      'INVALID_REPLICATION_FACTOR',
      `replication factor ${replicationFactor} needs as many brokers, ${brokers.length} can take replicas; start more or ask for less`,
    );
  }
  const sorted = [...brokers].sort((a, b) => a.brokerId - b.brokerId);
  const loads = sorted.map((broker): Load => ({ broker, preferredCount: 0, replicaCount: 0 }));
  return Array.from({ length: partitionCount }, (_, partition) =>
    placePartition(loads, { replicationFactor, turn: seed + partition }),
  );
};

const placePartition = (
  loads: readonly Load[],
  { replicationFactor, turn }: { readonly replicationFactor: number; readonly turn: number },
): NodeId[] => {
  const chosen: Load[] = [];
  const inTurn = rotated(loads, turn);
  while (chosen.length < replicationFactor) {
    const candidates = inTurn.filter((load) => !chosen.includes(load));
    // Followers start one further with each partition, so that those of one leader are spread.
    const next = must(
      lowest(chosen.length === 0 ? candidates : rotated(candidates, turn), (load) =>
        chosen.length === 0 ? leaderRank(load) : followerRank(load, chosen),
      ),
      'a partition has no more replicas than there are brokers',
    );
    if (chosen.length === 0) next.preferredCount += 1;
    next.replicaCount += 1;
    chosen.push(next);
  }
  return chosen.map(({ broker }) => broker.brokerId);
};

const leaderRank = ({ broker, preferredCount, replicaCount }: Load): Rank => [
  preferredCount,
  replicaCount,
  broker.preferredCount,
  broker.replicaCount,
];

const followerRank = ({ broker, replicaCount }: Load, chosen: readonly Load[]): Rank => [
  broker.rack !== '' && chosen.some((other) => other.broker.rack === broker.rack) ? 1 : 0,
  replicaCount,
  broker.replicaCount,
];

const rotated = <T>(items: readonly T[], by: number): T[] => {
  const start = by % items.length;
  return [...items.slice(start), ...items.slice(0, start)];
};

/** The brokers that may take new replicas, with their present load. */
export const placementBrokers = (image: MetadataImage): PlacementBroker[] => {
  const preferredCounts = new Map<NodeId, number>();
  const replicaCounts = new Map<NodeId, number>();
  const count = (counts: Map<NodeId, number>, brokerId: NodeId): void => {
    counts.set(brokerId, (counts.get(brokerId) ?? 0) + 1);
  };
  for (const { partitions } of image.topics.values()) {
    for (const { replicas } of partitions) {
      for (const [place, brokerId] of replicas.entries()) {
        if (place === 0) count(preferredCounts, brokerId);
        count(replicaCounts, brokerId);
      }
    }
  }
  return [...image.brokers.values()]
    .filter(({ brokerId }) => takesReplicas(image, brokerId))
    .map(({ brokerId, rack }) => ({
      brokerId,
      rack,
      preferredCount: preferredCounts.get(brokerId) ?? 0,
      replicaCount: replicaCounts.get(brokerId) ?? 0,
    }));
};
