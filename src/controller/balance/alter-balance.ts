import type { AlterBalanceResponse } from '../../gen/ottla.ts';
import { balanceGoalRecord, balanceReason, ownMoves } from '../../metadata/balance-state.ts';
import type { MetadataImage } from '../../metadata/image.ts';
import { requireFeature } from '../../metadata/versions.ts';
import type { DecideContext, Decision } from '../decision.ts';
import { Plan } from '../decision.ts';
import { cancelOwnMove, forgetEndedMoves } from './own-moves.ts';

const ASKED = 'it was asked for';

/**
 * Sets the goal that brokers are made even, or takes it back: then what moves toward it goes back
 * as well, but for what cannot, which ends by itself. Heals go on either way. What stands already
 * is a success. Errors: UNSUPPORTED_VERSION below metadata.version 2.
 */
export const decideAlterBalance = (
  image: MetadataImage,
  isApplied: boolean,
  context: DecideContext,
): Decision<AlterBalanceResponse> => {
  requireFeature(image, 'reassignment');
  const plan = new Plan(image);
  const hasGoal = balanceReason(image) !== undefined;
  if (hasGoal !== isApplied) plan.emit(balanceGoalRecord(isApplied ? ASKED : undefined));
  return plan.answer({ cancelledCount: isApplied ? 0 : cancelMoves(plan, context) });
};

const cancelMoves = (plan: Plan, context: DecideContext): number => {
  forgetEndedMoves(plan, context);
  const even = ownMoves(plan.image).filter(({ kind }) => kind === 'even');
  return even.filter((move) => cancelOwnMove(plan, move, context)).length;
};
