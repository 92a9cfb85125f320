import { OttlaError } from '../../base/errors.ts';
import type { KeysOf } from '../../base/known-keys.ts';
import { checkKeys } from '../../base/known-keys.ts';
import type { FailureSettings } from '../failure/failure-policy.ts';
import type { BackoffOptions } from '../timing.ts';
import type { WorkBounds } from './work-core.ts';

/** What `run` and `eachBatch` have in common. */
export interface WorkOptions {
  /** Pauses before retries, doubling from the first to the longest; default 100 and 30000. */
  readonly retryBackoff?: { readonly firstMs?: number; readonly maxMs?: number };
  /**
   * How long handlers may go on when their partition is to go to another member, or the run ends;
   * others wait for it. Default 30000; at most `maxPollIntervalMs` of the consumer.
   */
  readonly drainTimeoutMs?: number;
  /** Records in memory that are not finished, those of a batch aside; default 10000. */
  readonly maxQueuedRecords?: number;
  /** Of their keys and values; default 67108864 (64 MiB). */
  readonly maxQueuedBytes?: number;
  /**
   * `offset.metadata.max.bytes` of the brokers; default 4096. Nothing more is begun where a commit
   * might outgrow it: some five hundred at once of a partition.
   */
  readonly maxMetadataBytes?: number;
  /** Ends the run as `close` would, but that the consumer keeps its partitions. */
  readonly signal?: AbortSignal | undefined;
}

export const WORK_KEYS: KeysOf<WorkOptions> = {
  retryBackoff: true,
  drainTimeoutMs: true,
  maxQueuedRecords: true,
  maxQueuedBytes: true,
  maxMetadataBytes: true,
  signal: true,
};

export interface WorkSettings extends Omit<WorkBounds, 'concurrency'> {
  readonly retryBackoff: BackoffOptions;
  readonly drainTimeoutMs: number;
  readonly signal: AbortSignal | undefined;
}

export interface RecordWorkSettings extends WorkSettings, WorkBounds {
  readonly failure: FailureSettings;
  /** Records that were parked are handed out as they were before. */
  readonly isUnparking: boolean;
  /** Records are handed out item by item: see `splitAggregate`. */
  readonly isSplitting: boolean;
}

const BACKOFF_KEYS: KeysOf<NonNullable<WorkOptions['retryBackoff']>> = {
  firstMs: true,
  maxMs: true,
};

/** Left to what else a commit says: see `joinCommitText`. */
const NOTE_BYTES = 64;

export const config = (message: string): OttlaError => new OttlaError('CONFIG', message);

export const wholeNumber = (name: string, value: number, min = 1): number => {
  if (Number.isSafeInteger(value) && value >= min) return value;
  throw config(`${name}=${value} is not a whole number of ${min} or more`);
};

export const functionOf = <F>(name: string, value: F): F => {
  if (typeof value === 'function') return value;
  throw config(`${name} is no function`);
};

/** The options with their defaults; `what` they are called stands before their names in errors. */
export const resolveWorkOptions = (
  what: string,
  options: WorkOptions,
  maxPollIntervalMs: number,
): WorkSettings => {
  const { retryBackoff = {} } = options;
  checkKeys('key of retryBackoff', retryBackoff, BACKOFF_KEYS);
  const number = (name: string, value: number, min?: number): number =>
    wholeNumber(`${what} ${name}`, value, min);
  const drainTimeoutMs = options.drainTimeoutMs ?? Math.min(30_000, maxPollIntervalMs);
  if (number('drainTimeoutMs', drainTimeoutMs, 0) > maxPollIntervalMs) {
    throw config(
      `${what} drainTimeoutMs=${drainTimeoutMs} is above the consumer's maxPollIntervalMs=${maxPollIntervalMs}: others do not wait longer than that`,
    );
  }
  return {
    retryBackoff: {
      firstMs: number('retryBackoff.firstMs', retryBackoff.firstMs ?? 100, 0),
      maxMs: number('retryBackoff.maxMs', retryBackoff.maxMs ?? 30_000, 0),
    },
    drainTimeoutMs,
    maxQueuedRecords: number('maxQueuedRecords', options.maxQueuedRecords ?? 10_000),
    maxQueuedBytes: number('maxQueuedBytes', options.maxQueuedBytes ?? 67_108_864),
    maxFinishedBytes:
      number('maxMetadataBytes', options.maxMetadataBytes ?? 4096, 128) - NOTE_BYTES,
    signal: options.signal,
  };
};
