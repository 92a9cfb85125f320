import type { Offset } from '../base/ids.ts';
import type { LogConfig } from './log-config.ts';

/** What retention needs to know of a segment. */
export interface RetainedSegment {
  /** Exclusive end. */
  readonly nextOffset: Offset;
  readonly sizeBytes: number;
  /** -1 where no record has a timestamp: such a segment never expires by age. */
  readonly maxTimestampMs: number;
}

export interface RetentionMoment {
  readonly nowWallMs: number;
  /** Segments with a record at or after it stay. */
  readonly highWatermark: Offset;
}

/**
 * The offset up to which whole segments, oldest first, may be deleted by age or by size;
 * `undefined` when all stay, as where the log is compacted and nothing else. Sizes count the bytes
 * that would be left, so that the log never falls below its bound.
 */
export const decideRetention = (
  segments: readonly RetainedSegment[],
  config: LogConfig,
  moment: RetentionMoment,
): Offset | undefined => {
  if (config.cleanupPolicy === 'compact') return undefined;
  let remainingBytes = segments.reduce((total, segment) => total + segment.sizeBytes, 0);
  let endOffset: Offset | undefined;
  for (const segment of segments) {
    const isTooOld =
      config.retentionMs >= 0 &&
      segment.maxTimestampMs >= 0 &&
      segment.maxTimestampMs < moment.nowWallMs - config.retentionMs;
    const isTooMuch =
      config.retentionBytes >= 0 && remainingBytes - segment.sizeBytes >= config.retentionBytes;
    if (segment.sizeBytes === 0 || segment.nextOffset > moment.highWatermark) break;
    if (!isTooOld && !isTooMuch) break;
    remainingBytes -= segment.sizeBytes;
    endOffset = segment.nextOffset;
  }
  return endOffset;
};
