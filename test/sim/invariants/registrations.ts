import type { NodeId } from '../../../src/base/ids.ts';
import { NONE } from '../../../src/base/ids.ts';
import type { BrokerRegistration, PartitionRegistration } from '../../../src/metadata/image.ts';
import { isUsableBroker, originalReplicas, partitionOf } from '../../../src/metadata/image.ts';
import type { PartitionDelta } from '../../../src/metadata/image-diff.ts';
import { changedPartitions } from '../../../src/metadata/image-diff.ts';
import type { ClusterView, Invariant, TruthChange } from './invariant.ts';

/** The rules of a partition's registration, at each change of the committed metadata. */
export const registrations = (): Invariant => ({
  name: 'registrations',
  source: 'replication.md 5.16, 5.18, 5.22',
  onTruth: (view, change) => {
    checkBrokers(view, change);
    if (change.next.nextProducerId < change.previous.nextProducerId) {
      view.violate('producer-ids', `the next goes back to ${change.next.nextProducerId}`);
    }
    for (const delta of changedPartitions(change.previous, change.next)) {
      if (delta.next === undefined) continue;
      const before = partitionOf(change.previous, delta.topicId, delta.partition);
      const wasEmpty = before !== undefined && copiesOf(before).length === 0;
      checkShape(view, { delta, wasEmpty }, delta.next);
      if (before !== undefined) checkEpochs(view, delta, before);
      checkMembers(view, { delta, before, change });
      checkDropped(view, { delta, before, change });
    }
  },
});

const nameOf = ({ topicName, partition }: PartitionDelta): string => `${topicName}-${partition}`;

const checkShape = (
  view: ClusterView,
  { delta, wasEmpty }: { readonly delta: PartitionDelta; readonly wasEmpty: boolean },
  registration: PartitionRegistration,
): void => {
  const { replicas, isr, leader, elr } = registration;
  const copies = copiesOf(registration);
  const isSubset = copies.every((id) => replicas.includes(id));
  const isUnique = new Set(copies).size === copies.length;
  const isLed = leader === NONE || isr.includes(leader);
  // Nobody in sync and nobody eligible: no trusted copy is left.
  const mayBeEmpty = wasEmpty || replicas.some((id) => view.isDamaged(id, delta));
  if (isSubset && isUnique && isLed && (copies.length > 0 || mayBeEmpty)) return;
  const what = `replicas ${replicas.join()}, isr ${isr.join()}, elr ${elr.join()}, leader ${leader}`;
  view.violate('registration-shape', `${nameOf(delta)}: ${what}`);
};

/** Those that have what was committed, and those that had, as far as anyone knows. */
const copiesOf = ({ isr, elr, lastKnownElr }: PartitionRegistration): readonly NodeId[] => [
  ...isr,
  ...elr,
  ...lastKnownElr,
];

const checkEpochs = (
  view: ClusterView,
  delta: PartitionDelta,
  before: PartitionRegistration,
): void => {
  const after = delta.next ?? before;
  const isChanged = after.leader !== before.leader || after.isr.join() !== before.isr.join();
  const isLater = after.partitionEpoch > before.partitionEpoch;
  const isEpochKept = after.leaderEpoch >= before.leaderEpoch;
  const isBumped = after.leader === before.leader || after.leaderEpoch > before.leaderEpoch;
  if ((isChanged && !isLater) || !isEpochKept || !isBumped) {
    const epochs = (it: PartitionRegistration): string =>
      `leader ${it.leader} at ${it.leaderEpoch}, partition epoch ${it.partitionEpoch}`;
    view.violate('registration-epochs', `${nameOf(delta)}: ${epochs(before)}; ${epochs(after)}`);
  }
  if (after.leader !== before.leader) view.mark('leader.changed');
  const isElected = after.leader !== NONE && after.leaderEpoch > before.leaderEpoch;
  if (isElected && after.isr.length < after.replicas.length) view.mark('leader.from-shrunk-isr');
  if (isElected && before.elr.includes(after.leader)) view.mark('leader.from-eligible');
  if (after.isr.length < before.isr.length) view.mark('isr.shrunk');
  if (after.isr.length > before.isr.length) view.mark('isr.grown');
  if (after.leader === NONE && before.leader !== NONE) view.mark('partition.offline');
};

interface Joined {
  readonly delta: PartitionDelta;
  readonly before: PartitionRegistration | undefined;
  readonly change: TruthChange;
}

/** To be let in, to join and to be fenced takes three changes. */
const FENCED_AGAIN_COUNT = 3;

/**
 * Where several changes are shown as one, a broker may have joined by the first and been fenced by
 * the next, or registered anew, and be kept for the minimum's sake. The controller asserts what each
 * of them may do.
 */
const mayHaveBeenFencedSince = ({ previous, next }: TruthChange, brokerId: NodeId): boolean => {
  const changeCount = next.index - previous.index;
  return (
    changeCount >= FENCED_AGAIN_COUNT || (changeCount > 1 && isUsableBroker(previous, brokerId))
  );
};

/** Whoever comes to lead or to be in sync is registered, unfenced and not on its way out. */
const checkMembers = (view: ClusterView, { delta, before, change }: Joined): void => {
  const { next } = delta;
  if (next === undefined || before === undefined) return;
  const joined = next.isr.filter((id) => !before.isr.includes(id));
  const led = next.leader !== NONE && next.leaderEpoch !== before.leaderEpoch ? [next.leader] : [];
  for (const brokerId of [...joined, ...led]) {
    if (isUsableBroker(change.next, brokerId) || mayHaveBeenFencedSince(change, brokerId)) continue;
    view.violate('fenced-stays-out', `${nameOf(delta)}: broker ${brokerId} joins or leads`);
  }
};

/** Old replicas go when all that stay are in sync, and a leader that goes has handed over. */
const checkDropped = (view: ClusterView, { delta, before, change }: Joined): void => {
  const { next } = delta;
  // Of several changes shown as one, the last was checked by the program alone.
  if (next === undefined || before === undefined) return;
  if (change.next.index - change.previous.index !== 1) return;
  const hasLeft = originalReplicas(before).some((id) => !next.replicas.includes(id));
  if (!hasLeft) return;
  view.mark('reassignment.done');
  const outside = next.replicas.filter((id) => !before.isr.includes(id));
  if (outside.length > 0) {
    view.violate('targets-in-sync', `${nameOf(delta)}: ${outside.join()} are not, others go`);
  }
  if (!next.replicas.includes(before.leader)) {
    view.violate('leader-hands-over', `${nameOf(delta)}: broker ${before.leader} goes as leader`);
  }
};

const checkBrokers = (view: ClusterView, { next, previous }: TruthChange): void => {
  for (const broker of next.brokers.values()) {
    const before = previous.brokers.get(broker.brokerId);
    if (before === undefined || before === broker) continue;
    if (broker.brokerEpoch < before.brokerEpoch) {
      const what = `${before.brokerEpoch} to ${broker.brokerEpoch}`;
      view.violate('broker-epochs', `broker ${broker.brokerId}: ${what}`);
    }
    markBroker(view, broker, before);
  }
};

const markBroker = (
  view: ClusterView,
  broker: BrokerRegistration,
  before: BrokerRegistration,
): void => {
  if (broker.brokerEpoch !== before.brokerEpoch) view.mark('broker.registered-again');
  if (broker.isFenced && !before.isFenced) view.mark('broker.fenced');
  if (broker.inControlledShutdown && !before.inControlledShutdown) view.mark('broker.shutdown');
};
