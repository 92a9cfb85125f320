import type { OttlaError } from '../../base/errors.ts';
import type { UnaryMethod } from '../../base/method.ts';
import type { ClientContext } from '../context.ts';
import type { TimedCallOptions } from '../env.ts';
import { named } from '../timing.ts';

export interface NamedCall<Request, Response> extends TimedCallOptions {
  /** What the user has called: said where that is given up. */
  readonly what: string;
  readonly request: Request;
  /** What the answer tells of a failure; `isRepeat`: an earlier try may have done it. */
  readonly failureOf?: (response: Response, isRepeat: boolean) => OttlaError | undefined;
}

/** Asks any broker, and again what is retriable, until `timeoutMs`; throws the last failure. */
export const namedCall = <Request, Response>(
  context: ClientContext,
  method: UnaryMethod<Request, Response>,
  { what, timeoutMs = context.requestTimeoutMs, ...call }: NamedCall<Request, Response>,
): Promise<Response> =>
  named(what, call.signal, () => context.calls.any(method, { ...call, timeoutMs }));
