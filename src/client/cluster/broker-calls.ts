import type { OttlaError } from '../../base/errors.ts';
import { asMaybeApplied } from '../../base/errors.ts';
import type { UnaryMethod } from '../../base/method.ts';
import type { ClientEnv } from '../env.ts';
import {
  asOttlaError,
  backoffMs,
  Deadline,
  pause,
  RETRY_BACKOFF,
  throwIfAborted,
} from '../timing.ts';
import type { BrokerAddresses } from './broker-addresses.ts';

export interface AnyBrokerCall<Request, Response> {
  readonly request: Request;
  /** The whole call, retries included. */
  readonly timeoutMs: number;
  /**
   * One attempt at most; by default a third of the whole, so that a paused broker is not the end.
   */
  readonly attemptTimeoutMs?: number;
  readonly signal?: AbortSignal | undefined;
  /**
   * The failure that an answer carries, if any; a retriable one is tried again. `isRepeat` is true
   * when an earlier attempt may have taken effect although its answer was lost.
   */
  readonly failureOf?: (response: Response, isRepeat: boolean) => OttlaError | undefined;
}

/** Unary calls that any broker can answer, retried over all of them until a deadline. */
export class BrokerCalls {
  readonly #env: ClientEnv;
  readonly #addresses: BrokerAddresses;

  constructor(env: ClientEnv, addresses: BrokerAddresses) {
    this.#env = env;
    this.#addresses = addresses;
  }

  /**
   * The first answer without a retriable failure. After `timeoutMs` it throws that of the last
   * attempt which was refused, else of the last (in words of `BrokerAddresses.describe`), with
   * `maybeApplied` where any attempt may have taken effect; a failure that is not retriable at
   * once, ABORTED by the signal. A broker of an earlier release may not know the method, and is
   * passed over: UNSUPPORTED_VERSION where none does.
   */
  async any<Request, Response>(
    method: UnaryMethod<Request, Response>,
    call: AnyBrokerCall<Request, Response>,
  ): Promise<Response> {
    const deadline = new Deadline(this.#env.clock, call.timeoutMs);
    let isRepeat = false;
    let known: OttlaError | undefined;
    let unservedCount = 0;
    for (let attempt = 0; ; attempt += 1) {
      throwIfAborted(call.signal, method.name);
      const address = this.#addresses.pick();
      try {
        return await this.#attempt(address, method, { call, deadline, isRepeat });
      } catch (error) {
        const failure = asOttlaError(error);
        if (doesNotServe(address, failure)) {
          unservedCount += 1;
          this.#addresses.onFailure(address);
          if (unservedCount < this.#addresses.count && !deadline.hasPassed) continue;
        }
        if (!failure.retriable) throw failure;
        // The last attempt was cut short: what failed before it says more.
        if (failure.code !== 'REQUEST_TIMED_OUT') known = failure;
        isRepeat ||= failure.maybeApplied;
        if (deadline.hasPassed) {
          const told = this.#addresses.describe(known ?? failure);
          throw isRepeat ? asMaybeApplied(told) : told;
        }
        this.#addresses.onFailure(address);
      }
      const { clock, random } = this.#env;
      const delayMs = backoffMs(attempt, RETRY_BACKOFF, random);
      await pause(clock, Math.min(delayMs, deadline.remainingMs), call.signal);
    }
  }

  async #attempt<Request, Response>(
    address: string,
    method: UnaryMethod<Request, Response>,
    at: {
      readonly call: AnyBrokerCall<Request, Response>;
      readonly deadline: Deadline;
      readonly isRepeat: boolean;
    },
  ): Promise<Response> {
    const { request, timeoutMs, signal, attemptTimeoutMs = timeoutMs / 3, failureOf } = at.call;
    const response = await this.#env.transport.call(address, method, {
      request,
      deadlineMs: Math.max(1, Math.min(at.deadline.remainingMs, attemptTimeoutMs)),
      ...(signal === undefined ? {} : { signal }),
    });
    this.#addresses.onAnswer();
    const failure = failureOf?.(response, at.isRepeat);
    if (failure !== undefined) throw failure;
    return response;
  }
}

/** Said by the connection, which names its peer, and not by what answers there. */
const doesNotServe = (address: string, { code, message }: OttlaError): boolean =>
  code === 'UNSUPPORTED_VERSION' && message.startsWith(`${address}: `);
