import type { Offset } from './ids.ts';
import { NONE } from './ids.ts';

/** What lies before a reader of a partition, as the partition's leader told at one moment. */
export interface Backlog {
  readonly startOffset: Offset;
  /** Exclusive: the high watermark. */
  readonly endOffset: Offset;
  /** Of the first record there is at or after the reader's place; NONE where there is none. */
  readonly recordOffset: Offset;
  /** Of that record; NONE where it has no timestamp. */
  readonly recordTimestampMs: number;
  /** The leader's wall clock at that moment. */
  readonly nowMs: number;
}

export interface Lag {
  /**
   * Offsets from where the reader goes on to the end: all that the log has where nothing was
   * committed. Where compaction took records their offsets count still, as in Kafka.
   */
  readonly lagCount: number;
  /**
   * For how long the first record that is not handled waits already, by its timestamp and its
   * leader's clock; 0 where no record waits, or its timestamp lies in the future. Undefined where
   * that record has no timestamp.
   */
  readonly lagMs: number | undefined;
}

/** `nextOffset`: where the reader goes on; undefined where it has committed nothing. */
export const lagOf = (nextOffset: Offset | undefined, backlog: Backlog): Lag => {
  const { startOffset, endOffset, recordOffset, recordTimestampMs, nowMs } = backlog;
  const place = Math.max(startOffset, nextOffset ?? startOffset);
  const lagCount = Math.max(0, endOffset - place);
  if (lagCount === 0 || recordOffset === NONE) return { lagCount, lagMs: 0 };
  if (recordTimestampMs < 0) return { lagCount, lagMs: undefined };
  return { lagCount, lagMs: Math.max(0, nowMs - recordTimestampMs) };
};
