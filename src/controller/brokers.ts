import { OttlaError } from '../base/errors.ts';
import type { BrokerEpoch, NodeId } from '../base/ids.ts';
import { NONE } from '../base/ids.ts';
import type { BrokerHeartbeat } from '../gen/ottla.ts';
import type { BrokerRegistration, MetadataImage } from '../metadata/image.ts';
import { partitionOf } from '../metadata/image.ts';
import type { BrokerRef } from '../metadata/records.ts';
import { brokerChangeRecord } from '../metadata/records.ts';
import { hasFeature } from '../metadata/versions.ts';
import { welcomeBroker } from './balance/welcome.ts';
import type { DecideContext, Decision } from './decision.ts';
import { Plan } from './decision.ts';
import { electionRules, electWhereLeaderless } from './election.ts';
import { changePartition } from './eligible.ts';
import { damageKinds, withdrawalChange, withdrawBroker } from './withdrawal.ts';

/**
 * The registration a broker speaks for. Errors: BROKER_ID_NOT_REGISTERED; STALE_BROKER_EPOCH when
 * a later process has registered under the id, so that a leftover of the old one changes nothing.
 */
export const requireBroker = (
  image: MetadataImage,
  brokerId: NodeId,
  brokerEpoch: BrokerEpoch,
): BrokerRegistration => {
  const broker = image.brokers.get(brokerId);
  if (broker === undefined) {
    throw new OttlaError(
      'BROKER_ID_NOT_REGISTERED',
      `broker ${brokerId} is not registered; it has to register first`,
    );
  }
  if (broker.brokerEpoch !== brokerEpoch) {
    throw new OttlaError(
      'STALE_BROKER_EPOCH',
      `broker ${brokerId} speaks for registration ${brokerEpoch}, but ${broker.brokerEpoch} is the current one; it has to register again`,
    );
  }
  return broker;
};

/**
 * Takes a broker out of service: it leads nothing, and leaves the in-sync sets where another
 * member carries on. Changes nothing when it is fenced already.
 */
export const decideFence = (
  image: MetadataImage,
  { brokerId, brokerEpoch }: BrokerRef,
  context: DecideContext,
): Decision<void> => {
  const broker = requireBroker(image, brokerId, brokerEpoch);
  const plan = new Plan(image);
  if (!broker.isFenced) fence(plan, broker, context);
  return plan.answer(undefined);
};

/**
 * What one heartbeat changes. The broker is unfenced when it has replayed the log up to its own
 * registration and does not ask to stay fenced; replicas it reports as damaged leave the in-sync
 * sets, and are remembered only where they are offline and may come back; a broker that wants to
 * stop hands its leaderships over. What its registration was not to hold below metadata.version 3
 * is taken from the first one above.
 */
export const decideHeartbeat = (
  image: MetadataImage,
  beat: BrokerHeartbeat,
  context: DecideContext,
): Decision<void> => {
  const broker = requireBroker(image, beat.brokerId, beat.brokerEpoch);
  const plan = new Plan(image);
  noteCommitRules(plan, broker, beat);
  dropDamaged(plan, beat, context);
  if (beat.wantShutdown) {
    if (!broker.inControlledShutdown) beginShutdown(plan, broker, context);
  } else if (beat.wantFence) {
    if (!broker.isFenced) fence(plan, broker, context);
  } else if (mayUnfence(broker, beat)) {
    unfence(plan, broker, context);
  }
  return plan.answer(undefined);
};

const noteCommitRules = (
  plan: Plan,
  broker: BrokerRegistration,
  { minInsyncReplicas, ackDurability }: BrokerHeartbeat,
): void => {
  const isKnown = broker.minInsyncReplicas !== undefined || minInsyncReplicas === undefined;
  if (isKnown || !hasFeature(plan.image, 'eligible')) return;
  plan.emit(brokerChangeRecord(broker, { minInsyncReplicas, ackDurability }));
};

/** Exact, not one short: on an idle cluster no later entry would come to help (KAFKA-13959). */
const mayUnfence = (broker: BrokerRegistration, beat: BrokerHeartbeat): boolean =>
  broker.isFenced && !broker.inControlledShutdown && beat.metadataIndex >= broker.brokerEpoch;

const fence = (plan: Plan, broker: BrokerRegistration, context: DecideContext): void => {
  plan.emit(brokerChangeRecord(broker, { fenced: true }));
  withdrawBroker(plan, broker.brokerId, { context, kindOf: () => 'away' });
};

const unfence = (plan: Plan, broker: BrokerRegistration, context: DecideContext): void => {
  plan.emit(brokerChangeRecord(broker, { fenced: false }));
  welcomeBroker(plan, broker.brokerId, context);
  electWhereLeaderless(plan, context, ({ replicas }) => replicas.includes(broker.brokerId));
};

/** Leaving the in-sync sets at once spares the others a wait for a replica that stops fetching. */
const beginShutdown = (plan: Plan, broker: BrokerRegistration, context: DecideContext): void => {
  plan.emit(brokerChangeRecord(broker, { inControlledShutdown: true }));
  withdrawBroker(plan, broker.brokerId, { context, kindOf: () => 'away' });
};

const dropDamaged = (
  plan: Plan,
  { brokerId, damaged, offline }: Pick<BrokerHeartbeat, 'brokerId' | 'damaged' | 'offline'>,
  context: DecideContext,
): void => {
  const kindOf = damageKinds(plan.image, offline);
  for (const { topicId, partition } of damaged) {
    const registration = partitionOf(plan.image, topicId, partition);
    if (registration === undefined) continue;
    const ref = { topicId, partition };
    const rules = electionRules(plan.image, ref, context);
    const kind = kindOf(ref);
    const change = registration.isr.includes(brokerId)
      ? withdrawalChange(registration, brokerId, { kind, rules })
      : undefined;
    changePartition(plan, ref, { change: change ?? {}, [kind]: [brokerId], context });
  }
};

/** True when the broker leads nothing: it may stop without anyone noticing. */
export const leadsNothing = (image: MetadataImage, brokerId: NodeId): boolean =>
  ![...image.topics.values()].some(({ partitions }) =>
    partitions.some(({ leader }) => leader !== NONE && leader === brokerId),
  );
