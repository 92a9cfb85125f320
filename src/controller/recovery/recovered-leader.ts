import type { NodeId } from '../../base/ids.ts';
import { NONE, partitionKey } from '../../base/ids.ts';
import type { PartitionRef } from '../../gen/ottla.ts';
import type { MetadataImage, PartitionRegistration } from '../../metadata/image.ts';
import { hasForgotten, partitionOf } from '../../metadata/image.ts';
import type { DecideContext, Decision } from '../decision.ts';
import { Plan } from '../decision.ts';
import type { ElectionRules } from '../election.ts';
import { electionRules } from '../election.ts';
import { changePartition } from '../eligible.ts';
import type { FoundEnd, FoundEnds } from './replica-ends.ts';

/** Partitions without a leader where replicas are remembered, which can be compared. */
export const comparablePartitions = (image: MetadataImage): PartitionRef[] =>
  [...image.topics.values()].flatMap(({ topicId, partitions }) =>
    partitions.flatMap((registration, partition) =>
      isComparable(registration) ? [{ topicId, partition }] : [],
    ),
  );

/** Where one is left that is sure to have everything, too: it may never come back. */
const isComparable = ({ leader, lastKnownElr }: PartitionRegistration): boolean =>
  leader === NONE && lastKnownElr.length > 0;

/** False while one is away that is waited for: asking the others would not help. */
export const isDecidable = (
  image: MetadataImage,
  ref: PartitionRef,
  context: DecideContext,
): boolean => {
  const partition = partitionOf(image, ref.topicId, ref.partition);
  if (partition === undefined) return false;
  const rules = electionRules(image, ref, context);
  const isAwaited = partition.lastKnownElr.some((id) => !rules.isAcceptable(id));
  return rules.allowsUnclean || (hasForgotten(partition) && !isAwaited);
};

/**
 * Who has most: by the leader epoch of the newest record, then by the end of the log. Of two logs
 * that end in one epoch one begins with the other; and whoever wrote in a later epoch, or copied
 * what was written in it, had before all that was committed in earlier ones. So that one has every
 * committed record that any of them has. Undefined: there is none.
 */
export const mostOf = (ends: readonly FoundEnd[]): FoundEnd | undefined =>
  ends.reduce<FoundEnd | undefined>(
    (most, one) => (most === undefined || isMore(one, most) ? one : most),
    undefined,
  );

const isMore = ({ end: a }: FoundEnd, { end: b }: FoundEnd): boolean =>
  a.lastEpoch === b.lastEpoch ? a.logEndOffset > b.logEndOffset : a.lastEpoch > b.lastEpoch;

export interface RecoveryQuestion {
  readonly ends: FoundEnds;
  /** True: it has waited long enough for the others, where its topic allows unclean leaders. */
  readonly isOver: (ref: PartitionRef) => boolean;
}

/**
 * Elects in each of these partitions, where nobody is sure to have what was acknowledged from
 * memory, the one that has most: once all that are remembered are in service and have said what
 * they have, since their processes ended. One that lost its data is not remembered. Where the topic
 * allows unclean leaders, those that do not come are waited for no longer than `isOver` says; one
 * in sync or eligible neither.
 */
export const decideRecoveredLeaders = (
  image: MetadataImage,
  refs: readonly PartitionRef[],
  { context, ...question }: RecoveryQuestion & { readonly context: DecideContext },
): Decision<void> => {
  const plan = new Plan(image);
  for (const ref of refs) {
    const registration = partitionOf(plan.image, ref.topicId, ref.partition);
    if (registration === undefined || !isComparable(registration)) continue;
    const rules = electionRules(plan.image, ref, context);
    const leader = recoveredLeader(plan.image, registration, { ref, rules, question });
    if (leader === NONE) continue;
    changePartition(plan, ref, { change: { leader, isr: [leader] }, context });
  }
  return plan.answer(undefined);
};

const recoveredLeader = (
  image: MetadataImage,
  registration: PartitionRegistration,
  by: {
    readonly ref: PartitionRef;
    readonly rules: ElectionRules;
    readonly question: RecoveryQuestion;
  },
): NodeId => {
  const { ref, rules, question } = by;
  // What was said before a process ended says nothing of what it has since.
  const isOfNow = ({ brokerId, brokerEpoch }: FoundEnd): boolean =>
    image.brokers.get(brokerId)?.brokerEpoch === brokerEpoch && rules.isAcceptable(brokerId);
  const found = question.ends.get(partitionKey(ref.topicId, ref.partition)) ?? [];
  const ends = found.filter((one) => registration.replicas.includes(one.brokerId) && isOfNow(one));
  const hasSpoken = (id: NodeId): boolean => ends.some(({ brokerId }) => brokerId === id);
  const isComplete = hasForgotten(registration) && registration.lastKnownElr.every(hasSpoken);
  const isEnough = isComplete || (rules.allowsUnclean && question.isOver(ref));
  return isEnough ? (mostOf(ends)?.brokerId ?? NONE) : NONE;
};
