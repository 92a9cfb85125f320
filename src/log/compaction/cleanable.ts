import type { Offset } from '../../base/ids.ts';
import type { LogConfig } from '../log-config.ts';
import { MAX_RELATIVE_OFFSET } from '../segment.ts';

/** What compaction needs to know of a segment. */
export interface CompactableSegment {
  readonly baseOffset: Offset;
  /** Exclusive. */
  readonly nextOffset: Offset;
  readonly sizeBytes: number;
  /** -1 where no record has a timestamp. */
  readonly maxTimestampMs: number;
  /** It has bytes that no sync covers. */
  readonly isDirty: boolean;
}

export interface CleanableLimits {
  readonly nowWallMs: number;
  /** Exclusive: only segments that end at or below it; committed and durable. */
  readonly limitOffset: Offset;
}

/** How much of a log waits for compaction. */
export interface Dirtiness {
  readonly cleanBytes: number;
  readonly dirtyBytes: number;
  /** Timestamp of the segment that waits longest, -1 where none does or has one. */
  readonly oldestDirtyMs: number;
}

/**
 * The segments that may be compacted, oldest first: closed, below the limit, and old enough for
 * `min.compaction.lag.ms`. The last one, which still grows, is never among them.
 */
export const cleanableSegments = <S extends CompactableSegment>(
  segments: readonly S[],
  config: LogConfig,
  moment: CleanableLimits,
): readonly S[] => {
  const youngestMs = moment.nowWallMs - config.minCompactionLagMs;
  const end = segments.findIndex(
    (segment, index) =>
      index === segments.length - 1 ||
      segment.isDirty ||
      segment.nextOffset > moment.limitOffset ||
      (config.minCompactionLagMs > 0 && segment.maxTimestampMs > youngestMs),
  );
  return segments.slice(0, end);
};

export const measureDirt = (
  cleanable: readonly CompactableSegment[],
  cleanEndOffset: Offset,
): Dirtiness => {
  let cleanBytes = 0;
  let dirtyBytes = 0;
  let oldestDirtyMs = -1;
  for (const { nextOffset, sizeBytes, maxTimestampMs } of cleanable) {
    if (nextOffset <= cleanEndOffset) cleanBytes += sizeBytes;
    else {
      if (dirtyBytes === 0) oldestDirtyMs = maxTimestampMs;
      dirtyBytes += sizeBytes;
    }
  }
  return { cleanBytes, dirtyBytes, oldestDirtyMs };
};

/** Share of the bytes that may be compacted and were not: 0 to 1. */
export const dirtyRatioOf = ({ cleanBytes, dirtyBytes }: Dirtiness): number =>
  dirtyBytes === 0 ? 0 : dirtyBytes / (cleanBytes + dirtyBytes);

/** True when it is worth a pass, or `max.compaction.lag.ms` asks for one. */
export const isDueForCompaction = (
  dirtiness: Dirtiness,
  config: LogConfig,
  nowWallMs: number,
): boolean => {
  if (dirtiness.dirtyBytes === 0) return false;
  if (dirtyRatioOf(dirtiness) > config.minCleanableDirtyRatio) return true;
  const { oldestDirtyMs } = dirtiness;
  return oldestDirtyMs >= 0 && nowWallMs - oldestDirtyMs > config.maxCompactionLagMs;
};

/**
 * Neighbours that become one segment: together no larger than `segment.bytes` before anything is
 * taken out. Only what begins below `endOffset` is in a group.
 */
export const groupSegments = <S extends CompactableSegment>(
  cleanable: readonly S[],
  limits: { readonly segmentBytes: number; readonly endOffset: Offset },
): S[][] => {
  const groups: S[][] = [];
  let sizeBytes = 0;
  for (const segment of cleanable) {
    if (segment.baseOffset >= limits.endOffset) break;
    const group = groups.at(-1);
    const first = group?.[0];
    const fits =
      first !== undefined &&
      sizeBytes + segment.sizeBytes <= limits.segmentBytes &&
      segment.nextOffset - first.baseOffset <= MAX_RELATIVE_OFFSET;
    if (group !== undefined && fits) group.push(segment);
    else {
      groups.push([segment]);
      sizeBytes = 0;
    }
    sizeBytes += segment.sizeBytes;
  }
  return groups;
};
