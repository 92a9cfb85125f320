import { UnconfirmedChangeError } from '../client/cluster/leader-questions.ts';
import { withClient } from './client.ts';
import type { DelayedVerb } from './delayed-get.ts';
import { UsageError } from './failure.ts';
import { printLine } from './output.ts';
import { placeOf } from './place.ts';

export interface DelayedRescheduleVerb extends DelayedVerb {
  readonly deliverAt?: number;
  readonly delayMs?: number;
}

export const cancel = async (topic: string, options: DelayedVerb): Promise<void> => {
  const id = { topic, ...placeOf(options.at) };
  await withClient(options, (client) => told(topic, options, client.admin().delayed.cancel(id)));
  await printLine(`cancelled ${options.at} of ${topic}`);
};

export const reschedule = async (topic: string, options: DelayedRescheduleVerb): Promise<void> => {
  const id = { topic, ...placeOf(options.at) };
  const { deliverAt, delayMs } = options;
  if ((deliverAt === undefined) === (delayMs === undefined)) {
    throw new UsageError('say when it is due: give either --deliver-at or --delay-ms');
  }
  const delay = {
    ...(deliverAt === undefined ? {} : { deliverAt }),
    ...(delayMs === undefined ? {} : { delayMs }),
  };
  await withClient(options, (client) =>
    told(topic, options, client.admin().delayed.reschedule(id, delay)),
  );
  await printLine(`rescheduled ${options.at} of ${topic}`);
};

/** A change that may have been made is to be looked for. */
export const told = async (
  topic: string,
  { at }: Pick<DelayedVerb, 'at'>,
  change: Promise<void>,
): Promise<void> => {
  try {
    await change;
  } catch (error) {
    if (!(error instanceof UnconfirmedChangeError)) throw error;
    const remedy = `look again with ottla delayed get ${topic} --at ${at}`;
    throw new UnconfirmedChangeError(error.code, `${error.message}: ${remedy}`, { cause: error });
  }
};
