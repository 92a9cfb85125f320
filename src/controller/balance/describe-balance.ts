import type { NodeId } from '../../base/ids.ts';
import { NONE, partitionKey } from '../../base/ids.ts';
import type { DescribeBalanceResponse, OwnMoveState, PlannedMove } from '../../gen/ottla.ts';
import type { OwnMove } from '../../metadata/balance-state.ts';
import { balanceReason, isUnderWay, ownMoves } from '../../metadata/balance-state.ts';
import type { MetadataImage } from '../../metadata/image.ts';
import { partitionOf } from '../../metadata/image.ts';
import { copyMs, sumOf } from './estimate.ts';
import type { ReplicaSizes } from './replica-sizes.ts';
import { sizesOfPartitions } from './replica-sizes.ts';
import type { BalanceMove, BalancePlan } from './request.ts';

export interface BalanceView {
  readonly sizes: ReplicaSizes;
  /** What makes brokers even, of this image; undefined: they are not to be. */
  readonly plan: BalancePlan | undefined;
  /** What is to be rebuilt. */
  readonly heals: readonly BalanceMove[];
  readonly seenBytesPerSecond: number | undefined;
  readonly isAutomatic: boolean;
  readonly away: ReadonlySet<NodeId>;
}

/** What is shown of balance and heals. */
export const describeBalance = (
  image: MetadataImage,
  view: BalanceView,
): DescribeBalanceResponse => {
  const whole = sizesOfPartitions(image, view.sizes);
  const states = ownMoves(image)
    .filter((move) => isUnderWay(image, move))
    .map((move) => stateOf(image, move, { whole, sizes: view.sizes }));
  const incoming = new Map<NodeId, number>();
  const receive = (brokerIds: readonly NodeId[], bytes: number): void => {
    for (const id of brokerIds) incoming.set(id, (incoming.get(id) ?? 0) + bytes);
  };
  for (const { addingReplicas, copiedBytes, copyBytes } of states) {
    const leftBytes = Math.max(0, copyBytes - copiedBytes);
    receive(addingReplicas, leftBytes / Math.max(1, addingReplicas.length));
  }
  const evens = view.plan?.moves ?? [];
  for (const { from, to, sizeBytes = 0 } of [...view.heals, ...evens]) {
    receive(
      to.filter((id) => !from.includes(id)),
      sizeBytes,
    );
  }
  return {
    reason: balanceReason(image) ?? '',
    planned: [
      ...view.heals.map((move) => plannedOf(image, move, { heal: true })),
      ...evens.map((move) => plannedOf(image, move, { heal: false })),
    ],
    isPlanWhole: view.plan?.isWhole ?? true,
    underWay: states,
    leftBytes: Math.round(sumOf(incoming)),
    leftMs: copyMs(image, incoming, view.seenBytesPerSecond),
    seenBytesPerSecond: Math.round(view.seenBytesPerSecond ?? NONE),
    automatic: view.isAutomatic,
    away: [...view.away],
  };
};

const plannedOf = (
  image: MetadataImage,
  move: BalanceMove,
  { heal }: Pick<PlannedMove, 'heal'>,
): PlannedMove => ({
  topic: image.topics.get(move.topicId)?.name ?? '',
  partition: move.partition,
  from: move.from,
  to: move.to,
  heal,
  copyBytes: move.newReplicaCount === 0 ? 0 : copyBytesOf(move.sizeBytes, move.newReplicaCount),
});

const copyBytesOf = (sizeBytes: number | undefined, replicaCount: number): number =>
  sizeBytes === undefined ? NONE : sizeBytes * replicaCount;

const stateOf = (
  image: MetadataImage,
  { topicId, partition, kind, replicas }: OwnMove,
  by: { readonly whole: ReadonlyMap<string, number>; readonly sizes: ReplicaSizes },
): OwnMoveState => {
  const addingReplicas = partitionOf(image, topicId, partition)?.addingReplicas ?? [];
  const key = partitionKey(topicId, partition);
  const copied = addingReplicas.map((id) => by.sizes.get(id)?.get(key) ?? 0);
  return {
    topic: image.topics.get(topicId)?.name ?? '',
    partition,
    heal: kind === 'heal',
    to: replicas,
    addingReplicas,
    copiedBytes: copied.reduce((sum, bytes) => sum + bytes, 0),
    copyBytes: copyBytesOf(by.whole.get(key), addingReplicas.length),
  };
};
