import type { KeysOf } from '../../base/known-keys.ts';
import { checkKeys } from '../../base/known-keys.ts';
import type { HttpAnswer } from '../../env/http-caller.ts';
import type { HandlerContext } from '../handling/run-options.ts';
import { config, functionOf, wholeNumber } from '../handling/work-options.ts';
import type { BackoffOptions } from '../timing.ts';
import { checkedNames } from './refused-request.ts';
import type { SpilledRequest } from './spilled-request.ts';

/** What came of a request: a `Response` of `fetch` will do. */
export interface ReplayAnswer {
  readonly status: number;
  readonly headers?: HttpAnswer['headers'];
}

/** Replays one request; what it answers is judged, and nothing answered is done. */
export type ReplayHandler = (
  request: SpilledRequest,
  context: HandlerContext,
) => ReplayAnswer | undefined | Promise<ReplayAnswer | undefined> | Promise<void>;

export interface ReplayOptions {
  /** Requests a second at most, of this process; default: as many as `run` begins. */
  readonly ratePerSecond?: number;
  /** How long the server is waited for; default 30000. A handler sees to that itself. */
  readonly timeoutMs?: number;
  /**
   * The header that tells a repeat by the request's id, where the request has none by that name;
   * default `idempotency-key`.
   */
  readonly idempotencyHeader?: string;
  /** Whether a request is done that was answered so; default: with 200 to 299. */
  readonly isDone?: (answer: ReplayAnswer) => boolean;
  /**
   * How long nothing is sent after a 429 or 503 that has no `retry-after`, doubling from the first
   * to the longest; default 500 and 60000.
   */
  readonly pause?: { readonly firstMs?: number; readonly maxMs?: number };
}

export interface ReplaySettings {
  readonly spacingMs: number;
  readonly timeoutMs: number;
  readonly idempotencyHeader: string;
  readonly isDone: (answer: ReplayAnswer) => boolean;
  readonly pause: BackoffOptions;
}

const REPLAY_KEYS: KeysOf<ReplayOptions> = {
  ratePerSecond: true,
  timeoutMs: true,
  idempotencyHeader: true,
  isDone: true,
  pause: true,
};

const PAUSE_KEYS: KeysOf<NonNullable<ReplayOptions['pause']>> = { firstMs: true, maxMs: true };

const WHAT = 'replayTo option';

/** The options with their defaults; throws CONFIG naming what is unknown or wrong. */
export const resolveReplayOptions = (options: ReplayOptions): ReplaySettings => {
  checkKeys(WHAT, options, REPLAY_KEYS);
  const { ratePerSecond: rate, isDone = isSuccess, pause = {} } = options;
  checkKeys('key of pause', pause, PAUSE_KEYS);
  if (rate !== undefined && !(rate > 0 && Number.isFinite(rate))) {
    throw config(`${WHAT} ratePerSecond=${rate} is no number above 0`);
  }
  const header = options.idempotencyHeader ?? 'idempotency-key';
  const [idempotencyHeader = header] = checkedNames(`${WHAT} idempotencyHeader`, [header]);
  return {
    spacingMs: rate === undefined ? 0 : 1000 / rate,
    timeoutMs: wholeNumber(`${WHAT} timeoutMs`, options.timeoutMs ?? 30_000),
    idempotencyHeader,
    isDone: functionOf(`${WHAT} isDone`, isDone),
    pause: {
      firstMs: wholeNumber(`${WHAT} pause.firstMs`, pause.firstMs ?? 500),
      maxMs: wholeNumber(`${WHAT} pause.maxMs`, pause.maxMs ?? 60_000),
    },
  };
};

const isSuccess = ({ status }: ReplayAnswer): boolean => status >= 200 && status <= 299;
