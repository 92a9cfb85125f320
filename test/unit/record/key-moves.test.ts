import { describe, expect, it } from 'vitest';
import { keyMoves } from '../../../src/record/key-moves.ts';
import { bytesOf } from './batches.ts';

const keys = (count: number) =>
  Array.from({ length: count }, (_, at) => ({ key: bytesOf(`key-${at}`), count: 1 + (at % 3) }));

describe('keys that move when a topic grows', () => {
  it.each([
    [6, 12, 1 / 2],
    [10, 20, 1 / 2],
    [2, 3, 2 / 3],
    [4, 6, 2 / 3],
    [1, 5, 4 / 5],
  ])('from %i to %i partitions are as many as the hash has it', (before, after, share) => {
    const moves = keyMoves(keys(20_000), { before, after });

    expect(moves.expectedShare).toBeCloseTo(share);
    expect(moves.movedKeyCount / moves.keyCount).toBeCloseTo(share, 1);
    expect(moves.movedRecordCount / moves.recordCount).toBeCloseTo(share, 1);
  });

  it('are none of no keys', () => {
    expect(keyMoves([], { before: 1, after: 2 })).toMatchObject({ keyCount: 0, movedKeyCount: 0 });
  });
});
