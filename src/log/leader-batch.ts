import { OttlaError } from '../base/errors.ts';
import type { LeaderEpoch, Offset } from '../base/ids.ts';
import { validateBatch, validateStoredBatch } from '../record/validate-batch.ts';
import { requireKeys } from './keyed-records.ts';
import type { LogConfig } from './log-config.ts';
import type { ProducerBatch } from './producer-state.ts';

export interface LeaderAppend {
  readonly kind: 'appended' | 'duplicate';
  readonly baseOffset: Offset;
  /** Exclusive. */
  readonly endOffset: Offset;
}

export interface LeaderAppendOptions {
  /** The batch is a marker that the broker itself wrote: it may be a control batch. */
  readonly isFromBroker?: boolean;
}

/** What a leader's log allows a batch to be. */
export interface LeaderLimits extends LeaderAppendOptions {
  /** For messages. */
  readonly name: string;
  readonly config: LogConfig;
}

/** Throws the error a producer is to get for a batch that is damaged, malformed or too large. */
export const requireSoundBatch = (batch: Uint8Array, limits: LeaderLimits): void => {
  const { maxMessageBytes, segmentBytes } = limits.config;
  const fault =
    limits.isFromBroker === true
      ? validateStoredBatch(batch)
      : validateBatch(batch, { maxBytes: maxMessageBytes });
  if (fault !== undefined) throw new OttlaError(fault.code, `${limits.name}: ${fault.reason}`);
  if (batch.length > segmentBytes) {
    throw new OttlaError(
      'RECORD_LIST_TOO_LARGE',
      `${limits.name}: batch of ${batch.length} bytes is above segment.bytes=${segmentBytes}`,
    );
  }
  const isCompacted = limits.config.cleanupPolicy !== 'delete';
  if (isCompacted && limits.isFromBroker !== true) requireKeys(limits.name, batch);
};

/** A log whose newest epoch is later than the leader's has been told of its successor. */
export const requireCurrentEpoch = (
  name: string,
  leaderEpoch: LeaderEpoch,
  latestEpoch: LeaderEpoch,
): void => {
  if (leaderEpoch >= latestEpoch) return;
  throw new OttlaError(
    'FENCED_LEADER_EPOCH',
    `${name}: epoch ${leaderEpoch} is over, the log has epoch ${latestEpoch}`,
  );
};

export const duplicateOf = (earlier: ProducerBatch): LeaderAppend => ({
  kind: 'duplicate',
  baseOffset: earlier.baseOffset,
  endOffset: earlier.endOffset,
});
