import { OttlaError } from '../../base/errors.ts';
import type { KeysOf } from '../../base/known-keys.ts';
import { checkKeys } from '../../base/known-keys.ts';
import type { ReaderRecord } from '../reader/decode-records.ts';
import type { BackoffOptions } from '../timing.ts';

/** What a handler is told beside its record. */
export interface HandlerContext {
  /** 1: the first time that this member handles it. */
  readonly attempt: number;
  /**
   * Fires when it is of no use any more to go on: the partition has gone to another member, or is
   * to go and `drainTimeoutMs` is over. What the handler still does is then done again elsewhere.
   */
  readonly signal: AbortSignal;
}

/** The record counts as finished when this returns, or its promise resolves. */
export type RecordHandler<K, V> = (
  record: ReaderRecord<K, V>,
  context: HandlerContext,
) => Promise<void> | void;

/** A handler that threw. */
export interface HandlerFailure<K, V> {
  readonly record: ReaderRecord<K, V>;
  /** As it was thrown. */
  readonly error: unknown;
  readonly attempt: number;
}

/**
 * `retry`: handled again after a pause, before what follows it in its order. `skip`: counts as
 * finished. `stop`: the run ends with the error, and the record is handled again by the next one.
 */
export type FailureVerdict = 'retry' | 'skip' | 'stop';

export const ORDERS = ['key', 'partition', 'none'] as const;

export interface RunOptions<K = Uint8Array, V = Uint8Array> {
  readonly handler: RecordHandler<K, V>;
  /**
   * What is handled one after the other: records of a partition with the same key (those without a
   * key in no order), all of a partition, or nothing. Default `key`.
   */
  readonly order?: (typeof ORDERS)[number];
  /** Handlers at once, over all partitions; default 16. */
  readonly concurrency?: number;
  /** Default: `stop`, always. What it throws itself ends the run. */
  readonly onFailure?: (failure: HandlerFailure<K, V>) => FailureVerdict | Promise<FailureVerdict>;
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

export interface RunSettings<K, V> {
  readonly handler: RecordHandler<K, V>;
  readonly order: (typeof ORDERS)[number];
  readonly onFailure: NonNullable<RunOptions<K, V>['onFailure']>;
  readonly retryBackoff: BackoffOptions;
  readonly drainTimeoutMs: number;
  readonly concurrency: number;
  readonly maxQueuedRecords: number;
  readonly maxQueuedBytes: number;
  readonly maxFinishedBytes: number;
  readonly signal: AbortSignal | undefined;
}

const RUN_KEYS: KeysOf<RunOptions> = {
  handler: true,
  order: true,
  concurrency: true,
  onFailure: true,
  retryBackoff: true,
  drainTimeoutMs: true,
  maxQueuedRecords: true,
  maxQueuedBytes: true,
  maxMetadataBytes: true,
  signal: true,
};

const BACKOFF_KEYS: KeysOf<NonNullable<RunOptions['retryBackoff']>> = {
  firstMs: true,
  maxMs: true,
};

/** Left to what else a commit says: see `joinCommitText`. */
const NOTE_BYTES = 64;

const config = (message: string): OttlaError => new OttlaError('CONFIG', message);

const wholeNumber = (name: string, value: number, min = 1): number => {
  if (Number.isSafeInteger(value) && value >= min) return value;
  throw config(`run option ${name}=${value} is not a whole number of ${min} or more`);
};

const functionOf = <F>(name: string, value: F): F => {
  if (typeof value === 'function') return value;
  throw config(`run option ${name} is no function`);
};

/** The options with their defaults; throws CONFIG naming what is unknown or wrong. */
export const resolveRunOptions = <K, V>(
  options: RunOptions<K, V>,
  maxPollIntervalMs: number,
): RunSettings<K, V> => {
  checkKeys('run option', options, RUN_KEYS);
  checkKeys('key of retryBackoff', options.retryBackoff ?? {}, BACKOFF_KEYS);
  const { order = 'key', onFailure = () => 'stop', retryBackoff = {} } = options;
  if (!ORDERS.includes(order)) {
    throw config(`run option order=${String(order)} is none of ${ORDERS.join(', ')}`);
  }
  const drainTimeoutMs = options.drainTimeoutMs ?? Math.min(30_000, maxPollIntervalMs);
  if (wholeNumber('drainTimeoutMs', drainTimeoutMs, 0) > maxPollIntervalMs) {
    throw config(
      `run option drainTimeoutMs=${drainTimeoutMs} is above the consumer's maxPollIntervalMs=${maxPollIntervalMs}: others do not wait longer than that`,
    );
  }
  const maxMetadataBytes = wholeNumber('maxMetadataBytes', options.maxMetadataBytes ?? 4096, 128);
  return {
    handler: functionOf('handler', options.handler),
    order,
    onFailure: functionOf('onFailure', onFailure),
    retryBackoff: {
      firstMs: wholeNumber('retryBackoff.firstMs', retryBackoff.firstMs ?? 100, 0),
      maxMs: wholeNumber('retryBackoff.maxMs', retryBackoff.maxMs ?? 30_000, 0),
    },
    drainTimeoutMs,
    concurrency: wholeNumber('concurrency', options.concurrency ?? 16),
    maxQueuedRecords: wholeNumber('maxQueuedRecords', options.maxQueuedRecords ?? 10_000),
    maxQueuedBytes: wholeNumber('maxQueuedBytes', options.maxQueuedBytes ?? 67_108_864),
    maxFinishedBytes: maxMetadataBytes - NOTE_BYTES,
    signal: options.signal,
  };
};
