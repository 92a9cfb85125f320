import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { decodeCheckpoint } from '../../../src/log/checkpoint.ts';
import { partitionDirectoryName } from '../../../src/log/file-names.ts';
import { batchSizeAt, HEADER_BYTES, readBatchHeader } from '../../../src/record/batch-header.ts';
import type { Damage, SegmentPart } from './segment-damage.ts';
import { segmentsOf } from './segment-damage.ts';

/**
 * What the checkpoint of a node that does not run counts as durable of this replica: damage there
 * is told from a torn write, however the node ended.
 */
export const durablePartsOf = (damage: Damage): SegmentPart[] => {
  const flushedOffset = flushedOffsetOf(damage);
  return segmentsOf(damage)
    .map((path) => ({ path, sizeBytes: bytesBelow(path, flushedOffset) }))
    .filter(({ sizeBytes }) => sizeBytes > 0);
};

const flushedOffsetOf = ({ logDir, name }: Damage): number => {
  const entries = decodeCheckpoint(readFileSync(join(logDir, 'checkpoint')), 'checkpoint') ?? [];
  const own = entries.find((it) => partitionDirectoryName(it.topicId, it.partition) === name);
  return own?.flushedOffset ?? 0;
};

/** Whole batches only. */
const bytesBelow = (path: string, offset: number): number => {
  if (Number.parseInt(basename(path), 10) >= offset) return 0;
  const bytes = readFileSync(path);
  let position = 0;
  for (;;) {
    const size = batchSizeAt(bytes, position);
    if (size === undefined || size < HEADER_BYTES || position + size > bytes.length)
      return position;
    if (readBatchHeader(bytes, position).baseOffset >= offset) return position;
    position += size;
  }
};
