import { OttlaError } from '../../base/errors.ts';
import type { ClientContext } from '../context.ts';
import { asOttlaError, orTimedOut } from '../timing.ts';
import type { DeadReport, FailureSettings } from './failure-policy.ts';

/** Tells the user's hook, or an address, of a record that needs a person. Never rejects. */
export const raiseAlarm = async (
  context: ClientContext,
  { onDead, onDeadTimeoutMs }: FailureSettings,
  told: { readonly report: DeadReport; readonly error: unknown },
): Promise<void> => {
  if (onDead === undefined) return;
  const { topic, partition, offset } = told.report;
  try {
    const telling =
      typeof onDead === 'string'
        ? post(context, { address: onDead, timeoutMs: onDeadTimeoutMs, report: told.report })
        : Promise.resolve(onDead(told.report, told.error));
    const isTold = await orTimedOut(
      telling.then(() => true),
      context.clock,
      onDeadTimeoutMs,
    );
    if (isTold === true) return;
    throw new OttlaError('REQUEST_TIMED_OUT', `no end within onDeadTimeoutMs=${onDeadTimeoutMs}`);
  } catch (error) {
    const { code, message } = asOttlaError(error);
    context.logger.error('onDead failed', { topic, partition, offset, code, message });
  }
};

const post = async (
  { webhooks }: ClientContext,
  to: { readonly address: string; readonly timeoutMs: number; readonly report: DeadReport },
): Promise<void> => {
  if (webhooks === undefined) {
    throw new OttlaError('CONFIG', 'this client can post to no address: give onDead a function');
  }
  await webhooks.post(to.address, JSON.stringify(to.report), to.timeoutMs);
};
