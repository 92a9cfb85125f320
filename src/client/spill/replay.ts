import { OttlaError } from '../../base/errors.ts';
import { onAbort } from '../../env/abort.ts';
import type { Clock } from '../../env/clock.ts';
import type { HttpCaller } from '../../env/http-caller.ts';
import type { Random } from '../../env/random.ts';
import type { HandlerContext, RecordHandler } from '../handling/run-options.ts';
import type { ReaderRecord } from '../reader/decode-records.ts';
import { ReplayGate } from './replay-gate.ts';
import type { ReplayAnswer, ReplayHandler, ReplaySettings } from './replay-options.ts';
import { retryAfterMs } from './retry-after.ts';
import type { SpilledRequest } from './spilled-request.ts';
import { spilledRequest } from './spilled-request.ts';

export interface ReplayDeps {
  readonly clock: Clock;
  readonly random: Random;
}

type Outcome = ReplayAnswer | undefined | 'unreachable';
type Ask = (request: SpilledRequest, context: HandlerContext) => Promise<Outcome>;

/** Of too many requests, and of a service that is not there for now. */
const REFUSED: ReadonlySet<number> = new Set([429, 503]);

/** Sends spilled requests again: a handler for `run`. */
export class Replay {
  readonly #clock: Clock;
  readonly #settings: ReplaySettings;
  readonly #gate: ReplayGate;
  readonly #ask: Ask;

  constructor(deps: ReplayDeps, target: HttpCaller | ReplayHandler, settings: ReplaySettings) {
    this.#clock = deps.clock;
    this.#settings = settings;
    this.#gate = new ReplayGate(deps, settings);
    this.#ask =
      typeof target === 'function'
        ? async (request, context) => (await target(request, context)) as ReplayAnswer | undefined
        : (request, context) => this.#call(target, request, context);
  }

  /** Returns when the request is done; waits, and tries again, as long as it is refused. */
  readonly handle: RecordHandler<Uint8Array, Uint8Array> = async (record, context) => {
    const request = this.#known(spilledRequest(record));
    for (;;) {
      const answer = await this.#inTurn(request, context);
      if (answer === 'refused') continue;
      if (answer === undefined || this.#settings.isDone(answer)) return;
      throw failure(record, request, `was answered with ${answer.status}`);
    }
  };

  async #inTurn(
    request: SpilledRequest,
    context: HandlerContext,
  ): Promise<ReplayAnswer | undefined | 'refused'> {
    const turn = await this.#gate.enter(context.signal);
    let answer: Outcome;
    try {
      answer = await this.#ask(request, context);
    } catch (error) {
      this.#gate.leave();
      throw error;
    }
    if (answer === 'unreachable') {
      this.#gate.onRefused(turn, undefined);
      return 'refused';
    }
    if (answer === undefined || !REFUSED.has(answer.status) || this.#settings.isDone(answer)) {
      this.#gate.onAnswered(turn);
      return answer;
    }
    const header = answer.headers?.get('retry-after') ?? null;
    this.#gate.onRefused(turn, retryAfterMs(header, this.#clock.wallMs()));
    return 'refused';
  }

  /** With what tells a repeat, unless it came with that. */
  #known(request: SpilledRequest): SpilledRequest {
    const { idempotencyHeader: header } = this.#settings;
    if (request.headers.some(([name]) => name === header)) return request;
    return { ...request, headers: [...request.headers, [header, request.id]] };
  }

  async #call(
    server: HttpCaller,
    { method, url: target, headers, body }: SpilledRequest,
    { signal }: HandlerContext,
  ): Promise<Outcome> {
    const over = new AbortController();
    const { timeoutMs } = this.#settings;
    const timer = this.#clock.setTimer(timeoutMs, () => {
      const text = `${method} ${target} was not answered within timeoutMs=${timeoutMs}`;
      over.abort(new OttlaError('REQUEST_TIMED_OUT', text));
    });
    const forget = onAbort(signal, () => over.abort(signal.reason));
    try {
      return await server.call({ method, target, headers, body }, over.signal);
    } finally {
      timer.cancel();
      forget();
    }
  }
}

const failure = (
  { topic, partition, offset }: ReaderRecord,
  { method, url, id }: SpilledRequest,
  what: string,
): OttlaError => {
  const place = `${topic} partition ${partition} offset ${offset}`;
  return new OttlaError('NETWORK_EXCEPTION', `${method} ${url} ${what} (${id}, ${place})`);
};
