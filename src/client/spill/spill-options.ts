import type { KeysOf } from '../../base/known-keys.ts';
import { checkKeys } from '../../base/known-keys.ts';
import { config, functionOf, wholeNumber } from '../handling/work-options.ts';
import type { RecordMetadata } from '../producer/producer-record.ts';
import { checkedNames } from './refused-request.ts';
import type { SpilledRequest } from './spilled-request.ts';

/** A request that is kept, and where. */
export interface Spilled extends Pick<RecordMetadata, 'topic' | 'partition' | 'offset'> {
  readonly request: SpilledRequest;
}

/** What a server is to answer. */
export interface SpillAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface SpillOptions {
  readonly topic: string;
  /**
   * Headers that are kept, in any case; instead of `accept`, `content-encoding`,
   * `content-language`, `content-type` and `idempotency-key`. No other is, so `authorization` and
   * `cookie` only where they stand here: whoever reads the topic reads them.
   */
  readonly headers?: readonly string[];
  /** Larger bodies are answered with 413; default 1000000. */
  readonly maxBodyBytes?: number;
  /** How long the body, and then the brokers, are waited for; default 5000. */
  readonly timeoutMs?: number;
  /** When whoever was answered with 503 may try again; default 5000, told in whole seconds. */
  readonly retryAfterMs?: number;
  /** Requests with the same key are replayed in their order; default: none has a key. */
  readonly key?: (request: SpilledRequest) => Uint8Array | string | null | undefined;
  /** Where to ask what became of it: the `location` of the answer, and in its body. */
  readonly statusUrl?: (request: SpilledRequest) => string;
  /** Instead of the 202. The request is kept, whatever this does. */
  readonly accepted?: (spilled: Spilled) => SpillAnswer;
}

export interface SpillSettings {
  readonly topic: string;
  readonly headers: ReadonlySet<string>;
  readonly maxBodyBytes: number;
  readonly timeoutMs: number;
  readonly retryAfterMs: number;
  readonly key: SpillOptions['key'] | undefined;
  readonly statusUrl: SpillOptions['statusUrl'] | undefined;
  readonly accepted: SpillOptions['accepted'] | undefined;
}

const SPILL_KEYS: KeysOf<SpillOptions> = {
  topic: true,
  headers: true,
  maxBodyBytes: true,
  timeoutMs: true,
  retryAfterMs: true,
  key: true,
  statusUrl: true,
  accepted: true,
};

/** Without them a body means nothing, or cannot be known for a repeat. */
const DEFAULT_HEADERS = [
  'accept',
  'content-encoding',
  'content-language',
  'content-type',
  'idempotency-key',
];

const WHAT = 'spillOver option';

/** The options with their defaults; throws CONFIG naming what is unknown or wrong. */
export const resolveSpillOptions = (options: SpillOptions): SpillSettings => {
  checkKeys(WHAT, options, SPILL_KEYS);
  const { topic, key, statusUrl, accepted } = options;
  if (typeof topic !== 'string' || topic === '') throw config(`${WHAT} topic names none`);
  const number = (name: string, value: number, min?: number): number =>
    wholeNumber(`${WHAT} ${name}`, value, min);
  for (const [name, given] of Object.entries({ key, statusUrl, accepted })) {
    if (given !== undefined) functionOf(`${WHAT} ${name}`, given);
  }
  return {
    topic,
    headers: new Set(checkedNames(`${WHAT} headers`, options.headers ?? DEFAULT_HEADERS)),
    maxBodyBytes: number('maxBodyBytes', options.maxBodyBytes ?? 1_000_000, 0),
    timeoutMs: number('timeoutMs', options.timeoutMs ?? 5000),
    retryAfterMs: number('retryAfterMs', options.retryAfterMs ?? 5000, 0),
    key,
    statusUrl,
    accepted,
  };
};
