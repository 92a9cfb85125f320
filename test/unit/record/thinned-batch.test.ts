import { describe, expect, it } from 'vitest';
import { nextOffsetOf, readBatchHeader } from '../../../src/record/batch-header.ts';
import { decodeBatch } from '../../../src/record/batch-reader.ts';
import { thinnedBatch } from '../../../src/record/thinned-batch.ts';
import { validateStoredBatch } from '../../../src/record/validate-batch.ts';
import { batchOf, bytesOf, record } from './batches.ts';

const STAMP = { producerId: 7, producerEpoch: 1, baseSequence: 40 };

const batch = batchOf(
  [5000, 9000, 1000].map((timestampMs) =>
    record({ timestampMs, value: bytesOf(`at ${timestampMs}`) }),
  ),
  STAMP,
);

describe('a batch without some of its records', () => {
  it('has the others where they were, and the offsets and sequences of all', () => {
    const thinned = thinnedBatch(batch, Uint8Array.of(1, 0, 0));

    const { header, records } = decodeBatch(thinned);
    expect(records.map(({ offset, timestampMs }) => [offset, timestampMs])).toEqual([
      [1, 9000],
      [2, 1000],
    ]);
    expect(nextOffsetOf(header)).toBe(3);
    expect(header).toMatchObject(STAMP);
    expect(validateStoredBatch(thinned)).toBeUndefined();
  });

  it('has the greatest timestamp of those that are left', () => {
    const thinned = thinnedBatch(batch, Uint8Array.of(0, 1, 0));

    expect(readBatchHeader(thinned).maxTimestampMs).toBe(5000);
  });

  it('is a header alone where none is left', () => {
    const thinned = thinnedBatch(batch, Uint8Array.of(1, 1, 1));

    expect(thinned).toHaveLength(61);
    expect(readBatchHeader(thinned)).toMatchObject({
      ...STAMP,
      recordCount: 0,
      lastOffsetDelta: 2,
    });
    expect(validateStoredBatch(thinned)).toBeUndefined();
  });
});
