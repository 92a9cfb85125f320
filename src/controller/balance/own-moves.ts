import { must } from '../../base/assert.ts';
import { OttlaError } from '../../base/errors.ts';
import type { NodeId } from '../../base/ids.ts';
import type { OwnMove } from '../../metadata/balance-state.ts';
import {
  forgetMoveRecord,
  isArrived,
  isUnderWay,
  ownMoveRecord,
  ownMoves,
} from '../../metadata/balance-state.ts';
import {
  isBeingReassigned,
  isUsableBroker,
  originalReplicas,
  partitionOf,
} from '../../metadata/image.ts';
import type { DecideContext, Plan } from '../decision.ts';
import { reassignPartition } from '../reassignment.ts';
import { noteHealed } from './welcome.ts';

/** Forgets what is over, or has become somebody else's; heals that are done leave word. */
export const forgetEndedMoves = (plan: Plan, context: DecideContext): void => {
  for (const move of ownMoves(plan.image)) {
    if (isUnderWay(plan.image, move)) continue;
    plan.emit(forgetMoveRecord(move));
    if (isArrived(plan.image, move)) noteHealed(plan, move.owners, context);
  }
};

/** Begins a move and notes it, in one batch. False where it cannot be begun, or begins no copy. */
export const beginOwnMove = (plan: Plan, move: OwnMove, context: DecideContext): boolean => {
  const { topicId, partition, replicas } = move;
  const topic = plan.image.topics.get(topicId)?.name;
  if (topic === undefined) return false;
  const target = { topic, partition, replicas, cancel: false };
  const begin = (): void =>
    reassignPartition(plan, target, { allowReplicationFactorChange: false, context });
  if (!wasTaken(begin)) return false;
  const registration = partitionOf(plan.image, topicId, partition);
  if (registration === undefined || !isBeingReassigned(registration)) return false;
  plan.emit(ownMoveRecord(move));
  return true;
};

/** Back to the replicas from before. False where too few of those are in sync: it goes on then. */
export const cancelOwnMove = (plan: Plan, move: OwnMove, context: DecideContext): boolean => {
  const { topicId, partition } = move;
  const { name } = must(plan.image.topics.get(topicId), `topic ${topicId} of a move exists`);
  const target = { topic: name, partition, replicas: [], cancel: true };
  const cancel = (): void =>
    reassignPartition(plan, target, { allowReplicationFactorChange: false, context });
  if (!wasTaken(cancel)) return false;
  plan.emit(forgetMoveRecord(move));
  return true;
};

/**
 * Cancels heals whose owner is back in time, and moves that wait for a broker which is away. In
 * time is who is in sync again before the new replica is: the partition is whole with the replicas
 * from before. Where the new one came first the move is over, or ends with the next step. A heal
 * that waits is given another target instead, while there are heals: what it has copied is kept.
 */
export const cancelOvertaken = (
  plan: Plan,
  by: {
    readonly away: ReadonlySet<NodeId>;
    readonly isHealing: boolean;
    readonly context: DecideContext;
  },
): void => {
  for (const move of ownMoves(plan.image)) {
    const registration = partitionOf(plan.image, move.topicId, move.partition);
    if (registration === undefined || !isUnderWay(plan.image, move)) continue;
    const { isr } = registration;
    const areIn = (ids: readonly NodeId[]): boolean =>
      ids.every((id) => isr.includes(id) && isUsableBroker(plan.image, id));
    const isOwnerBack =
      move.kind === 'heal' && areIn(originalReplicas(registration)) && !areIn(move.replicas);
    const isTurned = by.isHealing && move.kind === 'heal';
    if (isOwnerBack || (waitsFor(move, by.away) && !isTurned))
      cancelOwnMove(plan, move, by.context);
  }
};

/** Whether a move cannot end before one of these is back. */
export const waitsFor = ({ replicas }: OwnMove, away: ReadonlySet<NodeId>): boolean =>
  replicas.some((id) => away.has(id));

/** A refusal changes nothing: the next look finds the partition as it then is. */
const wasTaken = (alter: () => void): boolean => {
  try {
    alter();
    return true;
  } catch (error) {
    if (error instanceof OttlaError) return false;
    throw error;
  }
};
