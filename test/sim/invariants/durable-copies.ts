import type { Partition } from '../../../src/broker/replication/partition.ts';
import { originalReplicas, partitionOf } from '../../../src/metadata/image.ts';
import { minInsyncReplicas } from '../world/minimum.ts';
import { FlushedOffsets } from './flushed-offsets.ts';
import type { ClusterView, Invariant, Replica } from './invariant.ts';

/**
 * What is committed is on the disk, not only in the page cache, of every member of the committed
 * in-sync set and every eligible replica; and what was acknowledged is on as many disks as min.insync.replicas asks for.
 */
export const durableCopies = (): Invariant => {
  const flushed = new FlushedOffsets();
  const checked = new WeakMap<Partition, Checked>();
  return {
    name: 'durable-copies',
    source: 'replication.md 5.5, 5.6, 5.25',
    onEnding: (_, live) => flushed.keep(live),
    onCopyLost: (view, copy) => flushed.forget(view, copy),
    onTruth: (_, { next }) => flushed.onTruth(next),
    onEvent: (view) => {
      for (const replica of view.replicas) {
        const { core } = replica.partition;
        if (core.role !== 'leader' || core.rules.ackDurability !== 'fsync') continue;
        const { leaderEpoch, highWatermark: endOffset } = core;
        const isEnough = core.committedIsr.length >= core.effectiveMinIsr;
        const known = checked.get(replica.partition);
        checked.set(replica.partition, { leaderEpoch, endOffset, isEnough });
        if (known?.leaderEpoch === leaderEpoch) {
          if (endOffset <= known.endOffset) continue;
          // At its election a leader takes over what it knew as a follower; this it has decided,
          // perhaps with the last report of a member that left the set in the same event.
          if (!isEnough && !known.isEnough) reportMinimum(view, replica);
        }
        checkMembers(view, replica, flushed);
      }
    },
    onAcknowledged: (view, { topic, partition, offset }) => {
      const topicId = view.truth.topicIdsByName.get(topic);
      if (topicId === undefined) return;
      if (isOfMemory(view, topicId)) {
        view.mark('memory.acknowledged');
        return;
      }
      const registration = partitionOf(view.truth, topicId, partition);
      const { replicas = [] } = registration ?? {};
      const at = { topicId, partition };
      const held = replicas.filter((nodeId) => flushed.everOf(view, nodeId, at) > offset);
      // What a move brings is not asked for before it is done.
      const { length } = registration === undefined ? replicas : originalReplicas(registration);
      const minimum = Math.min(length, minInsyncReplicas(view.truth, topicId));
      if (held.length >= minimum) return;
      const what = `${topic}-${partition} acknowledged ${offset}, durable on ${held.join()} only`;
      view.violate('acknowledged-is-durable', what);
    },
  };
};

/** Of a leader after the last event: its epoch, what was committed, and whether by enough members. */
interface Checked {
  readonly leaderEpoch: number;
  readonly endOffset: number;
  readonly isEnough: boolean;
}

/** The topic is acknowledged before its records are on any disk. */
const isOfMemory = (view: ClusterView, topicId: string): boolean =>
  view.truth.configs.get(`topic/${topicId}`)?.get('ack.durability') === 'memory';

const reportMinimum = (view: ClusterView, { partition, machine }: Replica): void => {
  const { committedIsr, effectiveMinIsr, highWatermark } = partition.core;
  const who = `${partition.describe()} on ${machine.name}`;
  const what = `${who} commits ${highWatermark} with ${committedIsr.length} of ${effectiveMinIsr}`;
  view.violate('minimum-in-sync', what);
};

const checkMembers = (view: ClusterView, replica: Replica, flushed: FlushedOffsets): void => {
  const { partition, machine } = replica;
  const { topicId, core } = partition;
  const registration = partitionOf(view.truth, topicId, partition.partition);
  // An old leader's set is not the committed one any more; its successor is checked by what it has.
  if (registration === undefined || registration.leaderEpoch !== core.leaderEpoch) return;
  for (const nodeId of [...registration.isr, ...registration.elr]) {
    const flushedOffset = flushed.of(view, nodeId, { topicId, partition: partition.partition });
    if (flushedOffset >= core.highWatermark || view.isDamaged(nodeId, partition)) continue;
    const who = `${partition.describe()} on ${machine.name} commits ${core.highWatermark}`;
    view.violate('committed-is-durable', `${who}, member ${nodeId} flushed ${flushedOffset}`);
  }
};
