import type { NodeId } from '../../base/ids.ts';
import { balanceGoalRecord, balanceReason, ownMoves } from '../../metadata/balance-state.ts';
import type { MetadataImage } from '../../metadata/image.ts';
import { isBeingReassigned, partitionOf, targetReplicas } from '../../metadata/image.ts';
import { hasFeature } from '../../metadata/versions.ts';
import type { DecideContext, Decision } from '../decision.ts';
import { Plan } from '../decision.ts';
import { ongoingCount } from '../decommission.ts';
import { beginHeals } from './heal.ts';
import { beginOwnMove, cancelOvertaken, forgetEndedMoves, waitsFor } from './own-moves.ts';
import type { BalanceMove } from './request.ts';

/** Moves that copy nothing are over at once; so many begin in one step. */
const PLAIN_MOVES_MAX = 500;

export interface StepFacts {
  /** Brokers out of service for `replica.heal.delay.ms` or longer. */
  readonly away: ReadonlySet<NodeId>;
  /** auto.balance.enable: what is on brokers that are away is made anew. */
  readonly isHealing: boolean;
  /** Bytes of one replica, by `partitionKey`, as far as they are known. */
  readonly sizes: ReadonlyMap<string, number>;
  /** What makes brokers even, made of this image or an earlier one. */
  readonly moves: readonly BalanceMove[];
  /** `moves` is of this very image: where nothing of it is left to do, brokers are even. */
  readonly isPlanNew: boolean;
  readonly movesInFlightMax: number;
  readonly context: DecideContext;
}

/**
 * What the controller does next by itself about who has what: it ends what is overtaken, rebuilds
 * replicas of brokers that stay away, and then makes brokers even as long as that is the goal. The
 * goal and the moves under way are in the metadata, and go on under another controller; the plan is
 * not, and is made anew.
 */
export const decideBalanceSteps = (image: MetadataImage, facts: StepFacts): Decision<void> => {
  const plan = new Plan(image);
  if (!hasFeature(image, 'reassignment')) return plan.answer(undefined);
  forgetEndedMoves(plan, facts.context);
  cancelOvertaken(plan, facts);
  const freeCount = facts.movesInFlightMax - ongoingCount(plan.image, facts.context);
  const healedCount = facts.isHealing ? beginHeals(plan, { ...facts, freeCount }) : 0;
  if (balanceReason(image) !== undefined) makeEven(plan, facts, freeCount - healedCount);
  return plan.answer(undefined);
};

/**
 * Brokers are even when a new plan wants nothing, and nothing is on its way. Heals come first: what
 * they make of the partitions is what is to be even. What waits for a broker that is away, and
 * found no other, may wait for ever: nothing waits for that.
 */
const makeEven = (plan: Plan, facts: StepFacts, freeCount: number): void => {
  const own = ownMoves(plan.image).filter((move) => !waitsFor(move, facts.away));
  if (own.some(({ kind }) => kind === 'heal')) return;
  const left = movesLeft(plan.image, facts.moves);
  const isDone = facts.isPlanNew && left.length === 0 && own.length === 0;
  if (isDone) {
    plan.emit(balanceGoalRecord(undefined));
    return;
  }
  const copying = left.filter(({ newReplicaCount }) => newReplicaCount > 0);
  const plain = left.filter(({ newReplicaCount }) => newReplicaCount === 0);
  const due = [...plain.slice(0, PLAIN_MOVES_MAX), ...copying.slice(0, Math.max(0, freeCount))];
  for (const { topicId, partition, to } of due) {
    beginOwnMove(
      plan,
      { topicId, partition, kind: 'even', replicas: to, owners: [] },
      facts.context,
    );
  }
};

/** Those that have not begun, of partitions that nobody has touched since. */
export const movesLeft = (image: MetadataImage, moves: readonly BalanceMove[]): BalanceMove[] =>
  moves.filter(({ topicId, partition, from }) => {
    const registration = partitionOf(image, topicId, partition);
    if (registration === undefined || isBeingReassigned(registration)) return false;
    return targetReplicas(registration).join() === from.join();
  });
