import type { ErrorCode } from '../base/errors.ts';
import { errorNumber, OttlaError } from '../base/errors.ts';
import type { NodeId, PartitionId, TopicId } from '../base/ids.ts';
import { NONE } from '../base/ids.ts';
import type {
  ElectLeadersRequest,
  ElectLeadersResponse,
  PartitionRef,
  PartitionResult,
} from '../gen/ottla.ts';
import { isDrained } from '../metadata/broker-configs.ts';
import type { MetadataImage, PartitionRegistration } from '../metadata/image.ts';
import { isUsableBroker, partitionOf } from '../metadata/image.ts';
import type { PartitionChange } from '../metadata/records.ts';
import type { TopicConfig } from '../metadata/topic-configs.ts';
import { topicConfig } from '../metadata/topic-configs.ts';
import { hasFeature } from '../metadata/versions.ts';
import type { DecideContext, Decision } from './decision.ts';
import { Plan } from './decision.ts';
import { changePartition } from './eligible.ts';

/** Who may lead a partition. */
export interface ElectionRules {
  /** Registered, unfenced, not shutting down, and its copy of this partition not damaged. */
  readonly isAcceptable: (brokerId: NodeId) => boolean;
  /** Brokers that are only away do not leave the in-sync set smaller than this. */
  readonly isrFloor: number;
  /** Copies in service that must be left where replicas are given up. */
  readonly copiesMin: number;
  /** A replica may lead that is neither in sync nor eligible: what only others had is lost. */
  readonly allowsUnclean: boolean;
  /** It shall, at once, though those that forgot could first be compared. */
  readonly isAskedFor?: boolean;
  /** Replace a leader that works by the first replica, where that one is as good. */
  readonly prefersFirst?: boolean;
  /** Lead only what no other can: their brokers are drained. Left out: none. */
  readonly isDrained?: (brokerId: NodeId) => boolean;
}

export type Electorate = Pick<
  PartitionRegistration,
  'replicas' | 'isr' | 'leader' | 'elr' | 'lastKnownElr'
>;

/** The replica that should lead: the first on a broker that is not drained, if there is one. */
export const preferredReplica = (
  replicas: readonly NodeId[],
  { isDrained = () => false }: Pick<ElectionRules, 'isDrained'>,
): NodeId => replicas.find((id) => !isDrained(id)) ?? replicas[0] ?? NONE;

/**
 * A leader that works stays; else the first acceptable in-sync replica, else the first eligible
 * one; NONE if there is none, and an unclean leader is not allowed. Where replicas forgot, which
 * of them has most is asked first: `recovered-leader.ts`.
 */
export const electLeader = (partition: Electorate, rules: ElectionRules): NodeId => {
  const { replicas, isr, leader, elr, lastKnownElr } = partition;
  const isCandidate = (id: NodeId): boolean => isr.includes(id) && rules.isAcceptable(id);
  if (rules.prefersFirst !== true && isCandidate(leader)) return leader;
  const inSync = preferredReplica(replicas.filter(isCandidate), rules);
  if (inSync !== NONE) return inSync;
  const mayLead = (id: NodeId): boolean => elr.includes(id) && rules.isAcceptable(id);
  const eligible = preferredReplica(replicas.filter(mayLead), rules);
  if (eligible !== NONE) return eligible;
  if (!rules.allowsUnclean) return NONE;
  if (lastKnownElr.length > 0 && rules.isAskedFor !== true) return NONE;
  return replicas.find(rules.isAcceptable) ?? NONE;
};

/** The change that brings `electLeader`'s choice about; undefined when the leader stays. */
export const electionChange = (
  partition: Electorate,
  rules: ElectionRules,
): PartitionChange | undefined => {
  const leader = electLeader(partition, rules);
  if (leader === partition.leader) return undefined;
  const isAlone = leader !== NONE && !partition.isr.includes(leader);
  return isAlone ? { leader, isr: [leader] } : { leader };
};

/** The rules for one partition, from the image and the topic's settings. */
export const electionRules = (
  image: MetadataImage,
  { topicId, partition }: PartitionRef,
  context: DecideContext,
): ElectionRules => {
  const config = topicConfig(image, topicId, context.fileDefaults);
  return {
    isAcceptable: (brokerId) =>
      isUsableBroker(image, brokerId) &&
      context.isDamaged?.({ brokerId, topicId, partition }) !== true,
    allowsUnclean: config.uncleanLeaderElectionEnable,
    isrFloor: hasFeature(image, 'eligible') ? 0 : copiesMinOf(config),
    copiesMin: copiesMinOf(config),
    isDrained: (brokerId) => isDrained(image, brokerId),
  };
};

/** A broker that acknowledged from memory may come back without what it has acknowledged. */
const copiesMinOf = ({ ackDurability, minInsyncReplicas }: TopicConfig): number =>
  ackDurability === 'fsync' ? minInsyncReplicas : 1;

/** Elects in every leaderless partition that `isMeant` picks, where someone can lead. */
export const electWhereLeaderless = (
  plan: Plan,
  context: DecideContext,
  isMeant: (partition: PartitionRegistration, topicId: TopicId) => boolean,
): void => {
  for (const { topicId, partitions } of [...plan.image.topics.values()]) {
    for (const [partition, registration] of [...partitions.entries()]) {
      if (registration.leader !== NONE || !isMeant(registration, topicId)) continue;
      const rules = electionRules(plan.image, { topicId, partition }, context);
      const change = electionChange(registration, rules);
      if (change !== undefined) changePartition(plan, { topicId, partition }, { change, context });
    }
  }
};

/**
 * Who should lead in the leader's place, and could at once, without loss; undefined: nobody. A
 * leader on a drained broker gives way to any other replica, another one to the preferred alone.
 */
export const betterLeader = (
  image: MetadataImage,
  { replicas, isr, leader }: PartitionRegistration,
): NodeId | undefined => {
  const rules = { isDrained: (id: NodeId): boolean => isDrained(image, id) };
  const canLead = (id: NodeId): boolean => isr.includes(id) && isUsableBroker(image, id);
  const preferred = preferredReplica(replicas, rules);
  if (leader !== preferred && canLead(preferred)) return preferred;
  return rules.isDrained(leader)
    ? replicas.find((id) => !rules.isDrained(id) && canLead(id))
    : undefined;
};

/** Has brokers that are drained hand over what others can lead. */
export const moveDrainedLeaders = (plan: Plan, context: DecideContext): void => {
  const { image } = plan;
  const drained = new Set([...image.brokers.keys()].filter((id) => isDrained(image, id)));
  if (drained.size === 0) return;
  for (const { topicId, partitions } of [...image.topics.values()]) {
    for (const [partition, registration] of [...partitions.entries()]) {
      if (!drained.has(registration.leader)) continue;
      const leader = betterLeader(image, registration);
      if (leader === undefined) continue;
      changePartition(plan, { topicId, partition }, { change: { leader }, context });
    }
  }
};

/**
 * Elects leaders on request: the preferred ones, or unclean ones where a partition has none; with
 * `leader` that one. Throws INVALID_REQUEST where that is not about one partition, and unclean.
 * Per partition: UNKNOWN_TOPIC_OR_PARTITION, ELECTION_NOT_NEEDED, PREFERRED_LEADER_NOT_AVAILABLE,
 * ELIGIBLE_LEADERS_NOT_AVAILABLE. Asked about all, it reports only where there was something to do.
 */
export const decideElectLeaders = (
  image: MetadataImage,
  request: ElectLeadersRequest,
  context: DecideContext,
): Decision<ElectLeadersResponse> => {
  const plan = new Plan(image);
  requireOneForLeader(request);
  const isAboutAll = request.partitions.length === 0;
  const refs = isAboutAll ? allPartitions(image) : request.partitions;
  const results: PartitionResult[] = [];
  for (const { topicId, partition } of refs) {
    const code = electOne(plan, { topicId, partition }, { ...request, context });
    if (isAboutAll && code === 'ELECTION_NOT_NEEDED') continue;
    results.push({ topicId, partition, errorCode: errorNumber(code) });
  }
  return plan.answerIndexed({ errorCode: 0, results });
};

const requireOneForLeader = ({ leader, unclean, partitions }: ElectLeadersRequest): void => {
  if (leader === undefined || (unclean && partitions.length === 1)) return;
  throw new OttlaError(
    'INVALID_REQUEST',
    'a certain leader is elected in one partition, and unclean: name that one, and say so',
  );
};

interface HowToElect {
  readonly unclean: boolean;
  /** It and no other. */
  readonly leader?: NodeId | undefined;
  readonly context: DecideContext;
}

const electOne = (plan: Plan, ref: PartitionRef, how: HowToElect): ErrorCode => {
  const { unclean, leader, context } = how;
  const registration = partitionOf(plan.image, ref.topicId, ref.partition);
  if (registration === undefined) return 'UNKNOWN_TOPIC_OR_PARTITION';
  const rules = electionRules(plan.image, ref, context);
  const preferred = preferredReplica(registration.replicas, rules);
  if (unclean ? registration.leader !== NONE : registration.leader === preferred) {
    return 'ELECTION_NOT_NEEDED';
  }
  const canPreferredLead = registration.isr.includes(preferred) && rules.isAcceptable(preferred);
  if (!unclean && !canPreferredLead) return 'PREFERRED_LEADER_NOT_AVAILABLE';
  const candidates =
    leader === undefined
      ? registration
      : { ...registration, replicas: onlyIn(registration, leader) };
  const change = electionChange(
    candidates,
    unclean
      ? { ...rules, allowsUnclean: true, isAskedFor: true }
      : { ...rules, prefersFirst: true },
  );
  if (change === undefined) return 'ELIGIBLE_LEADERS_NOT_AVAILABLE';
  changePartition(plan, ref, { change, context });
  return 'NONE';
};

const onlyIn = ({ replicas }: PartitionRegistration, leader: NodeId): NodeId[] =>
  replicas.filter((id) => id === leader);

/** Every partition of the image, for requests that name none. */
export const allPartitions = (image: MetadataImage): PartitionRef[] =>
  [...image.topics.values()].flatMap(({ topicId, partitions }) =>
    partitions.map((_, partition: PartitionId) => ({ topicId, partition })),
  );
