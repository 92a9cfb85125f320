import type { LeaderEpoch, Offset, SettledOffset } from '../base/ids.ts';
import { NONE } from '../base/ids.ts';
import type { Disk } from '../env/disk.ts';
import { readWholeFile } from '../env/disk.ts';
import { HEADER_BYTES, nextOffsetOf } from '../record/batch-header.ts';
import { EPOCHS_FILE } from './file-names.ts';
import type { EpochEntry } from './leader-epoch-history.ts';
import { LeaderEpochHistory } from './leader-epoch-history.ts';
import type { Segment } from './segment.ts';
import type { SegmentList } from './segment-list.ts';
import { scanBatches } from './segment-scan.ts';

/** A log whose segments are recovered, and filled again from the journal. */
export interface EpochSource {
  readonly disk: Disk;
  readonly directory: string;
  readonly segments: SegmentList;
  readonly startOffset: Offset;
  readonly endOffset: Offset;
}

export interface RecoveredEpochs {
  readonly history: LeaderEpochHistory;
  /** Inclusive: from here on the file may say less than the batches; undefined: it does not. */
  readonly unsavedFrom: Offset | undefined;
}

/**
 * The history in the file up to the settled mark, then what the batch headers say, then an epoch
 * that begins at the very end and has no batch yet. A damaged or missing file leaves the headers,
 * of all segments, epoch 0 included (KAFKA-10432). Without a mark, the checkpoint being lost, they
 * are read from the segment on in which an epoch may begin that the file does not have.
 */
export const recoverEpochs = (
  source: EpochSource,
  hints: { readonly isClean: boolean; readonly settledOffset: SettledOffset | undefined },
): RecoveredEpochs => {
  const { segments, startOffset, endOffset } = source;
  const stored = readEpochs(source);
  if (hints.isClean && stored !== undefined) {
    return { history: new LeaderEpochHistory(stored), unsavedFrom: undefined };
  }
  const scanFrom =
    stored === undefined
      ? segments.first.baseOffset
      : (hints.settledOffset ?? knownTo(segments, stored));
  const history = new LeaderEpochHistory(stored?.filter((e) => e.startOffset < scanFrom));
  for (const segment of segments.from(scanFrom)) {
    const range = { start: segment.positionAtOrBelow(scanFrom), end: segment.sizeBytes };
    scanBatches(segment.file, { ...range, verify: false }, ({ header }) => {
      if (nextOffsetOf(header) > scanFrom) {
        history.assign(header.partitionLeaderEpoch, header.baseOffset);
      }
      return true;
    });
  }
  const atEnd = stored?.find((entry) => entry.startOffset === endOffset);
  if (atEnd !== undefined && atEnd.leaderEpoch > history.latestEpoch) {
    history.assign(atEnd.leaderEpoch, endOffset);
  }
  history.truncateFromStart(startOffset);
  return { history, unsavedFrom: history.isSameAs(stored ?? []) ? undefined : scanFrom };
};

const readEpochs = ({ disk, directory }: EpochSource): EpochEntry[] | undefined => {
  const path = `${directory}/${EPOCHS_FILE}`;
  const bytes = readWholeFile(disk, path);
  return bytes && LeaderEpochHistory.decode(bytes, path);
};

/** Where the last segment begins whose first batch is of no newer epoch than the file has. */
const knownTo = (segments: SegmentList, stored: readonly EpochEntry[]): Offset => {
  const latestEpoch = stored.at(-1)?.leaderEpoch ?? NONE;
  const isKnown = (segment: Segment): boolean =>
    segment.sizeBytes > 0 && firstEpochIn(segment) <= latestEpoch;
  return (segments.all().findLast(isKnown) ?? segments.first).baseOffset;
};

const firstEpochIn = ({ file, sizeBytes }: Segment): LeaderEpoch => {
  let leaderEpoch: LeaderEpoch = NONE;
  const options = { start: 0, end: sizeBytes, verify: false, chunkBytes: HEADER_BYTES };
  scanBatches(file, options, ({ header }) => {
    leaderEpoch = header.partitionLeaderEpoch;
    return false;
  });
  return leaderEpoch;
};
