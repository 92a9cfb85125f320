import { OttlaError } from '../base/errors.ts';
import type { NodeId, PartitionId, TopicId } from '../base/ids.ts';
import { NONE } from '../base/ids.ts';
import type { MetadataRecord, ReplicaAssignment } from '../gen/ottla.ts';
import { isCordoned } from '../metadata/broker-configs.ts';
import type { MetadataImage } from '../metadata/image.ts';
import { isUsableBroker } from '../metadata/image.ts';
import { NO_ELIGIBILITY, NO_REASSIGNMENT, partitionRecord } from '../metadata/records.ts';

/** Explicit placement of the partitions from `firstPartition` on, in the order of their numbers. */
export interface AssignmentCheck {
  readonly image: MetadataImage;
  readonly assignments: readonly ReplicaAssignment[];
  readonly firstPartition: PartitionId;
}

/**
 * The replica lists of an explicit placement. Errors: INVALID_REPLICA_ASSIGNMENT when numbers are
 * missing or twice, a list is empty, uneven or names a broker twice, one not registered or
 * one that is cordoned, or no broker of a partition can lead it now.
 */
export const readAssignments = (check: AssignmentCheck): NodeId[][] => {
  const sorted = [...check.assignments].sort((a, b) => a.partition - b.partition);
  const factor = sorted[0]?.replicas.length ?? 0;
  return sorted.map(({ partition, replicas }, place) => {
    const expected = check.firstPartition + place;
    if (partition !== expected) throw refused(`partition ${expected} is missing or given twice`);
    if (replicas.length === 0) throw refused(`partition ${partition} has no replicas`);
    if (replicas.length !== factor) {
      throw refused(`partition ${partition} has ${replicas.length} replicas, others ${factor}`);
    }
    checkReplicas(check.image, partition, replicas);
    return [...replicas];
  });
};

const checkReplicas = (
  image: MetadataImage,
  partition: PartitionId,
  replicas: readonly NodeId[],
): void => {
  if (new Set(replicas).size !== replicas.length) {
    throw refused(`partition ${partition} names a broker twice`);
  }
  const unknown = replicas.find((brokerId) => !image.brokers.has(brokerId));
  if (unknown !== undefined) {
    throw refused(`partition ${partition} names broker ${unknown}, which is not registered`);
  }
  const cordoned = replicas.find((brokerId) => isCordoned(image, brokerId));
  if (cordoned !== undefined) {
    throw refused(`partition ${partition} names broker ${cordoned}, which takes no new replicas`);
  }
  if (!replicas.some((brokerId) => isUsableBroker(image, brokerId))) {
    throw refused(`all brokers of partition ${partition} are down; name one that is up`);
  }
};

const refused = (reason: string): OttlaError =>
  new OttlaError('INVALID_REPLICA_ASSIGNMENT', `the assignment does not work: ${reason}`);

/** A new partition: in sync are the replicas whose brokers are up, and the first of them leads. */
export const newPartitionRecord = (
  image: MetadataImage,
  topicId: TopicId,
  { partition, replicas }: ReplicaAssignment,
): MetadataRecord => {
  const isr = replicas.filter((brokerId) => isUsableBroker(image, brokerId));
  return partitionRecord({
    topicId,
    partition,
    replicas,
    isr,
    leader: isr[0] ?? NONE,
    leaderEpoch: 0,
    partitionEpoch: 0,
    directories: replicas.map((brokerId) => image.brokers.get(brokerId)?.directoryId ?? ''),
    ...NO_REASSIGNMENT,
    ...NO_ELIGIBILITY,
  });
};
