import { asMaybeApplied, errorCodeOf, errorNumber, OttlaError } from '../base/errors.ts';
import type { BrokerEpoch, NodeId } from '../base/ids.ts';
import type { UnaryMethod } from '../base/method.ts';
import type { Clock } from '../env/clock.ts';
import { sleep } from '../env/clock.ts';
import type { Random } from '../env/random.ts';
import type { Transport } from '../env/transport.ts';
import { Backoff } from './replication/backoff.ts';

export interface ControllerChannelOptions {
  readonly brokerId: NodeId;
  readonly transport: Transport;
  readonly clock: Clock;
  readonly random: Random;
  /** Peer address of the active controller as this node knows it now. */
  readonly controllerAddress: () => string | undefined;
}

const ATTEMPT_MS = 2000;
const NOT_CONTROLLER = errorNumber('NOT_CONTROLLER');

export interface AskOptions<Request, Response> {
  readonly request: Request;
  readonly deadlineMs: number;
  /** Kafka numbers in the response: any NOT_CONTROLLER among them asks the next controller. */
  readonly codesOf: (response: Response) => readonly number[];
  /**
   * True (the default): a request whose answer was lost is sent again. False: its error is thrown,
   * for only who asked can tell "exists already" from "has just been made".
   */
  readonly isRepeatable?: boolean;
  readonly signal?: AbortSignal;
}

/** Calls to the active controller, wherever it is, within a deadline. */
export class ControllerChannel {
  readonly #options: ControllerChannelOptions;

  constructor(options: ControllerChannelOptions) {
    this.#options = options;
  }

  get address(): string | undefined {
    return this.#options.controllerAddress();
  }

  /** One attempt, no retry. Errors: NO_CONTROLLER, and those of `Transport.call`. */
  async askOnce<Request, Response>(
    method: UnaryMethod<Request, Response>,
    { request, deadlineMs }: { readonly request: Request; readonly deadlineMs: number },
  ): Promise<Response> {
    const { address } = this;
    if (address === undefined) throw noController();
    const { transport } = this.#options;
    return transport.call(address, method, { request, deadlineMs, lane: 'control' });
  }

  /**
   * Asks until an active controller answers. A repeatable request whose answer was lost is sent
   * again. After the deadline the last error is thrown that says why, NO_CONTROLLER when none was
   * found; with `maybeApplied` where any attempt may have been done.
   */
  async ask<Request, Response>(
    method: UnaryMethod<Request, Response>,
    options: AskOptions<Request, Response>,
  ): Promise<Response> {
    const { clock } = this.#options;
    const endMs = clock.monotonicMs() + options.deadlineMs;
    const backoff = new Backoff(this.#options, { firstMs: 20, maxMs: 200 });
    let known: OttlaError | undefined;
    let isRepeat = false;
    for (;;) {
      const leftMs = endMs - clock.monotonicMs();
      const outcome = await this.#attempt(method, options, Math.min(leftMs, ATTEMPT_MS));
      if (outcome.kind === 'answer') return outcome.response;
      const { error, mayRetry } = outcome;
      if (!mayRetry) throw error;
      // The last attempt may have been cut short: what was refused before it says more.
      if (error.code !== 'REQUEST_TIMED_OUT') known = error;
      isRepeat ||= error.maybeApplied;
      const pauseMs = backoff.takeMs();
      if (clock.monotonicMs() + pauseMs >= endMs) {
        throw isRepeat ? asMaybeApplied(known ?? error) : (known ?? error);
      }
      await sleep(clock, pauseMs, options.signal);
    }
  }

  async #attempt<Request, Response>(
    method: UnaryMethod<Request, Response>,
    options: AskOptions<Request, Response>,
    deadlineMs: number,
  ): Promise<Attempt<Response>> {
    try {
      const response = await this.askOnce(method, { request: options.request, deadlineMs });
      if (!options.codesOf(response).includes(NOT_CONTROLLER)) return { kind: 'answer', response };
      return { kind: 'failed', error: noController(), mayRetry: true };
    } catch (error) {
      if (!(error instanceof OttlaError)) throw error;
      const isRepeatable = options.isRepeatable ?? true;
      const mayRetry = error.retriable && (isRepeatable || !error.maybeApplied);
      return { kind: 'failed', error, mayRetry };
    }
  }
}

type Attempt<Response> =
  | { readonly kind: 'answer'; readonly response: Response }
  | { readonly kind: 'failed'; readonly error: OttlaError; readonly mayRetry: boolean };

const noController = (): OttlaError =>
  new OttlaError(
    'NO_CONTROLLER',
    'no active controller is known: a majority of the controllers must be up',
  );

/** What a broker needs to speak for itself to the controller. */
export interface BrokerIdentity {
  readonly brokerId: NodeId;
  /** The current registration, or NONE before the first. */
  brokerEpoch(): BrokerEpoch;
}

/** True for a number from the wire that says: this broker's registration is over. */
export const saysRegistrationOver = (kafkaCode: number): boolean => {
  const code = errorCodeOf(kafkaCode);
  return code === 'STALE_BROKER_EPOCH' || code === 'BROKER_ID_NOT_REGISTERED';
};
