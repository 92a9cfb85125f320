import { OttlaError } from '../base/errors.ts';
import type { Offset } from '../base/ids.ts';
import type { BatchHeader } from '../record/batch-header.ts';
import { MAGIC_V2, nextOffsetOf } from '../record/batch-header.ts';
import { LOG_SUFFIX, OFFSET_INDEX_SUFFIX, offsetPath, TIME_INDEX_SUFFIX } from './file-names.ts';
import type { SegmentExtent } from './index-file.ts';
import { readExtent, readIndex } from './index-file.ts';
import { laterFormat } from './later-format.ts';
import { OFFSET_INDEX, OffsetIndex } from './offset-index.ts';
import type { SegmentPlace } from './segment.ts';
import { Segment } from './segment.ts';
import type { LaterBatch } from './segment-scan.ts';
import { scanBatches } from './segment-scan.ts';
import { TIME_INDEX } from './time-index.ts';

/** How a segment is taken in at start. */
export interface SegmentExpectation {
  readonly baseOffset: Offset;
  /** Greatest offset at which the first batch may begin. */
  readonly maxFirstOffset: Offset;
  /** Where the next segment begins; `undefined` for the last one. */
  readonly nextBaseOffset: Offset | undefined;
  /** Its bytes were synced and nothing happened since: matching indexes are proof enough. */
  readonly isTrusted: boolean;
}

/** A segment, with what is wrong behind its sound part. */
export interface RecoveredSegment {
  readonly segment: Segment;
  /** Bytes in the file; more than the segment has where there is a fault. */
  readonly fileBytes: number;
  readonly fault: string | undefined;
}

/**
 * Takes in one file: by its indexes when they may be trusted, else batch by batch. Where it throws,
 * because the file or its device cannot be read, it leaves nothing open.
 */
export const recoverSegment = (
  place: SegmentPlace,
  expectation: SegmentExpectation,
): RecoveredSegment => {
  if (!expectation.isTrusted) {
    refuseLaterIndexes(place, expectation.baseOffset);
    return scanSegment(place, expectation);
  }
  return trustIndexes(place, expectation) ?? scanSegment(place, expectation);
};

interface Extents {
  readonly path: string;
  readonly offsets: SegmentExtent | undefined;
  readonly times: SegmentExtent | undefined;
}

/** They would be written over; what else is wrong with them does not matter. */
const refuseLaterIndexes = (place: SegmentPlace, baseOffset: Offset): void => {
  try {
    readExtents(place, baseOffset);
  } catch (error) {
    if (!(error instanceof OttlaError) || error.code === 'UNSUPPORTED_VERSION') throw error;
  }
};

const readExtents = ({ disk, directory }: SegmentPlace, baseOffset: Offset): Extents => {
  const path = offsetPath(directory, baseOffset, OFFSET_INDEX_SUFFIX);
  const timePath = offsetPath(directory, baseOffset, TIME_INDEX_SUFFIX);
  return {
    path,
    offsets: readExtent(disk, path, OFFSET_INDEX),
    times: readExtent(disk, timePath, TIME_INDEX),
  };
};

const trustIndexes = (
  place: SegmentPlace,
  expectation: SegmentExpectation,
): RecoveredSegment | undefined => {
  const { baseOffset, nextBaseOffset } = expectation;
  const fileBytes = sizeOf(place, baseOffset);
  const { path, offsets: extent, times } = readExtents(place, baseOffset);
  if (extent === undefined || times === undefined) return undefined;
  if (extent.baseOffset !== baseOffset || extent.sizeBytes !== fileBytes) return undefined;
  if (nextBaseOffset !== undefined && extent.nextOffset !== nextBaseOffset) return undefined;
  const segment = Segment.trusted(place, extent);
  return disposingOnError(segment, () => {
    if (nextBaseOffset === undefined && !isTailSound(place, segment, path)) {
      segment.dispose();
      return undefined;
    }
    return { segment, fileBytes, fault: undefined };
  });
};

const disposingOnError = <T>(segment: Segment, check: () => T): T => {
  try {
    return check();
  } catch (error) {
    segment.dispose();
    throw error;
  }
};

/** The last segment of a clean stop: its end is read, from the last index entry on. */
const isTailSound = (place: SegmentPlace, segment: Segment, indexPath: string): boolean => {
  const index = readIndex(place.disk, indexPath, OFFSET_INDEX);
  if (index === undefined) return false;
  const start = OffsetIndex.decodeEntries(segment.baseOffset, index.entries).lastPosition;
  let nextOffset = segment.baseOffset;
  const options = { start, end: segment.sizeBytes, verify: true };
  const end = scanBatches(segment.file, options, ({ header }) => {
    nextOffset = nextOffsetOf(header);
    return true;
  });
  return end.fault === undefined && nextOffset === segment.nextOffset;
};

const scanSegment = (place: SegmentPlace, expectation: SegmentExpectation): RecoveredSegment => {
  const segment = Segment.unknown(place, expectation.baseOffset);
  return disposingOnError(segment, () => scanBatchesOf(segment, expectation));
};

const scanBatchesOf = (segment: Segment, expectation: SegmentExpectation): RecoveredSegment => {
  const fileBytes = segment.file.sizeBytes();
  let expected: Offset | undefined;
  let leaderEpoch = Number.NEGATIVE_INFINITY;
  const isNext = ({ baseOffset }: Pick<BatchHeader, 'baseOffset'>): boolean =>
    expected === undefined
      ? baseOffset >= expectation.baseOffset && baseOffset <= expectation.maxFirstOffset
      : baseOffset === expected;
  const onLaterFormat = (batch: LaterBatch): void => {
    if (!isNext(batch)) return;
    throw laterFormat(segment.path, { found: batch.magic, known: MAGIC_V2 });
  };
  const options = { start: 0, end: fileBytes, verify: true, onLaterFormat };
  const end = scanBatches(segment.file, options, ({ header }) => {
    const { baseOffset } = header;
    if (!isNext(header)) return `offset ${baseOffset} does not follow`;
    if (header.partitionLeaderEpoch < leaderEpoch) return 'leader epoch goes back';
    segment.admit(header);
    expected = nextOffsetOf(header);
    leaderEpoch = header.partitionLeaderEpoch;
    return true;
  });
  const fault = end.fault === undefined ? undefined : describeFault(segment, end.fault);
  if (fault === undefined && expectation.nextBaseOffset !== undefined) segment.seal();
  return { segment, fileBytes, fault };
};

const describeFault = (segment: Segment, reason: string): string =>
  `${segment.path} at byte ${segment.sizeBytes} (offset ${segment.nextOffset}): ${reason}`;

const sizeOf = (place: SegmentPlace, baseOffset: Offset): number => {
  const file = place.disk.open(offsetPath(place.directory, baseOffset, LOG_SUFFIX));
  try {
    return file.sizeBytes();
  } finally {
    file.close();
  }
};
