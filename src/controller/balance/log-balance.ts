import type { Logger } from '../../env/logger.ts';
import { balanceReason, ownMoves } from '../../metadata/balance-state.ts';
import type { MetadataImage } from '../../metadata/image.ts';

/** Says what the controller begins and ends by itself: goals and heals, not each move. */
export const logBalance = (previous: MetadataImage, next: MetadataImage, logger: Logger): void => {
  if (previous.configs === next.configs) return;
  const before = balanceReason(previous);
  const reason = balanceReason(next);
  if (before === undefined && reason !== undefined) {
    logger.info('brokers are being made even', { reason });
  }
  if (before !== undefined && reason === undefined) {
    logger.info('brokers are no longer being made even', { moves: ownMoves(next).length });
  }
  const owners = healedOwners(next);
  const known = healedOwners(previous);
  for (const brokerId of owners) {
    if (!known.has(brokerId))
      logger.warn('replicas of a broker are rebuilt on others', { brokerId });
  }
};

const healedOwners = (image: MetadataImage): ReadonlySet<number> =>
  new Set(ownMoves(image).flatMap(({ owners }) => owners));
