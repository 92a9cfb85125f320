import type { NodeId } from '../../base/ids.ts';
import { NONE, partitionKey } from '../../base/ids.ts';
import type { PartitionRef } from '../../gen/ottla.ts';
import { isDecommissioned, takesReplicas } from '../../metadata/broker-configs.ts';
import type { MetadataImage, PartitionRegistration } from '../../metadata/image.ts';
import { isBeingReassigned, isUsableBroker, targetReplicas } from '../../metadata/image.ts';
import type { BalanceBroker, BalancePartition, BalanceRequest, Standing } from './request.ts';

export interface BalanceFacts {
  /** Bytes of one replica, by `partitionKey`, as far as they are known. */
  readonly sizes: ReadonlyMap<string, number>;
  /** Brokers whose replicas are to be made anew elsewhere, as if they left; none if left out. */
  readonly away?: ReadonlySet<NodeId>;
  /** Which of those with a leader may change; left out: those that do not move already. */
  readonly isMovable?: (registration: PartitionRegistration, ref: PartitionRef) => boolean;
}

/** The cluster as a planner wants it, partitions by name and number. */
export const balanceRequest = (
  image: MetadataImage,
  {
    scope,
    sizes,
    away = NOBODY,
    isMovable = isAtRest,
  }: BalanceFacts & Pick<BalanceRequest, 'scope'>,
): BalanceRequest => ({
  scope,
  brokers: [...image.brokers.values()].map(({ brokerId, rack }): BalanceBroker => {
    const standing = away.has(brokerId) ? 'leaves' : standingOf(image, brokerId);
    return { brokerId, rack, standing };
  }),
  partitions: [...image.topics.values()]
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap(({ topicId, partitions }) =>
      partitions.map(
        (registration, partition): BalancePartition => ({
          topicId,
          partition,
          replicas: targetReplicas(registration),
          sizeBytes: sizes.get(partitionKey(topicId, partition)),
          // Without a leader nothing is copied.
          isMovable:
            registration.leader !== NONE &&
            isMovable(registration, { topicId, partition }) &&
            (scope === 'leaving' || canEnd(image, registration)),
        }),
      ),
    ),
});

const NOBODY: ReadonlySet<NodeId> = new Set();

const standingOf = (image: MetadataImage, brokerId: NodeId): Standing => {
  if (isDecommissioned(image, brokerId)) return 'leaves';
  return takesReplicas(image, brokerId) ? 'takes' : 'keeps';
};

/** A new target would replace the one under way. */
const isAtRest = (registration: PartitionRegistration): boolean => !isBeingReassigned(registration);

/** A move waits until every replica that stays is in sync: that of a broker that is down is not. */
const canEnd = (image: MetadataImage, registration: PartitionRegistration): boolean =>
  targetReplicas(registration).every(
    (id) => isUsableBroker(image, id) || isDecommissioned(image, id),
  );
