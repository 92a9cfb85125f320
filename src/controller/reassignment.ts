import type { ErrorCode } from '../base/errors.ts';
import { errorNumber, OttlaError } from '../base/errors.ts';
import type { NodeId } from '../base/ids.ts';
import type {
  AlterReassignmentsRequest,
  AlterReassignmentsResponse,
  ListReassignmentsRequest,
  ListReassignmentsResponse,
  PartitionRef,
  ReassignmentResult,
  ReassignmentTarget,
} from '../gen/ottla.ts';
import { isCordoned } from '../metadata/broker-configs.ts';
import type { MetadataImage, PartitionRegistration } from '../metadata/image.ts';
import {
  isBeingReassigned,
  isUsableBroker,
  originalReplicas,
  partitionOf,
  targetReplicas,
} from '../metadata/image.ts';
import type { PartitionChange } from '../metadata/records.ts';
import { NO_ELIGIBILITY, NO_REASSIGNMENT } from '../metadata/records.ts';
import { requireFeature } from '../metadata/versions.ts';
import type { DecideContext, Decision } from './decision.ts';
import { Plan } from './decision.ts';
import type { ElectionRules } from './election.ts';
import { electionChange, electionRules, preferredReplica } from './election.ts';
import { changePartition } from './eligible.ts';

/**
 * Begins, replaces or cancels reassignments, each on its own. A partition first has its old and
 * its new replicas; `decideReassignmentSteps` takes it on from there. What stands already, or is
 * under way to the same target, is a success: a request whose answer was lost may be repeated.
 *
 * Errors per partition: UNKNOWN_TOPIC_OR_PARTITION; INVALID_REQUEST when named twice;
 * INVALID_REPLICA_ASSIGNMENT for a target that cannot be, or a cancel that would lose records;
 * INVALID_REPLICATION_FACTOR where the size may not change; NO_REASSIGNMENT_IN_PROGRESS for a
 * cancel; UNSUPPORTED_VERSION below metadata.version 2.
 */
export const decideAlterReassignments = (
  image: MetadataImage,
  request: AlterReassignmentsRequest,
  context: DecideContext,
): Decision<AlterReassignmentsResponse> => {
  const plan = new Plan(image);
  const twice = namedTwice(request.targets);
  const results = request.targets.map((target) =>
    resultOf(target, () => {
      if (twice.has(nameOf(target))) {
        throw new OttlaError('INVALID_REQUEST', `${nameOf(target)} is given twice in one request`);
      }
      reassignPartition(plan, target, { ...request, context });
    }),
  );
  return plan.answerIndexed({ results });
};

const nameOf = ({ topic, partition }: ReassignmentTarget): string => `${topic}-${partition}`;

const namedTwice = (targets: readonly ReassignmentTarget[]): ReadonlySet<string> => {
  const seen = new Set<string>();
  return new Set(targets.map(nameOf).filter((name) => seen.size === seen.add(name).size));
};

/** A refused partition emits nothing, and holds up no other; a bug does. */
const resultOf = (target: ReassignmentTarget, alter: () => void): ReassignmentResult => {
  const { topic, partition } = target;
  const answer = (code: ErrorCode, errorMessage: string): ReassignmentResult => ({
    topic,
    partition,
    errorCode: errorNumber(code),
    errorMessage,
  });
  try {
    alter();
    return answer('NONE', '');
  } catch (error) {
    if (!(error instanceof OttlaError)) throw error;
    return answer(error.code, error.message);
  }
};

interface AlterOptions {
  readonly allowReplicationFactorChange: boolean;
  readonly context: DecideContext;
}

/** One of them, within a plan. Errors: as of `decideAlterReassignments`. */
export const reassignPartition = (
  plan: Plan,
  target: ReassignmentTarget,
  options: AlterOptions,
): void => {
  const { image } = plan;
  const topicId = image.topicIdsByName.get(target.topic) ?? '';
  const { partition } = target;
  const registration = partitionOf(image, topicId, partition);
  if (registration === undefined) {
    throw new OttlaError(
      'UNKNOWN_TOPIC_OR_PARTITION',
      `there is no partition ${nameOf(target)}: check the topic and the number`,
    );
  }
  requireFeature(image, 'reassignment');
  const rules = electionRules(image, { topicId, partition }, options.context);
  const change = target.cancel
    ? cancelChange(image, registration, { name: nameOf(target), rules })
    : startChange(image, registration, { target, options });
  if (change === undefined) return;
  const { context } = options;
  changePartition(plan, { topicId, partition }, { change, context });
};

/** The union of who has the partition and who shall, the targets first, as Kafka does. */
const startChange = (
  image: MetadataImage,
  registration: PartitionRegistration,
  { target, options }: { readonly target: ReassignmentTarget; readonly options: AlterOptions },
): PartitionChange | undefined => {
  const { replicas, isr, elr, lastKnownElr } = registration;
  checkTarget(image, registration, target);
  const wanted = target.replicas;
  if (isSameList(targetReplicas(registration), wanted)) return undefined;
  const original = originalReplicas(registration);
  if (!options.allowReplicationFactorChange && wanted.length !== original.length) {
    throw new OttlaError(
      'INVALID_REPLICATION_FACTOR',
      `${nameOf(target)} has ${original.length} replicas and the target ${wanted.length}; allow the change, or name as many`,
    );
  }
  // What an earlier target brought and this one has no use for goes at once, unless it is in sync
  // or may lead all the same: it counts as a copy then.
  const copies = [...original, ...isr, ...elr, ...lastKnownElr];
  const leaving = replicas.filter((id) => !wanted.includes(id) && copies.includes(id));
  const union = [...wanted, ...leaving];
  const hasDropped = replicas.some((id) => !union.includes(id));
  return {
    replicas: union,
    directories: directoriesOf(image, registration, union),
    reassignment: {
      addingReplicas: union.filter((id) => !original.includes(id)),
      removingReplicas: leaving,
    },
    ...(hasDropped ? { leader: registration.leader } : {}),
  };
};

const checkTarget = (
  image: MetadataImage,
  registration: PartitionRegistration,
  target: ReassignmentTarget,
): void => {
  const { replicas } = target;
  const refused = (reason: string): OttlaError =>
    new OttlaError('INVALID_REPLICA_ASSIGNMENT', `${nameOf(target)} cannot move: ${reason}`);
  if (replicas.length === 0) throw refused('no brokers are named; name at least one');
  if (new Set(replicas).size !== replicas.length) throw refused('a broker is named twice');
  const unknown = replicas.find((id) => !image.brokers.has(id));
  if (unknown !== undefined) throw refused(`broker ${unknown} is not registered; start it first`);
  const arriving = replicas.filter((id) => !registration.replicas.includes(id));
  const absent = arriving.find((id) => !isUsableBroker(image, id));
  if (absent !== undefined) throw refused(`broker ${absent} is not in service; start it first`);
  const cordoned = arriving.find((id) => isCordoned(image, id));
  if (cordoned !== undefined) {
    throw refused(`broker ${cordoned} takes no new replicas; uncordon it first, or name another`);
  }
};

/**
 * Back to the replicas from before, at once: those that came are gone with this record. Only where
 * the originals alone hold what was acknowledged, on as many disks as it was promised to be on.
 */
const cancelChange = (
  image: MetadataImage,
  registration: PartitionRegistration,
  { name, rules }: { readonly name: string; readonly rules: ElectionRules },
): PartitionChange => {
  if (!isBeingReassigned(registration)) {
    throw new OttlaError('NO_REASSIGNMENT_IN_PROGRESS', `${name} is not being reassigned`);
  }
  const replicas = originalReplicas(registration);
  const isr = registration.isr.filter((id) => replicas.includes(id));
  const leastCount = Math.min(rules.copiesMin, replicas.length);
  const inService = isr.filter(rules.isAcceptable);
  if (inService.length < Math.max(1, leastCount)) {
    throw new OttlaError(
      'INVALID_REPLICA_ASSIGNMENT',
      `${name} cannot go back: of its replicas ${replicas.join(',')} only ${inService.length} are in sync and in service, ${Math.max(1, leastCount)} must be; bring them back, or let the move end`,
    );
  }
  return shrunkTo(image, registration, { replicas, isr, rules });
};

/** Fewer replicas, and with them no reassignment any more; the leader epoch rises. */
const shrunkTo = (
  image: MetadataImage,
  registration: PartitionRegistration,
  to: {
    readonly replicas: readonly NodeId[];
    readonly isr: readonly NodeId[];
    readonly rules: ElectionRules;
  },
): PartitionChange => {
  const { replicas, isr, rules } = to;
  const { leader } = registration;
  const isShrunk = replicas.length < registration.replicas.length;
  const elected = electionChange({ ...NO_ELIGIBILITY, replicas, isr, leader }, rules);
  return {
    replicas,
    isr,
    directories: directoriesOf(image, registration, replicas),
    reassignment: NO_REASSIGNMENT,
    // A new epoch even for the same leader: who is gone and comes back later has lost its data, and
    // what this leader knows of its progress must not outlive that.
    ...(isShrunk ? { leader } : {}),
    ...elected,
  };
};

const directoriesOf = (
  image: MetadataImage,
  registration: PartitionRegistration,
  replicas: readonly NodeId[],
): string[] =>
  replicas.map((id) => {
    const at = registration.replicas.indexOf(id);
    return registration.directories[at] ?? image.brokers.get(id)?.directoryId ?? '';
  });

/** Whether what the leader has been elected for is known to have reached it. */
export type IsSettled = (ref: PartitionRef, registration: PartitionRegistration) => boolean;

/**
 * The next step of each of these partitions that can take one. The leader is moved first, to a
 * replica that stays; only when it has heard of that are those dropped who go. Both need every
 * target in sync and in service (KAFKA-15665): fewer would leave acknowledged records on fewer
 * disks than were promised. With all targets in sync `min.insync.replicas` is met too, as far as
 * there are so many.
 */
export const decideReassignmentSteps = (
  image: MetadataImage,
  refs: readonly PartitionRef[],
  { isSettled, ...context }: DecideContext & { readonly isSettled: IsSettled },
): Decision<void> => {
  const plan = new Plan(image);
  for (const { topicId, partition } of refs) {
    const ref = { topicId, partition };
    const registration = partitionOf(plan.image, topicId, partition);
    if (registration === undefined || !isBeingReassigned(registration)) continue;
    const rules = electionRules(plan.image, ref, context);
    const change = stepChange(plan.image, registration, {
      rules,
      isSettled: isSettled(ref, registration),
    });
    if (change !== undefined) changePartition(plan, ref, { change, context });
  }
  return plan.answer(undefined);
};

const stepChange = (
  image: MetadataImage,
  registration: PartitionRegistration,
  { rules, isSettled }: { readonly rules: ElectionRules; readonly isSettled: boolean },
): PartitionChange | undefined => {
  const { isr, leader } = registration;
  const targets = targetReplicas(registration);
  if (!targets.every((id) => isr.includes(id) && rules.isAcceptable(id))) return undefined;
  if (!targets.includes(leader)) return { leader: preferredReplica(targets, rules) };
  return isSettled
    ? shrunkTo(image, registration, { replicas: targets, isr: targets, rules })
    : undefined;
};

/** What is under way, by topic and partition; without topics, of all. */
export const listReassignments = (
  image: MetadataImage,
  { topics }: ListReassignmentsRequest,
): ListReassignmentsResponse => {
  const wanted = new Set(topics);
  const reassignments = [...image.topics.values()]
    .filter(({ name }) => wanted.size === 0 || wanted.has(name))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap(({ name: topic, partitions }) =>
      partitions.flatMap((registration, partition) => {
        if (!isBeingReassigned(registration)) return [];
        const { replicas, addingReplicas, removingReplicas, isr } = registration;
        return [{ topic, partition, replicas, addingReplicas, removingReplicas, isr }];
      }),
    );
  return { reassignments };
};

const isSameList = (a: readonly NodeId[], b: readonly NodeId[]): boolean =>
  a.length === b.length && a.every((id, at) => id === b[at]);
