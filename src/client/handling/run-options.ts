import type { KeysOf } from '../../base/known-keys.ts';
import { checkKeys } from '../../base/known-keys.ts';
import type { FailurePolicy, FailureSettings } from '../failure/failure-policy.ts';
import { POLICY_KEYS, resolveFailurePolicy } from '../failure/failure-policy.ts';
import type { ReaderRecord } from '../reader/decode-records.ts';
import type { RetryPolicy, RetrySettings } from '../retry/retry-options.ts';
import { resolveRetryPolicy } from '../retry/retry-options.ts';
import type { RecordWorkSettings, WorkOptions } from './work-options.ts';
import { config, functionOf, resolveWorkOptions, WORK_KEYS, wholeNumber } from './work-options.ts';

/** What a handler is told beside its record. */
export interface HandlerContext {
  /** 1: the first time that this member handles it, unless it was put aside: that counts on. */
  readonly attempt: number;
  /**
   * Of the group, as the handler was called: it grows whenever partitions may change hands. A
   * store that refuses a smaller one than it has seen for the partition is safe from a member that
   * lost it and does not know yet. Undefined where the record is not of a group.
   */
  readonly generation?: number;
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

export type FailureJudge<K, V> = (
  failure: HandlerFailure<K, V>,
) => FailureVerdict | Promise<FailureVerdict>;

/** That of `run`, which knows of retries by way of a topic, too. */
export interface RunFailurePolicy extends FailurePolicy {
  readonly retry?: RetryPolicy;
}

export const ORDERS = ['key', 'partition', 'none'] as const;

export interface RunOptions<K = Uint8Array, V = Uint8Array> extends WorkOptions {
  readonly handler: RecordHandler<K, V>;
  /**
   * What is handled one after the other: records of a partition with the same key (those without a
   * key in no order), all of a partition, or nothing. Default `key`.
   */
  readonly order?: (typeof ORDERS)[number];
  /** Handlers at once, over all partitions; default 16. */
  readonly concurrency?: number;
  /**
   * A policy, or a function that is asked each time and whose own error ends the run. Default: the
   * run ends with the first error.
   */
  readonly onFailure?: RunFailurePolicy | FailureJudge<K, V>;
}

export interface RunSettings<K, V> extends RecordWorkSettings {
  readonly handler: RecordHandler<K, V>;
  readonly order: (typeof ORDERS)[number];
  /** Instead of the policy in `failure`. */
  readonly decide: FailureJudge<K, V> | undefined;
  /** Undefined: all is retried where it is. */
  readonly retry: RetrySettings | undefined;
}

const RUN_KEYS: KeysOf<RunOptions> = {
  ...WORK_KEYS,
  handler: true,
  order: true,
  concurrency: true,
  onFailure: true,
};

const RUN_POLICY_KEYS: KeysOf<RunFailurePolicy> = { ...POLICY_KEYS, retry: true };

const WHAT = 'run option';

/** The options with their defaults; throws CONFIG naming what is unknown or wrong. */
export const resolveRunOptions = <K, V>(
  options: RunOptions<K, V>,
  maxPollIntervalMs: number,
): RunSettings<K, V> => {
  checkKeys(WHAT, options, RUN_KEYS);
  const { order = 'key', onFailure } = options;
  if (!ORDERS.includes(order)) {
    throw config(`${WHAT} order=${String(order)} is none of ${ORDERS.join(', ')}`);
  }
  const work = resolveWorkOptions(WHAT, options, maxPollIntervalMs);
  const retry = typeof onFailure === 'object' ? onFailure.retry : undefined;
  return {
    handler: functionOf(`${WHAT} handler`, options.handler),
    order,
    decide: typeof onFailure === 'function' ? onFailure : undefined,
    failure: policyOf(onFailure),
    retry: retry && resolveRetryPolicy(retry, order, work.retryBackoff),
    isUnparking: false,
    isSplitting: false,
    ...work,
    concurrency: wholeNumber(`${WHAT} concurrency`, options.concurrency ?? 16),
  };
};

const policyOf = <K, V>(onFailure: RunOptions<K, V>['onFailure']): FailureSettings => {
  if (onFailure === undefined || typeof onFailure === 'function') {
    return resolveFailurePolicy({ attempts: 1 });
  }
  checkKeys('key of onFailure', onFailure, RUN_POLICY_KEYS);
  return resolveFailurePolicy(onFailure);
};
