import { describe, expect, it } from 'vitest';
import type { Backlog } from '../../../src/base/lag.ts';
import { lagOf } from '../../../src/base/lag.ts';

const NOW_MS = 1_000_000;

const backlog = (change: Partial<Backlog> = {}): Backlog => ({
  startOffset: 10,
  endOffset: 20,
  recordOffset: 15,
  recordTimestampMs: NOW_MS - 3000,
  nowMs: NOW_MS,
  ...change,
});

const NOTHING_WAITS = { recordOffset: -1, recordTimestampMs: -1 };

describe('the lag of a reader', () => {
  it.each([
    ['goes on within the log', 15, backlog(), [5, 3000]],
    ['has read all', 20, backlog(NOTHING_WAITS), [0, 0]],
    ['was left behind by retention', 3, backlog({ recordOffset: 10 }), [10, 3000]],
    ['has committed nothing', undefined, backlog({ recordOffset: 10 }), [10, 3000]],
    ['is beyond the end of a log made anew', 500, backlog(NOTHING_WAITS), [0, 0]],
    ['meets an empty log', undefined, backlog({ endOffset: 10, ...NOTHING_WAITS }), [0, 0]],
    ['has only a compaction gap before it', 15, backlog(NOTHING_WAITS), [5, 0]],
    ['stands before a gap', 12, backlog({ recordOffset: 18 }), [8, 3000]],
    ['has a record of the future before it', 15, backlog({ recordTimestampMs: 2e6 }), [5, 0]],
    ['has one without timestamp', 15, backlog({ recordTimestampMs: -1 }), [5, undefined]],
    ['has one of 1970', 15, backlog({ recordTimestampMs: 0 }), [5, NOW_MS]],
  ] as const)('that %s', (_, nextOffset, there, [lagCount, lagMs]) => {
    expect(lagOf(nextOffset, there)).toEqual({ lagCount, lagMs });
  });
});
