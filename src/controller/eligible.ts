import { must } from '../base/assert.ts';
import type { NodeId } from '../base/ids.ts';
import { NONE } from '../base/ids.ts';
import type { PartitionRef } from '../gen/ottla.ts';
import type { MetadataImage, PartitionRegistration } from '../metadata/image.ts';
import { leastInSync, partitionOf } from '../metadata/image.ts';
import type { Eligibility, PartitionChange } from '../metadata/records.ts';
import { partitionChangeRecord } from '../metadata/records.ts';
import { topicConfig } from '../metadata/topic-configs.ts';
import { hasFeature } from '../metadata/versions.ts';
import { commitRulesOf } from './commit-rules.ts';
import type { DecideContext, Plan } from './decision.ts';

/** What a change does not say by itself of the replicas that it takes out of the in-sync set. */
export interface Departure {
  /** Their data is gone or damaged. */
  readonly lost?: readonly NodeId[] | undefined;
  /** They ended without syncing what they had acknowledged from memory. */
  readonly forgot?: readonly NodeId[] | undefined;
}

/**
 * Who may lead besides the in-sync replicas once `change` is made (KIP-966). The high watermark
 * stands still while the set has fewer than `leastCount` members, so that whoever leaves it then,
 * or took it there by leaving, has all that was ever committed, until the set is large enough
 * again. A replica that lost its data has not; one that forgot may have, and is remembered for a
 * choice by what it still has. An unclean leader makes its own log the truth: nobody is eligible
 * beside it. docs/adr/014.
 */
export const eligibilityAfter = (
  before: PartitionRegistration,
  change: PartitionChange,
  { leastCount, lost = [], forgot = [] }: Departure & { readonly leastCount: number },
): Eligibility => {
  const { replicas, isr, leader } = { ...before, ...definedOf(change) };
  const lastKnownLeader = lastLeaderAfter(before, leader);
  if (isr.length >= leastCount || isUncleanChoice(before, change.leader)) {
    return { elr: [], lastKnownElr: [], lastKnownLeader };
  }
  const isOutside = (id: NodeId): boolean => !isr.includes(id) && !lost.includes(id);
  const hadAll = (id: NodeId): boolean => before.isr.includes(id) || before.elr.includes(id);
  const isEligible = (id: NodeId): boolean => isOutside(id) && hadAll(id) && !forgot.includes(id);
  const isRemembered = (id: NodeId): boolean =>
    isOutside(id) && (before.lastKnownElr.includes(id) || (hadAll(id) && forgot.includes(id)));
  return {
    elr: replicas.filter(isEligible),
    lastKnownElr: replicas.filter((id) => isRemembered(id) && !isEligible(id)),
    lastKnownLeader,
  };
};

const definedOf = ({ replicas, isr, leader }: PartitionChange): Partial<PartitionRegistration> => ({
  ...(replicas === undefined ? {} : { replicas }),
  ...(isr === undefined ? {} : { isr }),
  ...(leader === undefined ? {} : { leader }),
});

const lastLeaderAfter = (before: PartitionRegistration, leader: NodeId): NodeId => {
  if (leader !== NONE) return NONE;
  return before.leader === NONE ? before.lastKnownLeader : before.leader;
};

const isUncleanChoice = (before: PartitionRegistration, leader: NodeId = NONE): boolean =>
  leader !== NONE && !before.isr.includes(leader) && !before.elr.includes(leader);

interface ChangeBy extends Departure {
  readonly change: PartitionChange;
  readonly context: DecideContext;
}

/**
 * Emits the change of a partition that exists, with what it makes of the eligible replicas from
 * metadata.version 3 on. Every change of an in-sync set, a leader or an assignment goes this way.
 */
export const changePartition = (plan: Plan, ref: PartitionRef, by: ChangeBy): void => {
  const { topicId, partition } = ref;
  const whole = withEligibility(plan.image, ref, by);
  if (Object.keys(whole).length === 0) return;
  plan.emit(partitionChangeRecord(topicId, partition, whole));
};

const withEligibility = (
  image: MetadataImage,
  ref: PartitionRef,
  by: ChangeBy,
): PartitionChange => {
  const { change, lost, forgot } = by;
  if (!hasFeature(image, 'eligible')) return change;
  const before = must(partitionOf(image, ref.topicId, ref.partition), 'the partition exists');
  const leastCount = leastInSyncAfter(image, ref, by);
  const eligibility = eligibilityAfter(before, change, { leastCount, lost, forgot });
  return isSame(eligibility, before) ? change : { ...change, eligibility };
};

/**
 * As the leader counts them by the same image (`PartitionCore.effectiveMinIsr`): the one until now,
 * which may have committed without those who leave, and the next, which may commit without those
 * who are eligible already. The fewest count.
 */
const leastInSyncAfter = (
  image: MetadataImage,
  { topicId, partition }: PartitionRef,
  { change, context }: ChangeBy,
): number => {
  const before = must(partitionOf(image, topicId, partition), 'the partition exists');
  const replicas = change.replicas ?? before.replicas;
  const { addingReplicas } = change.reassignment ?? before;
  const leaders = [before.leader, change.leader ?? before.leader].filter((id) => id !== NONE);
  const counts = (leaders.length === 0 ? [NONE] : leaders).map((leaderId) => {
    const rules = commitRulesOf(image, { topicId, leaderId }, context.fileDefaults);
    return leastInSync(rules.minInsyncReplicas, replicas.length - addingReplicas.length);
  });
  return Math.min(...counts);
};

const isSame = (next: Eligibility, before: Eligibility): boolean =>
  next.lastKnownLeader === before.lastKnownLeader &&
  next.elr.join() === before.elr.join() &&
  next.lastKnownElr.join() === before.lastKnownElr.join();

/**
 * After settings have changed: a smaller minimum may end what made replicas eligible, and where
 * acknowledgements come from the disk from now on, a replica that is away has made no promise of
 * that kind.
 */
export const reviewEligible = (plan: Plan, before: MetadataImage, context: DecideContext): void => {
  if (!hasFeature(plan.image, 'eligible')) return;
  for (const { topicId, partitions } of [...plan.image.topics.values()]) {
    const { ackDurability: was } = topicConfig(before, topicId, context.fileDefaults);
    const { ackDurability: is } = topicConfig(plan.image, topicId, context.fileDefaults);
    const hasHardened = was === 'memory' && is === 'fsync';
    for (const [partition, { elr }] of [...partitions.entries()]) {
      if (elr.length === 0) continue;
      const forgot = hasHardened ? elr : [];
      changePartition(plan, { topicId, partition }, { change: {}, context, forgot });
    }
  }
};
