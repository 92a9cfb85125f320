import type { NodeId } from '../../base/ids.ts';
import { NONE, partitionKey } from '../../base/ids.ts';
import type { DescribeBalanceResponse, OwnMoveState, PlannedMove } from '../../gen/ottla.ts';
import type { OwnMove } from '../../metadata/balance-state.ts';
import { balanceReason, isUnderWay, ownMoves } from '../../metadata/balance-state.ts';
import type { MetadataImage } from '../../metadata/image.ts';
import { partitionOf } from '../../metadata/image.ts';
import type { Copy, Pace } from './estimate.ts';
import { copyMs, leftBytesOf } from './estimate.ts';
import type { ReplicaSizes } from './replica-sizes.ts';
import { sizesOfPartitions } from './replica-sizes.ts';
import type { BalanceMove, BalancePlan } from './request.ts';

export interface BalanceView {
  readonly sizes: ReplicaSizes;
  /** What makes brokers even, of this image; undefined: they are not to be. */
  readonly plan: BalancePlan | undefined;
  /** What is to be rebuilt. */
  readonly heals: readonly BalanceMove[];
  readonly pace: Pace;
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
  const evens = view.plan?.moves ?? [];
  const toBegin = [...view.heals, ...evens].filter(({ newReplicaCount }) => newReplicaCount > 0);
  const begun = states.filter(({ addingReplicas }) => addingReplicas.length > 0);
  const copies = [...begun.flatMap(restOf), ...toBegin.flatMap(wholeOf)];
  const moveCount = begun.length + toBegin.length;
  return {
    reason: balanceReason(image) ?? '',
    planned: [
      ...view.heals.map((move) => plannedOf(image, move, { heal: true })),
      ...evens.map((move) => plannedOf(image, move, { heal: false })),
    ],
    isPlanWhole: view.plan?.isWhole ?? true,
    underWay: states,
    leftBytes: Math.round(leftBytesOf(copies)),
    leftMs: copyMs(image, { copies, moveCount }, view.pace),
    seenBytesPerSecond: Math.round(view.pace.seenBytesPerSecond ?? NONE),
    automatic: view.isAutomatic,
    away: [...view.away],
  };
};

/** What the new replicas of a move lack, each the same share of it. */
const restOf = ({ addingReplicas, copiedBytes, copyBytes }: OwnMoveState): Copy[] => {
  const { length: count } = addingReplicas;
  const leftBytes = Math.max(0, copyBytes - copiedBytes) / count;
  return addingReplicas.map((brokerId) => ({ brokerId, leftBytes, wholeBytes: copyBytes / count }));
};

const wholeOf = ({ from, to, sizeBytes = 0 }: BalanceMove): Copy[] =>
  to
    .filter((id) => !from.includes(id))
    .map((brokerId) => ({ brokerId, leftBytes: sizeBytes, wholeBytes: sizeBytes }));

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
