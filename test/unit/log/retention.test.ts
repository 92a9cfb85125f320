import { describe, expect, it } from 'vitest';
import { DEFAULT_LOG_CONFIG } from '../../../src/log/log-config.ts';
import type { RetainedSegment } from '../../../src/log/retention.ts';
import { decideRetention } from '../../../src/log/retention.ts';

const FOR_EVER = { ...DEFAULT_LOG_CONFIG, retentionMs: -1, retentionBytes: -1 };

/** Three segments of 100 bytes and ten offsets; the greatest timestamps are given. */
const segmentsWith = (...timestamps: readonly number[]): RetainedSegment[] =>
  timestamps.map((maxTimestampMs, index) => ({
    nextOffset: (index + 1) * 10,
    sizeBytes: 100,
    maxTimestampMs,
  }));

const late = { nowWallMs: 1000, highWatermark: 30 };

describe('decideRetention', () => {
  it('keeps everything without a bound', () => {
    expect(decideRetention(segmentsWith(1, 2, 3), FOR_EVER, late)).toBeUndefined();
  });

  it('lets go of segments whose newest record is too old', () => {
    const config = { ...FOR_EVER, retentionMs: 100 };

    expect(decideRetention(segmentsWith(1, 899, 900), config, late)).toBe(20);
  });

  it('stops at the first segment that is young, whatever lies behind it', () => {
    const config = { ...FOR_EVER, retentionMs: 100 };

    expect(decideRetention(segmentsWith(1, 950, 1), config, late)).toBe(10);
  });

  it('never expires by age what has no timestamps', () => {
    const config = { ...FOR_EVER, retentionMs: 100 };

    expect(decideRetention(segmentsWith(-1, 1, 1), config, late)).toBeUndefined();
  });

  it('lets go of the oldest while what is left reaches the bound', () => {
    const config = { ...FOR_EVER, retentionBytes: 150 };

    expect(decideRetention(segmentsWith(1, 2, 3), config, late)).toBe(10);
  });

  it.each([
    ['compact', undefined],
    ['compact,delete', 30],
  ] as const)('lets go, where the policy is %s, below %s', (cleanupPolicy, endOffset) => {
    const config = { ...FOR_EVER, retentionMs: 100, cleanupPolicy };

    expect(decideRetention(segmentsWith(1, 2, 3), config, late)).toBe(endOffset);
  });

  it('keeps a segment that has a record at or above the high watermark', () => {
    const config = { ...FOR_EVER, retentionMs: 0 };

    const endOffset = decideRetention(segmentsWith(1, 2, 3), config, {
      nowWallMs: 1000,
      highWatermark: 19,
    });

    expect(endOffset).toBe(10);
  });
});
