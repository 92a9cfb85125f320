import type { NodeId, TopicId } from '../base/ids.ts';
import { partitionKey } from '../base/ids.ts';
import type { PartitionRef } from '../gen/ottla.ts';
import type { MetadataImage, PartitionRegistration } from '../metadata/image.ts';
import type { PartitionChange } from '../metadata/records.ts';
import { hasFeature } from '../metadata/versions.ts';
import type { DecideContext, Plan } from './decision.ts';
import type { ElectionRules } from './election.ts';
import { electionChange, electionRules } from './election.ts';
import type { Departure } from './eligible.ts';
import { changePartition } from './eligible.ts';

/**
 * How a replica goes. `away`: its broker is fenced or leaves, its data stays good. `forgot`: its
 * process ended without syncing what it had acknowledged from memory. `lost`: its data is gone or
 * damaged, and it must not count as a copy any more.
 */
export type WithdrawalKind = 'away' | 'forgot' | 'lost';

/**
 * How replicas go that a broker reports. Those on a directory that failed or is missing are
 * remembered as if they had forgotten: none is elected meanwhile, though their broker is in
 * service, and what they still have is asked for when they are back. Below metadata.version 3,
 * where nobody can be remembered, they are lost.
 */
export const damageKinds = (
  image: MetadataImage,
  offline: readonly PartitionRef[],
): ((ref: PartitionRef) => 'forgot' | 'lost') => {
  const keyOf = ({ topicId, partition }: PartitionRef): string => partitionKey(topicId, partition);
  const mayReturn = new Set(hasFeature(image, 'eligible') ? offline.map(keyOf) : []);
  return (ref) => (mayReturn.has(keyOf(ref)) ? 'forgot' : 'lost');
};

/**
 * The change of a partition that a replica withdraws from; undefined where nothing changes.
 *
 * It leaves the in-sync set, whoever is left: `changePartition` keeps it eligible where it has all
 * that was ever committed. Below metadata.version 3, where nobody can be eligible, one that is away
 * stays in sync instead unless others carry on, as many as min.insync.replicas asks for: with fewer
 * nothing is committed any more, so that it has all that ever was, and may lead when it is back. A
 * lost replica never stays, even as the last: without one in sync or eligible the partition is
 * offline until an unclean election is asked for.
 */
export const withdrawalChange = (
  partition: PartitionRegistration,
  brokerId: NodeId,
  { kind, rules }: { readonly kind: WithdrawalKind; readonly rules: ElectionRules },
): PartitionChange | undefined => {
  const isAcceptable = (id: NodeId): boolean => id !== brokerId && rules.isAcceptable(id);
  const { isrFloor } = rules;
  const isr = remainingIsr(partition.isr, brokerId, { kind, isAcceptable, isrFloor });
  const elected = electionChange({ ...partition, isr }, { ...rules, isAcceptable });
  const isShrunk = isr.length !== partition.isr.length;
  if (!isShrunk && elected === undefined) return undefined;
  return { ...(isShrunk ? { isr } : {}), ...elected };
};

const remainingIsr = (
  isr: readonly NodeId[],
  brokerId: NodeId,
  by: Pick<ElectionRules, 'isAcceptable' | 'isrFloor'> & { readonly kind: WithdrawalKind },
): readonly NodeId[] => {
  const others = isr.filter((id) => id !== brokerId);
  if (by.kind === 'lost' || by.isrFloor === 0) return others;
  const canCarryOn = others.length >= by.isrFloor && others.some(by.isAcceptable);
  return canCarryOn ? others : isr;
};

export interface WithdrawalOptions {
  readonly context: DecideContext;
  /** How the broker's replica of one partition goes. */
  readonly kindOf: (ref: PartitionRef, partition: PartitionRegistration) => WithdrawalKind;
  /** More to change in the same record. */
  readonly alsoChange?: (partition: PartitionRegistration) => PartitionChange | undefined;
}

/** Withdraws a broker from every partition that it is a replica of. */
export const withdrawBroker = (plan: Plan, brokerId: NodeId, options: WithdrawalOptions): void => {
  for (const { topicId, partitions } of [...plan.image.topics.values()]) {
    for (const [partition, registration] of [...partitions.entries()]) {
      if (!registration.replicas.includes(brokerId)) continue;
      withdrawReplica(plan, { brokerId, topicId, partition, registration }, options);
    }
  }
};

interface Replica extends PartitionRef {
  readonly brokerId: NodeId;
  readonly topicId: TopicId;
  readonly registration: PartitionRegistration;
}

const withdrawReplica = (plan: Plan, replica: Replica, options: WithdrawalOptions): void => {
  const { brokerId, topicId, partition, registration } = replica;
  const { context } = options;
  const kind = options.kindOf(replica, registration);
  const change = {
    ...(registration.isr.includes(brokerId)
      ? withdrawalChange(registration, brokerId, {
          kind,
          rules: electionRules(plan.image, replica, context),
        })
      : {}),
    ...options.alsoChange?.(registration),
  };
  changePartition(
    plan,
    { topicId, partition },
    { change, ...departureOf(brokerId, kind), context },
  );
};

const departureOf = (brokerId: NodeId, kind: WithdrawalKind): Departure =>
  kind === 'away' ? {} : { [kind]: [brokerId] };
