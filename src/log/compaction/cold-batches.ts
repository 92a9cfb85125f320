import type { Offset } from '../../base/ids.ts';
import type { BatchHeader } from '../../record/batch-header.ts';
import { batchSizeAt, HEADER_BYTES, nextOffsetOf } from '../../record/batch-header.ts';
import type { Segment } from '../segment.ts';
import type { EpochAt } from '../stored-batch.ts';
import { checkFollows, checkStoredBatch, corruptStore, storedHeaderAt } from '../stored-batch.ts';

const CHUNK_BYTES = 128 * 1024;

export interface StoredBatch {
  readonly header: BatchHeader;
  /** A view of the chunk: valid until the next one is asked for. */
  readonly bytes: Uint8Array;
}

export interface ColdWalk {
  /** Position of a batch. */
  readonly position: number;
  readonly epochAt: EpochAt;
}

/**
 * The batches of a segment in order, read in the pool, a chunk at a time. Each is verified as for a
 * reader: what is damaged here must be found before it is copied or counted. The segment must stay
 * pinned. Throws CORRUPT_STORE.
 */
export async function* coldBatches(
  segment: Segment,
  walk: ColdWalk,
): AsyncGenerator<readonly StoredBatch[], void, undefined> {
  const endPosition = segment.sizeBytes;
  let position = walk.position;
  let expected: Offset | undefined;
  let wantedBytes = CHUNK_BYTES;
  while (position < endPosition) {
    const target = Buffer.allocUnsafeSlow(Math.min(wantedBytes, endPosition - position));
    const chunk = target.subarray(0, await segment.file.readCold(target, position));
    const batches: StoredBatch[] = [];
    let at = 0;
    for (const sizeBytes of wholeSizes(segment, position, chunk)) {
      const bytes = chunk.subarray(at, at + sizeBytes);
      const header = checkBatch(segment, { bytes, expected, position: position + at }, walk);
      batches.push({ header, bytes });
      expected = nextOffsetOf(header);
      at += sizeBytes;
    }
    wantedBytes = CHUNK_BYTES;
    if (at === 0) {
      // One batch larger than the chunk, or what is left of one.
      wantedBytes = batchSizeAt(chunk, 0) ?? 0;
      if (wantedBytes <= chunk.length || position + wantedBytes > endPosition) {
        throw corruptStore({ segment, position }, 'batch is cut off');
      }
    }
    position += at;
    if (batches.length > 0) yield batches;
  }
}

/** Sizes of the batches that lie in the chunk as a whole. */
function* wholeSizes(segment: Segment, position: number, chunk: Uint8Array): Generator<number> {
  let at = 0;
  for (;;) {
    const sizeBytes = batchSizeAt(chunk, at);
    if (sizeBytes === undefined) return;
    if (sizeBytes < HEADER_BYTES) {
      throw corruptStore({ segment, position: position + at }, 'size is wrong');
    }
    if (sizeBytes > chunk.length - at) return;
    yield sizeBytes;
    at += sizeBytes;
  }
}

interface Met {
  readonly bytes: Uint8Array;
  readonly position: number;
  /** Where the batch before ends. */
  readonly expected: Offset | undefined;
}

const checkBatch = (segment: Segment, met: Met, walk: ColdWalk): BatchHeader => {
  const { bytes, position, expected } = met;
  const place = { segment, position };
  const header = storedHeaderAt(place, bytes);
  checkStoredBatch(place, { bytes, header }, walk.epochAt);
  if (expected !== undefined) checkFollows(place, header, expected);
  return header;
};
