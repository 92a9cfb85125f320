import type { NodeId, PartitionId } from '../base/ids.ts';

export interface ReassignmentPlanRequest {
  readonly partitions: ReadonlyArray<{
    readonly partition: PartitionId;
    readonly replicas: readonly NodeId[];
  }>;
  /** Who shall have them, in the order in which they take the lead. */
  readonly brokers: readonly NodeId[];
  /** Left out: as many replicas as each partition has, at most one a broker. */
  readonly replicationFactor?: number | undefined;
}

export interface PlannedMove {
  readonly partition: PartitionId;
  readonly from: readonly NodeId[];
  readonly to: readonly NodeId[];
}

/**
 * Who gets which partition: each begins one broker further in the list than the one before, so that
 * leaders and replicas are spread over all of them. Partitions that stay as they are are left out.
 */
export const planReassignment = (request: ReassignmentPlanRequest): PlannedMove[] =>
  request.partitions.flatMap(({ partition, replicas: from }, place) => {
    const { brokers, replicationFactor = from.length } = request;
    const start = place % Math.max(1, brokers.length);
    const inTurn = [...brokers.slice(start), ...brokers.slice(0, start)];
    const to = inTurn.slice(0, Math.min(replicationFactor, brokers.length));
    const isSame = to.length === from.length && to.every((id, at) => id === from[at]);
    return isSame ? [] : [{ partition, from, to }];
  });
