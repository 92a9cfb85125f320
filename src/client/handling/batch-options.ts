import type { KeysOf } from '../../base/known-keys.ts';
import { checkKeys } from '../../base/known-keys.ts';
import type { FailurePolicy } from '../failure/failure-policy.ts';
import { checkedTopic, POLICY_KEYS, resolveFailurePolicy } from '../failure/failure-policy.ts';
import type { ParkStore } from '../parking/park-store.ts';
import { isParkStore } from '../parking/park-store.ts';
import type { PartialChoice } from './batch-core.ts';
import type { RecordBatch } from './marked-batch.ts';
import type { HandlerContext } from './run-options.ts';
import type { RecordWorkSettings, WorkOptions } from './work-options.ts';
import { config, functionOf, resolveWorkOptions, WORK_KEYS, wholeNumber } from './work-options.ts';

/** `attempt` of the context counts the calls with the first record of the batch. */
export type BatchHandler<K, V> = (
  batch: RecordBatch<K, V>,
  context: HandlerContext,
) => Promise<void> | void;

/**
 * What is done where a batch failed in part, until the `attempts` of the policy are used up:
 *
 * - `prefix` (default): what is before the first record that failed counts as finished; from that
 *   one on, what was done behind it included, the handler is called again. Order is kept.
 * - `whole`: nothing counts; the handler is called again with the whole batch. Order is kept.
 * - `park`: all counts, what failed is put aside when the others have: in a topic, which
 *   `consumer.runParked` drains, or in a store, which `client.drainParked` does. The calls made
 *   here count there. What is put aside is handled out of its order.
 *
 * Records that are said to be dead, and those whose attempts are used up, go the way of `giveUp`.
 */
export interface BatchFailurePolicy extends FailurePolicy {
  readonly partial?: 'prefix' | 'whole' | { readonly park: { readonly topic: string } | ParkStore };
}

export interface BatchOptions<K = Uint8Array, V = Uint8Array> extends WorkOptions {
  readonly handler: BatchHandler<K, V>;
  /** Default 500. */
  readonly maxRecords?: number;
  /** Of keys and values; default 1048576 (1 MiB). A larger record is a batch by itself. */
  readonly maxBytes?: number;
  /** How long a record may wait for company; default 100. */
  readonly maxWaitMs?: number;
  /** Batches with handlers at once, over all partitions; one of each at most. Default 16. */
  readonly concurrency?: number;
  readonly onFailure?: BatchFailurePolicy;
}

export interface BatchSettings<K, V> extends RecordWorkSettings {
  readonly handler: BatchHandler<K, V>;
  readonly maxRecords: number;
  readonly maxBytes: number;
  readonly maxWaitMs: number;
  readonly partial: PartialChoice;
  readonly park: { readonly topic: string } | ParkStore | undefined;
}

const BATCH_KEYS: KeysOf<BatchOptions> = {
  ...WORK_KEYS,
  handler: true,
  maxRecords: true,
  maxBytes: true,
  maxWaitMs: true,
  concurrency: true,
  onFailure: true,
};

const BATCH_POLICY_KEYS: KeysOf<BatchFailurePolicy> = { ...POLICY_KEYS, partial: true };
const PARK_KEYS = { park: true } as const;

const WHAT = 'eachBatch option';

/** The options with their defaults; throws CONFIG naming what is unknown or wrong. */
export const resolveBatchOptions = <K, V>(
  options: BatchOptions<K, V>,
  maxPollIntervalMs: number,
): BatchSettings<K, V> => {
  checkKeys(WHAT, options, BATCH_KEYS);
  const { onFailure = {} } = options;
  checkKeys('key of onFailure', onFailure, BATCH_POLICY_KEYS);
  const number = (name: string, value: number, min?: number): number =>
    wholeNumber(`${WHAT} ${name}`, value, min);
  return {
    handler: functionOf(`${WHAT} handler`, options.handler),
    maxRecords: number('maxRecords', options.maxRecords ?? 500),
    maxBytes: number('maxBytes', options.maxBytes ?? 1_048_576),
    maxWaitMs: number('maxWaitMs', options.maxWaitMs ?? 100, 0),
    concurrency: number('concurrency', options.concurrency ?? 16),
    failure: resolveFailurePolicy(onFailure),
    ...resolvePartial(onFailure.partial ?? 'prefix'),
    isUnparking: false,
    isSplitting: false,
    ...resolveWorkOptions(WHAT, options, maxPollIntervalMs),
  };
};

const resolvePartial = (
  partial: NonNullable<BatchFailurePolicy['partial']>,
): Pick<BatchSettings<unknown, unknown>, 'partial' | 'park'> => {
  if (partial === 'prefix' || partial === 'whole') return { partial, park: undefined };
  if (typeof partial !== 'object' || partial === null) {
    throw config(`onFailure.partial=${String(partial)} is none of prefix, whole, { park }`);
  }
  checkKeys('key of onFailure.partial', partial, PARK_KEYS);
  const { park } = partial;
  if (isParkStore(park)) return { partial: 'park', park };
  return { partial: 'park', park: { topic: checkedTopic('onFailure.partial.park', park) } };
};
