import type { Offset } from '../base/ids.ts';
import type { Disk } from '../env/disk.ts';
import { readWholeFile } from '../env/disk.ts';
import { nextOffsetOf } from '../record/batch-header.ts';
import { offsetInName, offsetPath, PRODUCERS_SUFFIX } from './file-names.ts';
import { decodeProducers } from './producer-snapshot.ts';
import { ProducerStates } from './producer-state.ts';
import type { SegmentList } from './segment-list.ts';
import { scanBatches } from './segment-scan.ts';

/** Offsets of the snapshots in a partition directory, rising; their content may be damaged. */
export const snapshotOffsets = (disk: Disk, directory: string): Offset[] =>
  disk
    .list(directory)
    .map(({ name }) => offsetInName(name, PRODUCERS_SUFFIX))
    .filter((offset) => offset !== undefined);

/** Removes snapshots above `offset`; true when there were any. */
export const removeSnapshotsAbove = (disk: Disk, directory: string, offset: Offset): boolean => {
  const above = snapshotOffsets(disk, directory).filter((snapshot) => snapshot > offset);
  for (const snapshot of above) disk.remove(offsetPath(directory, snapshot, PRODUCERS_SUFFIX));
  return above.length > 0;
};

export interface ProducerReplay {
  readonly disk: Disk;
  readonly directory: string;
  readonly segments: SegmentList;
  /** The end of the log. */
  readonly endOffset: Offset;
  /** Monotonic. */
  readonly nowMs: number;
}

/** The newest sound snapshot at or below the end of the log, and the batches behind it. */
export const rebuildProducers = (replay: ProducerReplay): ProducerStates => {
  const { states, offset } = newestSnapshot(replay);
  for (const segment of replay.segments.from(offset)) {
    const start = segment.positionAtOrBelow(offset);
    const options = { start, end: segment.sizeBytes, verify: false };
    scanBatches(segment.file, options, ({ header }) => {
      if (nextOffsetOf(header) > offset) states.update(header, replay.nowMs);
      return true;
    });
  }
  return states;
};

const newestSnapshot = (
  replay: ProducerReplay,
): { readonly states: ProducerStates; readonly offset: Offset } => {
  const { disk, directory, endOffset, nowMs } = replay;
  for (const offset of snapshotOffsets(disk, directory).reverse()) {
    if (offset > endOffset) continue;
    const path = offsetPath(directory, offset, PRODUCERS_SUFFIX);
    const bytes = readWholeFile(disk, path);
    const entries = bytes && decodeProducers(bytes, { path, offset, nowMs });
    if (entries !== undefined) return { states: new ProducerStates(entries), offset };
  }
  return { states: new ProducerStates(), offset: replay.segments.first.baseOffset };
};
