import type { ErrorCode } from '../../base/errors.ts';
import { errorCodeOf, OttlaError } from '../../base/errors.ts';
import type { NodeId } from '../../base/ids.ts';
import type { UnaryMethod } from '../../base/method.ts';
import { GroupService } from '../../gen/ottla.ts';
import type { ClientContext } from '../context.ts';
import type { TimedCallOptions } from '../env.ts';
import {
  asOttlaError,
  backoffMs,
  Deadline,
  pause,
  RETRY_BACKOFF,
  throwIfAborted,
} from '../timing.ts';

export interface CoordinatorCall<Request, Response> extends TimedCallOptions {
  readonly request: Request;
  /** What the answer says of the whole call; what is retriable is asked again. */
  readonly codeOf: (response: Response) => ErrorCode;
  /** For the message of a failure: `committing offsets`. */
  readonly what: string;
  /** In words of its own; undefined: in those of `what`. */
  readonly describe?: (code: ErrorCode) => string | undefined;
}

const NOT_HERE: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'NOT_COORDINATOR',
  'COORDINATOR_NOT_AVAILABLE',
  'NETWORK_EXCEPTION',
  'REQUEST_TIMED_OUT',
]);
/** A coordinator that hangs is not waited for to the end: another may be in its place by then. */
const ATTEMPT_TIMEOUT_MS = 5000;

/** Where a group's coordinator is, and calls that go there, wherever it moves meanwhile. */
export class CoordinatorCalls {
  readonly groupId: string;
  readonly #context: ClientContext;
  #known: { readonly brokerId: NodeId; readonly address: string } | undefined;

  constructor(context: ClientContext, groupId: string) {
    this.#context = context;
    this.groupId = groupId;
  }

  /** As it was found last. */
  get coordinatorId(): NodeId | undefined {
    return this.#known?.brokerId;
  }

  /** Address of a broker that was found to be the coordinator. */
  addressOf(brokerId: NodeId): string {
    if (this.#known?.brokerId === brokerId) return this.#known.address;
    return this.#context.metadata.view.brokers.get(brokerId)?.address ?? '';
  }

  /** Asks any broker; retries until `timeoutMs`, then throws what the last one said. */
  async find(options: TimedCallOptions = {}): Promise<NodeId> {
    const { requestTimeoutMs, calls } = this.#context;
    const { groupId } = this;
    const { brokerId, address } = await calls.any(GroupService.findGroupCoordinator, {
      request: { groupId },
      timeoutMs: options.timeoutMs ?? requestTimeoutMs,
      attemptTimeoutMs: ATTEMPT_TIMEOUT_MS,
      signal: options.signal,
      failureOf: ({ errorCode, errorMessage }) => {
        if (errorCode === 0) return undefined;
        const code = errorCodeOf(errorCode);
        const why = errorMessage === '' ? code : errorMessage;
        return new OttlaError(code, `group ${groupId} has no coordinator now: ${why}`);
      },
    });
    this.#known = { brokerId, address };
    return brokerId;
  }

  /**
   * The first answer of the coordinator that asking again would not change. Throws what the last
   * attempt failed with after `timeoutMs`, ABORTED by the signal.
   */
  async call<Request, Response>(
    method: UnaryMethod<Request, Response>,
    call: CoordinatorCall<Request, Response>,
  ): Promise<Response> {
    const { clock, random, requestTimeoutMs } = this.#context;
    const deadline = new Deadline(clock, call.timeoutMs ?? requestTimeoutMs);
    for (let attempt = 0; ; attempt += 1) {
      throwIfAborted(call.signal, call.what);
      const outcome = await this.#attempt(method, call, deadline);
      if (!(outcome instanceof OttlaError)) return outcome;
      if (!outcome.retriable || deadline.hasPassed) throw outcome;
      if (NOT_HERE.has(outcome.code)) this.#known = undefined;
      const delayMs = backoffMs(attempt, RETRY_BACKOFF, random);
      await pause(clock, Math.min(delayMs, deadline.remainingMs), call.signal);
    }
  }

  async #attempt<Request, Response>(
    method: UnaryMethod<Request, Response>,
    call: CoordinatorCall<Request, Response>,
    deadline: Deadline,
  ): Promise<Response | OttlaError> {
    const { signal, what, codeOf, describe, request } = call;
    try {
      if (this.#known === undefined) await this.find({ timeoutMs: deadline.remainingMs, signal });
      const address = this.#known?.address ?? '';
      const response = await this.#context.transport.call(address, method, {
        request,
        deadlineMs: Math.max(1, Math.min(deadline.remainingMs, ATTEMPT_TIMEOUT_MS)),
        ...(signal === undefined ? {} : { signal }),
      });
      const code = codeOf(response);
      if (code === 'NONE') return response;
      const words = describe?.(code) ?? `${what} of group ${this.groupId} failed: ${code}`;
      return new OttlaError(code, words);
    } catch (error) {
      return asOttlaError(error);
    }
  }
}
