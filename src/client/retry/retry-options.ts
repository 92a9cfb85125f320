import { OttlaError } from '../../base/errors.ts';
import type { KeysOf } from '../../base/known-keys.ts';
import { checkKeys } from '../../base/known-keys.ts';
import { checkedTopic } from '../failure/failure-policy.ts';
import type { BackoffOptions } from '../timing.ts';

/**
 * Retries by way of another topic, in which a record waits on the brokers and not with the member:
 * it survives the member, its attempts count on, and what is committed moves on.
 *
 * The topic has `delay.enable=true` and no fewer partitions than the one that is read. Partition n
 * of it is read by whoever has partition n of that, as a part of the same run. Groups may share it;
 * consumers of one group that read different topics may not: each names its own, or partition n of
 * it would be read and committed by two of them.
 */
export interface RetryPolicy {
  readonly topic: string;
  /** Calls of the handler before a record goes there, by all members together; default 1. */
  readonly after?: number;
  /**
   * Records of a key stay in their order: those that come while one of their key is in the retry
   * topic go there, too, behind it. Default true with the order `key`. With the order `partition`
   * there is no default: `false` says that a record may leave its place.
   */
  readonly keepOrder?: boolean;
}

export interface RetrySettings {
  readonly topic: string;
  readonly after: number;
  readonly keepsOrder: boolean;
  readonly backoff: BackoffOptions;
}

const RETRY_KEYS: KeysOf<RetryPolicy> = { topic: true, after: true, keepOrder: true };

const config = (message: string): OttlaError => new OttlaError('CONFIG', message);

/** The policy with its defaults; throws CONFIG naming what is unknown or cannot be. */
export const resolveRetryPolicy = (
  retry: RetryPolicy,
  order: 'key' | 'partition' | 'none',
  backoff: BackoffOptions,
): RetrySettings => {
  const { topic, after = 1, keepOrder = order === 'key', ...others } = retry;
  checkKeys('key of onFailure.retry', others as RetryPolicy, RETRY_KEYS);
  if (!Number.isSafeInteger(after) || after < 1) {
    throw config(`onFailure.retry.after=${after} is not a whole number of 1 or more`);
  }
  if (typeof keepOrder !== 'boolean') {
    throw config(`onFailure.retry.keepOrder=${String(keepOrder)} is neither true nor false`);
  }
  if (order === 'partition' && retry.keepOrder !== false) {
    throw config(
      'onFailure.retry takes records out of the order partition: give keepOrder: false where they may leave it, or leave retry out',
    );
  }
  if (order === 'none' && keepOrder) {
    throw config('onFailure.retry.keepOrder=true has no order to keep: give the order key');
  }
  return {
    topic: checkedTopic('onFailure.retry', { topic }),
    after,
    keepsOrder: keepOrder,
    backoff,
  };
};
