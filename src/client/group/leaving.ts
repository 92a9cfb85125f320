import { orAborted } from '../../env/abort.ts';
import type { ClientContext } from '../context.ts';
import { orTimedOut } from '../timing.ts';
import type { Membership } from './membership.ts';

/** How long one that is to leave waits for a rebalance to end. */
const SETTLE_TIMEOUT_MS = 5000;

/**
 * What is finished could not be committed by one that leaves between two generations: the group
 * takes it from none that is in neither. Never rejects.
 */
export const settleMember = async (
  membership: Membership,
  { clock }: ClientContext,
  signal: AbortSignal | undefined,
): Promise<void> => {
  const settled = orAborted(membership.settled(), signal, 'close').catch(() => {});
  await orTimedOut(settled, clock, SETTLE_TIMEOUT_MS);
};

/** Where the signal fires the group learns of it at the end of the session. Never rejects. */
export const leaveGroup = async (
  membership: Membership,
  { logger, groupId }: Pick<ClientContext, 'logger'> & { readonly groupId: string },
  signal: AbortSignal | undefined,
): Promise<void> => {
  try {
    await orAborted(membership.leave(), signal, 'close');
  } catch (error) {
    logger.warn('closed before the group was left', { groupId, error: String(error) });
    membership.abandon();
  }
};
