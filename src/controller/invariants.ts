import { assert } from '../base/assert.ts';
import type { NodeId } from '../base/ids.ts';
import { NONE } from '../base/ids.ts';
import type { MetadataImage, PartitionRegistration } from '../metadata/image.ts';
import { isUsableBroker, originalReplicas } from '../metadata/image.ts';
import type { PartitionDelta } from '../metadata/image-diff.ts';
import { changedBrokers, changedPartitions, removedTopics } from '../metadata/image-diff.ts';

/**
 * What must hold between two images of the controller, checked before a batch leaves it. Throws
 * InvariantViolation: the batch is not proposed, since every node would replay it for ever.
 */
export const checkTransition = (previous: MetadataImage, next: MetadataImage): void => {
  for (const delta of changedPartitions(previous, next)) checkPartition(next, delta);
  checkBrokers(previous, next);
  checkIds(previous, next);
};

const checkPartition = (image: MetadataImage, delta: PartitionDelta): void => {
  const { previous, next } = delta;
  if (next === undefined) return;
  const name = `${delta.topicName}-${delta.partition}`;

  // In-sync replicas are assigned ones.
  assert(
    next.isr.every((id) => next.replicas.includes(id)),
    `the in-sync set of ${name} is a subset of its replicas`,
  );
  // A leader is in sync.
  assert(
    next.leader === NONE || next.isr.includes(next.leader),
    `the leader of ${name} is in sync`,
  );
  // A broker that is fenced, unknown or shutting down never leads.
  assert(
    next.leader === NONE || isUsableBroker(image, next.leader),
    `the leader of ${name} is unfenced and stays`,
  );
  // Such a broker never joins an in-sync set.
  const joined = next.isr.filter((id) => previous?.isr.includes(id) !== true);
  assert(
    joined.every((id) => isUsableBroker(image, id)),
    `a broker that joins the in-sync set of ${name} is unfenced and stays`,
  );
  if (previous === undefined) return;
  // Who is eligible had all that was committed before, and the leader then makes it no more.
  assert(
    next.elr.every((id) => previous.isr.includes(id) || previous.elr.includes(id)),
    `who is eligible for ${name} was in sync or eligible before`,
  );
  // Nobody is, beside a leader that had it not.
  const isUnclean =
    next.leader !== NONE &&
    next.leaderEpoch > previous.leaderEpoch &&
    !previous.isr.includes(next.leader) &&
    !previous.elr.includes(next.leader);
  assert(
    !isUnclean || next.elr.length + next.lastKnownElr.length === 0,
    `nobody is eligible beside an unclean leader of ${name}`,
  );
  checkEpochs(name, previous, next);
  checkDropped(name, previous, next);
};

/** Replicas that go take no acknowledged record with them. */
const checkDropped = (
  name: string,
  previous: PartitionRegistration,
  next: PartitionRegistration,
): void => {
  const dropped = previous.replicas.filter((id) => !next.replicas.includes(id));
  if (dropped.length === 0) return;
  // What a leader knows of a replica does not outlive its data.
  assert(
    next.leaderEpoch > previous.leaderEpoch,
    `${name} has a new leader epoch once a replica is gone`,
  );
  // Who stays in sync was so before.
  assert(
    next.isr.every((id) => previous.isr.includes(id)) &&
      (next.isr.length > 0 || previous.isr.length === 0),
    `a replica of ${name} that was in sync is left`,
  );
  const original = originalReplicas(previous);
  if (!dropped.some((id) => original.includes(id))) return;
  // A reassignment ends with every target in sync (KAFKA-15665), and with a leader that stays.
  assert(
    next.replicas.every((id) => next.isr.includes(id)),
    `the old replicas of ${name} go when all others are in sync`,
  );
  assert(
    next.replicas.includes(previous.leader),
    `${name} is led by a replica that stays before others go`,
  );
};

const checkEpochs = (
  name: string,
  previous: PartitionRegistration,
  next: PartitionRegistration,
): void => {
  // Each change has a partition epoch of its own.
  assert(
    next.partitionEpoch > previous.partitionEpoch,
    `a change of ${name} bumps its partition epoch`,
  );
  // Each leader has a leader epoch of its own, and epochs never go back.
  assert(
    next.leader === previous.leader
      ? next.leaderEpoch >= previous.leaderEpoch
      : next.leaderEpoch > previous.leaderEpoch,
    `a new leader of ${name} has a new leader epoch`,
  );
};

const checkBrokers = (previous: MetadataImage, next: MetadataImage): void => {
  const sidelined = new Set<NodeId>();
  for (const { brokerId, previous: before, next: after } of changedBrokers(previous, next)) {
    if (!isUsableBroker(next, brokerId)) sidelined.add(brokerId);
    if (before === undefined || after === undefined) continue;
    // Another process is another registration, and registrations are counted upwards.
    assert(
      before.incarnationId === after.incarnationId
        ? before.brokerEpoch === after.brokerEpoch
        : before.brokerEpoch < after.brokerEpoch,
      `a new process of broker ${brokerId} has a greater broker epoch`,
    );
  }
  if (sidelined.size === 0) return;
  for (const { name, partitions } of next.topics.values()) {
    for (const [partition, { leader }] of partitions.entries()) {
      // What a broker led is given up in the batch that takes it out of service.
      assert(
        !sidelined.has(leader),
        `${name}-${partition} is not led by broker ${leader}, which is out of service`,
      );
    }
  }
};

const checkIds = (previous: MetadataImage, next: MetadataImage): void => {
  // Blocks of producer ids do not overlap.
  assert(next.nextProducerId >= previous.nextProducerId, 'producer ids are given out once');
  if (previous.topics === next.topics) return;
  // A topic keeps its id, and an id its topic.
  assert(next.topics.size === next.topicIdsByName.size, 'each topic id has one name');
  for (const { topicId, name } of removedTopics(previous, next)) {
    assert(next.topicIdsByName.get(name) !== topicId, `the id of removed topic ${name} is gone`);
  }
};
