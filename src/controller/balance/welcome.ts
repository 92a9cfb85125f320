import type { NodeId } from '../../base/ids.ts';
import {
  balanceGoalRecord,
  balanceReason,
  healedRecord,
  isHealed,
} from '../../metadata/balance-state.ts';
import { takesReplicas } from '../../metadata/broker-configs.ts';
import type { MetadataImage } from '../../metadata/image.ts';
import { isUsableBroker } from '../../metadata/image.ts';
import type { DecideContext, Plan } from '../decision.ts';

/**
 * A broker comes into service: it gets its share where it has none, be it new or emptied, and where
 * replicas of it were rebuilt on others meanwhile. One that has what it had changes nothing. In the
 * batch that unfences it: no controller can miss it.
 */
export const welcomeBroker = (plan: Plan, brokerId: NodeId, context: DecideContext): void => {
  if (isHealed(plan.image, brokerId)) {
    plan.emit(healedRecord(brokerId, false));
    giveShare(plan, brokerId, { reason: 'come back', context });
  } else if (plan.image.topics.size > 0 && !holdsSomething(plan.image, brokerId)) {
    giveShare(plan, brokerId, { reason: 'joined', context });
  }
};

/**
 * Replicas of these brokers are elsewhere now: who is back gets its share, who is not will; who is
 * unregistered by then will not be back.
 */
export const noteHealed = (plan: Plan, owners: readonly NodeId[], context: DecideContext): void => {
  for (const id of owners) {
    if (isUsableBroker(plan.image, id)) giveShare(plan, id, { reason: 'come back', context });
    else if (mayComeBack(plan.image, id)) plan.emit(healedRecord(id, true));
  }
};

const mayComeBack = (image: MetadataImage, id: NodeId): boolean =>
  image.brokers.has(id) && !isHealed(image, id);

const giveShare = (
  plan: Plan,
  brokerId: NodeId,
  { reason, context }: { readonly reason: string; readonly context: DecideContext },
): void => {
  if (context.isAutoBalanced !== true || balanceReason(plan.image) !== undefined) return;
  if (!takesReplicas(plan.image, brokerId)) return;
  plan.emit(balanceGoalRecord(`broker ${brokerId} has ${reason}`));
};

const holdsSomething = ({ topics }: MetadataImage, brokerId: NodeId): boolean =>
  [...topics.values()].some(({ partitions }) =>
    partitions.some(({ replicas }) => replicas.includes(brokerId)),
  );
