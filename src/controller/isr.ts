import { must } from '../base/assert.ts';
import type { ErrorCode } from '../base/errors.ts';
import { errorNumber } from '../base/errors.ts';
import type { NodeId } from '../base/ids.ts';
import { NONE } from '../base/ids.ts';
import type {
  AlterPartitionItem,
  AlterPartitionRequest,
  AlterPartitionResponse,
  AlterPartitionResult,
  IsrMember,
} from '../gen/ottla.ts';
import type { MetadataImage, PartitionRegistration } from '../metadata/image.ts';
import { isUsableBroker, partitionOf } from '../metadata/image.ts';
import { hasFeature } from '../metadata/versions.ts';
import { requireBroker } from './brokers.ts';
import { mayCommitBy } from './commit-rules.ts';
import type { DecideContext, Decision } from './decision.ts';
import { Plan } from './decision.ts';
import { changePartition } from './eligible.ts';

/**
 * Takes over the in-sync sets that a leader proposes: compare-and-set by partition epoch, so that
 * a lost answer is safe to ask for again, and the loser of a race learns that it lost. A leader
 * whose disk hangs proposes a set without itself: the same record then names another leader out
 * of that set. The order of the checks is KIP-497's with KIP-841's and KIP-903's; each answers with
 * a code of its own.
 */
export const decideAlterPartition = (
  image: MetadataImage,
  request: AlterPartitionRequest,
  context: DecideContext,
): Decision<AlterPartitionResponse> => {
  requireBroker(image, request.brokerId, request.brokerEpoch);
  const plan = new Plan(image);
  const partitions = request.partitions.map((item) =>
    alterOne(plan, item, { senderId: request.brokerId, context }),
  );
  return plan.answer({ errorCode: 0, partitions });
};

interface Sender {
  readonly senderId: NodeId;
  readonly context: DecideContext;
}

const alterOne = (plan: Plan, item: AlterPartitionItem, sender: Sender): AlterPartitionResult => {
  const code = checkItem(plan.image, item, sender);
  if (code === 'NONE') maybeEmit(plan, item, sender.context);
  const { topicId, partition } = item;
  return describeResult(item, code, partitionOf(plan.image, topicId, partition));
};

/** A set that stands already needs no record, and no new partition epoch. */
const maybeEmit = (plan: Plan, item: AlterPartitionItem, context: DecideContext): void => {
  const { topicId, partition, newIsr } = item;
  const isr = newIsr.map((member) => member.brokerId);
  const current = partitionOf(plan.image, topicId, partition);
  if (current === undefined) return;
  if (current.isr.length === isr.length && current.isr.every((id) => isr.includes(id))) return;
  const leader = isr.includes(current.leader) ? undefined : heirOf(current, isr);
  const change = leader === undefined ? { isr } : { isr, leader };
  changePartition(plan, { topicId, partition }, { change, context });
};

/** Every member was found eligible: the first of them in the order of the assignment leads. */
const heirOf = ({ replicas }: PartitionRegistration, isr: readonly NodeId[]): NodeId =>
  must(
    replicas.find((id) => isr.includes(id)),
    'an in-sync set is made of replicas',
  );

const describeResult = (
  { topicId, partition }: AlterPartitionItem,
  code: ErrorCode,
  now: PartitionRegistration | undefined,
): AlterPartitionResult => ({
  topicId,
  partition,
  errorCode: errorNumber(code),
  leader: now?.leader ?? NONE,
  leaderEpoch: now?.leaderEpoch ?? NONE,
  isr: now?.isr ?? [],
  partitionEpoch: now?.partitionEpoch ?? NONE,
});

const checkItem = (
  image: MetadataImage,
  item: AlterPartitionItem,
  { senderId, context }: Sender,
): ErrorCode => {
  if (!image.topics.has(item.topicId)) return 'UNKNOWN_TOPIC_ID';
  const current = partitionOf(image, item.topicId, item.partition);
  if (current === undefined) return 'UNKNOWN_TOPIC_OR_PARTITION';
  const stale = checkEpochs(current, senderId, item);
  if (stale !== 'NONE') return stale;
  const members = new Set(item.newIsr.map(({ brokerId }) => brokerId));
  const isValidSet =
    members.size === item.newIsr.length &&
    members.size > 0 &&
    item.newIsr.every(({ brokerId }) => current.replicas.includes(brokerId)) &&
    (members.has(current.leader) || isResignation(current, members));
  if (!isValidSet) return 'INVALID_REQUEST';
  const isTrusted = ({ brokerId }: IsrMember): boolean =>
    context.isDamaged?.({ ...item, brokerId }) !== true;
  // Who is in sync already may be away: it has left only where enough others carry on.
  // An heir leads at once, and has to be there.
  const mayBeAway = members.has(current.leader);
  const mayBeMember = (member: IsrMember): boolean =>
    (mayBeAway && current.isr.includes(member.brokerId)) || isEligible(image, member);
  const isAgreed = countsAlike(image, item, senderId);
  return isAgreed && item.newIsr.every((member) => mayBeMember(member) && isTrusted(member))
    ? 'NONE'
    : 'INELIGIBLE_REPLICA';
};

/**
 * Who leaves the set may be eligible by this controller's minimum: a leader that has not heard of
 * a greater one yet would go on to commit without it. Below metadata.version 3 nobody is.
 */
const countsAlike = (
  image: MetadataImage,
  { topicId, minInsyncReplicas }: AlterPartitionItem,
  leaderId: NodeId,
): boolean =>
  minInsyncReplicas === undefined ||
  !hasFeature(image, 'eligible') ||
  mayCommitBy(image, { topicId, leaderId }, minInsyncReplicas);

/** A leader that leaves the set hands over to those in it, and lets nobody in. */
const isResignation = (current: PartitionRegistration, members: ReadonlySet<NodeId>): boolean =>
  [...members].every((id) => current.isr.includes(id));

const checkEpochs = (
  current: PartitionRegistration,
  senderId: number,
  item: AlterPartitionItem,
): ErrorCode => {
  // The sender has seen more than this controller: another one must be active by now.
  const isAhead =
    item.leaderEpoch > current.leaderEpoch || item.partitionEpoch > current.partitionEpoch;
  if (isAhead) return 'NOT_CONTROLLER';
  if (item.leaderEpoch < current.leaderEpoch) return 'FENCED_LEADER_EPOCH';
  if (senderId !== current.leader) return 'INVALID_REQUEST';
  if (item.partitionEpoch < current.partitionEpoch) return 'INVALID_UPDATE_VERSION';
  return 'NONE';
};

/** A member that the leader saw under an earlier registration may have lost its data since. */
const isEligible = (image: MetadataImage, member: IsrMember): boolean =>
  isUsableBroker(image, member.brokerId) &&
  (member.brokerEpoch === NONE ||
    image.brokers.get(member.brokerId)?.brokerEpoch === member.brokerEpoch);
