import { readInt64At } from '../base/bytes/big-endian.ts';
import { OttlaError } from '../base/errors.ts';
import type { LeaderEpoch, Offset } from '../base/ids.ts';
import { NONE } from '../base/ids.ts';
import type { BatchHeader, BatchStamp } from '../record/batch-header.ts';
import {
  isHeld,
  isLogAppendTime,
  MAX_TIMESTAMP_AT,
  nextOffsetOf,
  readBatchHeader,
  stampBatch,
  stampLogAppendTime,
} from '../record/batch-header.ts';
import { validateBatch, validateStoredBatch } from '../record/validate-batch.ts';
import { requireKeys } from './keyed-records.ts';
import type { LogConfig } from './log-config.ts';
import type { ProducerBatch } from './producer-state.ts';
import type { TimestampRules } from './timely-records.ts';
import { looksAtTimes, requireTimely } from './timely-records.ts';

export interface LeaderAppend {
  readonly kind: 'appended' | 'duplicate';
  readonly baseOffset: Offset;
  /** Exclusive. */
  readonly endOffset: Offset;
  /** Milliseconds since 1970 by the leader's clock, where the topic has its time; else NONE. */
  readonly logAppendTimeMs: number;
  /** No consumer finds the records at these offsets: they are held until they are due. */
  readonly isHeld: boolean;
}

export interface LeaderAppendOptions {
  /** What the producer sent, and is judged by, where the batch is what the broker made of it. */
  readonly sent?: Uint8Array | undefined;
  /** What the producer sent, uncompressed: its records are looked at here. */
  readonly opened?: Uint8Array | undefined;
  /** The batch is a marker that the broker itself wrote: it may be a control batch. */
  readonly isFromBroker?: boolean | undefined;
}

/** What decides whether records are looked at. */
export type LeaderConfig = Pick<LogConfig, 'cleanupPolicy' | 'delayEnable' | 'dedupWindowMs'> &
  TimestampRules;

/** What a leader's log allows a batch to be. */
export interface LeaderLimits extends LeaderAppendOptions {
  /** For messages. */
  readonly name: string;
  readonly config: LogConfig;
  readonly nowWallMs: number;
}

/** What a batch becomes as the leader's. */
export interface LeaderStamp extends BatchStamp, LeaderLimits {
  /** The newest that the log knows. */
  readonly latestEpoch: LeaderEpoch;
}

/** The log that a leader appends to, as it is before. */
export interface LedLog extends Pick<LeaderLimits, 'name' | 'config'> {
  readonly logEndOffset: Offset;
  latestEpoch(): LeaderEpoch;
}

/** By what the next batch of a log is judged, and what it becomes. */
export const stampOf = (
  log: LedLog,
  { leaderEpoch, nowWallMs }: { readonly leaderEpoch: LeaderEpoch; readonly nowWallMs: number },
  { sent, opened, isFromBroker }: LeaderAppendOptions,
): LeaderStamp => ({
  name: log.name,
  config: log.config,
  nowWallMs,
  sent,
  opened,
  isFromBroker,
  baseOffset: log.logEndOffset,
  partitionLeaderEpoch: leaderEpoch,
  latestEpoch: log.latestEpoch(),
});

/** Throws the error a producer is to get for a batch that is damaged, malformed or too large. */
export const requireSound = (batch: Uint8Array, limits: LeaderLimits): void => {
  const { maxMessageBytes, segmentBytes } = limits.config;
  const fault =
    limits.isFromBroker === true
      ? validateStoredBatch(batch)
      : validateBatch(limits.sent ?? batch, { maxBytes: maxMessageBytes });
  if (fault !== undefined) throw new OttlaError(fault.code, `${limits.name}: ${fault.reason}`);
  // What the broker makes of what was taken is larger by a little, and has to go somewhere.
  if (batch.length > segmentBytes && limits.isFromBroker !== true) {
    throw new OttlaError(
      'RECORD_LIST_TOO_LARGE',
      `${limits.name}: batch of ${batch.length} bytes is above segment.bytes=${segmentBytes}`,
    );
  }
  const isCompacted = limits.config.cleanupPolicy !== 'delete';
  if (isCompacted && limits.isFromBroker !== true) requireKeys(lookedAt(batch, limits), limits);
};

const lookedAt = (batch: Uint8Array, { opened, sent }: LeaderAppendOptions): Uint8Array =>
  opened ?? sent ?? batch;

/** Whether the leader looks at the records of this batch of a producer, and needs its codec. */
export const looksAtRecords = (
  batch: Uint8Array,
  config: LeaderConfig,
  nowWallMs: number,
): boolean =>
  config.cleanupPolicy !== 'delete' ||
  config.delayEnable ||
  config.dedupWindowMs > 0 ||
  looksAtTimes(config, readInt64At(batch, MAX_TIMESTAMP_AT), nowWallMs);

/**
 * Makes a batch the leader's, in place: base offset, leader epoch and, where the topic has the time
 * of the log, that time, for which the whole batch is summed anew. The header as it stands then.
 * Throws FENCED_LEADER_EPOCH, and as `requireTimely` of what a producer sent; a repeat was judged
 * in its time.
 */
export const stampAsLeader = (
  batch: Uint8Array,
  sent: BatchHeader,
  stamp: LeaderStamp,
): BatchHeader => {
  requireCurrentEpoch(stamp);
  if (stamp.isFromBroker !== true) requireTimely(lookedAt(batch, stamp), sent, stamp);
  stampBatch(batch, stamp);
  const { baseOffset, partitionLeaderEpoch } = stamp;
  if (stamp.config.timestampType === 'CreateTime') {
    return { ...sent, baseOffset, partitionLeaderEpoch };
  }
  stampLogAppendTime(batch, stamp.nowWallMs);
  return readBatchHeader(batch);
};

export const appendedAs = (header: BatchHeader): LeaderAppend => ({
  kind: 'appended',
  baseOffset: header.baseOffset,
  endOffset: nextOffsetOf(header),
  logAppendTimeMs: isLogAppendTime(header.attributes) ? header.maxTimestampMs : NONE,
  isHeld: isHeld(header.attributes),
});

/** A log whose newest epoch is later than the leader's has been told of its successor. */
const requireCurrentEpoch = ({ name, partitionLeaderEpoch, latestEpoch }: LeaderStamp): void => {
  if (partitionLeaderEpoch >= latestEpoch) return;
  throw new OttlaError(
    'FENCED_LEADER_EPOCH',
    `${name}: epoch ${partitionLeaderEpoch} is over, the log has epoch ${latestEpoch}`,
  );
};

export const duplicateOf = (earlier: ProducerBatch): LeaderAppend => ({
  kind: 'duplicate',
  baseOffset: earlier.baseOffset,
  endOffset: earlier.endOffset,
  logAppendTimeMs: earlier.logAppendTimeMs ?? NONE,
  isHeld: earlier.isHeld === true,
});
