import type { Clock } from '../env/clock.ts';
import type { Logger } from '../env/logger.ts';
import type { Random } from '../env/random.ts';
import type { Transport } from '../env/transport.ts';
import type { Webhooks } from '../env/webhooks.ts';

/** The outside world of a client. */
export interface ClientEnv {
  readonly transport: Transport;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** Undefined: nothing can be posted. */
  readonly webhooks?: Webhooks | undefined;
}

/** What every call of the client takes last. */
export interface CallOptions {
  /**
   * Ends the wait with ABORTED; what was already sent may still take effect. Nothing was sent, and
   * `maybeApplied` is false, where it had fired before the call.
   */
  readonly signal?: AbortSignal | undefined;
}

/** As `CallOptions`, for calls that retry until a moment of the caller's choice. */
export interface TimedCallOptions extends CallOptions {
  /** Whole call, retries included; the client's `requestTimeoutMs` by default. */
  readonly timeoutMs?: number | undefined;
}
