import { describe, expect, it } from 'vitest';
import type { CompactableSegment } from '../../../../src/log/compaction/cleanable.ts';
import {
  cleanableSegments,
  groupSegments,
  isDueForCompaction,
  measureDirt,
} from '../../../../src/log/compaction/cleanable.ts';
import { DEFAULT_LOG_CONFIG } from '../../../../src/log/log-config.ts';

/** Segments of ten offsets and 100 bytes each, with these greatest timestamps. */
const segmentsWith = (...timestamps: readonly number[]): CompactableSegment[] =>
  timestamps.map((maxTimestampMs, index) => ({
    baseOffset: index * 10,
    nextOffset: index * 10 + 10,
    sizeBytes: 100,
    maxTimestampMs,
    isDirty: false,
  }));

const config = { ...DEFAULT_LOG_CONFIG, cleanupPolicy: 'compact' as const };
const late = { nowWallMs: 1000, limitOffset: 1000 };

describe('the segments that may be compacted', () => {
  it('are all but the last one', () => {
    expect(cleanableSegments(segmentsWith(1, 2, 3), config, late)).toHaveLength(2);
  });

  it('end at or below the limit', () => {
    const limits = { ...late, limitOffset: 19 };

    expect(cleanableSegments(segmentsWith(1, 2, 3), config, limits)).toHaveLength(1);
  });

  it('end before the first that is younger than min.compaction.lag.ms', () => {
    const lagging = { ...config, minCompactionLagMs: 100 };

    expect(cleanableSegments(segmentsWith(1, 901, 1, 1), lagging, late)).toHaveLength(1);
  });

  it('end before the first with bytes that no sync covers', () => {
    const segments = segmentsWith(1, 2, 3).map((segment) => ({ ...segment, isDirty: true }));

    expect(cleanableSegments(segments, config, late)).toEqual([]);
  });
});

describe('a pass is due', () => {
  const dirt = measureDirt(segmentsWith(100, 200), 10);

  it.each([
    [0.49, true],
    [0.5, false],
  ])('where half is dirty and min.cleanable.dirty.ratio is %d: %s', (ratio, isDue) => {
    const asked = { ...config, minCleanableDirtyRatio: ratio };

    expect(isDueForCompaction(dirt, asked, 1000)).toBe(isDue);
  });

  it.each([
    [799, true],
    [800, false],
  ])('where the oldest waits for 800 ms and max.compaction.lag.ms is %d: %s', (lagMs, isDue) => {
    const asked = { ...config, minCleanableDirtyRatio: 1, maxCompactionLagMs: lagMs };

    expect(isDueForCompaction(dirt, asked, 1000)).toBe(isDue);
  });

  it('never where nothing is dirty', () => {
    const asked = { ...config, minCleanableDirtyRatio: 0, maxCompactionLagMs: 1 };

    expect(isDueForCompaction(measureDirt(segmentsWith(1), 10), asked, 1e9)).toBe(false);
  });
});

describe('groups', () => {
  it('are neighbours that fit segment.bytes together', () => {
    const groups = groupSegments(segmentsWith(1, 2, 3), { segmentBytes: 250, endOffset: 1000 });

    expect(groups.map((group) => group.map(({ baseOffset }) => baseOffset))).toEqual([
      [0, 10],
      [20],
    ]);
  });

  it('hold a segment that alone is too large', () => {
    const groups = groupSegments(segmentsWith(1, 2), { segmentBytes: 50, endOffset: 1000 });

    expect(groups).toHaveLength(2);
  });

  it('hold nothing that begins at or behind the end', () => {
    const groups = groupSegments(segmentsWith(1, 2, 3), { segmentBytes: 250, endOffset: 10 });

    expect(groups).toHaveLength(1);
    expect(groups[0]).toHaveLength(1);
  });
});
