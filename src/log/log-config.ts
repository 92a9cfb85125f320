import type { CodecName } from '../record/codec.ts';

/** What one log obeys; each field may change while it is open. Names and units are Kafka's. */
export interface LogConfig {
  /** Whether old segments are deleted, or superseded records compacted away, or both. */
  readonly cleanupPolicy: 'delete' | 'compact' | 'compact,delete';
  /** A segment is closed before it would grow over this. At most 2 GiB - 1. */
  readonly segmentBytes: number;
  /** A segment is closed this long after its creation. */
  readonly segmentMs: number;
  /** Records older than this may be deleted; -1 keeps them for ever. */
  readonly retentionMs: number;
  /** The oldest segments go while the log is larger than this; -1 sets no bound. */
  readonly retentionBytes: number;
  /** A tombstone stays for this long after what it deletes was compacted away. */
  readonly deleteRetentionMs: number;
  /** A log is compacted when a larger share of its closed segments than this was not: 0 to 1. */
  readonly minCleanableDirtyRatio: number;
  /** Records younger than this are not compacted. */
  readonly minCompactionLagMs: number;
  /** A record that waits longer than this is compacted whatever the ratio. */
  readonly maxCompactionLagMs: number;
  /** One index entry for about this many bytes of log. */
  readonly indexIntervalBytes: number;
  /** The largest batch a producer may send, header included. */
  readonly maxMessageBytes: number;
  /** What a leader makes of its producers' batches before it appends them; `producer`: nothing. */
  readonly compressionType: 'producer' | CodecName;
  /** Whose clock the timestamps of records come from: the producer's, or the leader's. */
  readonly timestampType: 'CreateTime' | 'LogAppendTime';
  /** How far a producer's timestamp may lie in the past; the largest safe integer: any. */
  readonly timestampBeforeMaxMs: number;
  /** How far it may lie in the future. */
  readonly timestampAfterMaxMs: number;
  /** Records with a header that says so are held until they are due. */
  readonly delayEnable: boolean;
  /** A record whose message id was appended so lately is not appended again; 0: all are. */
  readonly dedupWindowMs: number;
  /** An idle producer is forgotten after this long. */
  readonly producerExpirationMs: number;
}

const DAY_MS = 24 * 60 * 60 * 1000;

/** Kafka's defaults. */
export const DEFAULT_LOG_CONFIG: LogConfig = {
  cleanupPolicy: 'delete',
  segmentBytes: 1024 * 1024 * 1024,
  segmentMs: 7 * DAY_MS,
  retentionMs: 7 * DAY_MS,
  retentionBytes: -1,
  deleteRetentionMs: DAY_MS,
  minCleanableDirtyRatio: 0.5,
  minCompactionLagMs: 0,
  maxCompactionLagMs: Number.MAX_SAFE_INTEGER,
  indexIntervalBytes: 4096,
  maxMessageBytes: 1_048_588,
  compressionType: 'producer',
  timestampType: 'CreateTime',
  timestampBeforeMaxMs: Number.MAX_SAFE_INTEGER,
  timestampAfterMaxMs: 60 * 60 * 1000,
  delayEnable: false,
  dedupWindowMs: 0,
  producerExpirationMs: DAY_MS,
};

/**
 * When appended bytes are synced: `eager` in the next round, `lazy` each 64 MiB, at a roll and at
 * close (`ack.durability=memory`).
 */
export type FlushMode = 'eager' | 'lazy';
