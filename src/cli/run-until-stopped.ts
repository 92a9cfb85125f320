import { describeError } from '../base/errors.ts';
import type { Logger } from '../env/logger.ts';
import { keepHeapHeadroom } from '../platform/heap-headroom.ts';
import type { StopSignal } from '../platform/process.ts';
import { exitNow, onInputEnd, onStopSignal, onUncaught } from '../platform/process.ts';
import { STATUS_FAILURE, STATUS_OK } from './failure.ts';

/** Something that runs until it is stopped, or cannot go on. */
export interface Service {
  readonly fatal: Promise<Error>;
  stop(): Promise<void>;
}

export interface RunOptions {
  readonly logger: Logger;
  readonly start: () => Promise<Service>;
  /** Takes the end of standard input for a stop signal. */
  readonly stopOnInputEnd?: boolean;
}

/**
 * Runs a service until the first stop signal, then ends the process with 0; when the service
 * fails, throws its reason once it is stopped. A second signal ends the process at once. An error
 * that nothing caught is a bug whose extent nobody knows: it is logged and the process ends, as in
 * a power cut, which the next start recovers from.
 */
export const runUntilStopped = async (options: RunOptions): Promise<void> => {
  const { logger, start, stopOnInputEnd = false } = options;
  keepHeapHeadroom();
  onUncaught((error) => {
    const stack = error instanceof Error ? error.stack : undefined;
    logger.error('uncaught error, ending', { error: describeError(error), stack });
    exitNow(STATUS_FAILURE);
  });
  let letGoOfInput = (): void => {};
  const signalled = new Promise<StopSignal | 'end of input'>((resolve) => {
    onStopSignal(resolve);
    if (stopOnInputEnd) letGoOfInput = onInputEnd(() => resolve('end of input'));
  });
  const service = await start().catch((error: unknown) => {
    letGoOfInput();
    throw error;
  });
  const end = await Promise.race([signalled, service.fatal]);
  if (typeof end === 'string') {
    logger.info('stopping', { signal: end });
    await service.stop();
    exitNow(STATUS_OK);
  }
  await stopAfter(service, logger);
  letGoOfInput();
  throw end;
};

/** What fails while a failed service stops adds nothing to the reason. */
const stopAfter = async (service: Service, logger: Logger): Promise<void> => {
  try {
    await service.stop();
  } catch (error) {
    logger.warn('stopping failed as well', { error: describeError(error) });
  }
};
