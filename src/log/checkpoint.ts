import type { FlushedOffset, Offset, PartitionId, SettledOffset, TopicId } from '../base/ids.ts';
import { decodeCheckedText, encodeCheckedText, parseNumbers } from './checked-text.ts';
import { parsePartitionName, partitionDirectoryName } from './file-names.ts';
import { flushedTo, settledTo } from './flushed-offset.ts';

/** What is surely durable of one log, as of the last checkpoint. */
export interface CheckpointEntry {
  readonly topicId: TopicId;
  readonly partition: PartitionId;
  /** Exclusive: damage of a segment below it is rot, at or after it a torn tail. */
  readonly settledOffset: SettledOffset;
  /** Exclusive: below it every record is durable, in its segment or in the journal. */
  readonly flushedOffset: FlushedOffset;
  /** The journal may have entries of it; none is made before this is durable. */
  readonly isListed: boolean;
  readonly logStartOffset: Offset;
  /** A hint for the first answers after a restart. */
  readonly highWatermark: Offset;
}

const KIND = 'checkpoint';
const LISTED = 1;

export const encodeCheckpoint = (entries: readonly CheckpointEntry[]): Uint8Array =>
  encodeCheckedText(
    KIND,
    entries.map(
      (entry) =>
        `${partitionDirectoryName(entry.topicId, entry.partition)} ${entry.settledOffset} ${entry.logStartOffset} ${entry.highWatermark}${inJournal(entry)}`,
    ),
  );

/** A mark of its own only where it is another one than the settled mark, or the log is listed. */
const inJournal = ({ settledOffset, flushedOffset, isListed }: CheckpointEntry): string => {
  if (isListed) return ` ${flushedOffset} ${LISTED}`;
  return flushedOffset > settledOffset ? ` ${flushedOffset}` : '';
};

/** The entries, or `undefined` when the file is damaged. Throws as `decodeCheckedText`. */
export const decodeCheckpoint = (
  bytes: Uint8Array,
  path: string,
): CheckpointEntry[] | undefined => {
  const lines = decodeCheckedText(KIND, bytes, path);
  if (lines === undefined) return undefined;
  const entries = lines.map(parseEntry);
  return entries.every((entry) => entry !== undefined) ? entries : undefined;
};

const parseEntry = (line: string): CheckpointEntry | undefined => {
  const space = line.indexOf(' ');
  const name = parsePartitionName(line.slice(0, space));
  const fields = line.slice(space + 1);
  const numbers = parseNumbers(fields, 3) ?? parseNumbers(fields, 4) ?? parseNumbers(fields, 5);
  const [settled, logStartOffset, highWatermark, flushed, listed] = numbers ?? [];
  if (name === undefined || settled === undefined) return undefined;
  if (logStartOffset === undefined || highWatermark === undefined) return undefined;
  const marks = { settledOffset: settledTo(settled), flushedOffset: flushedTo(flushed ?? settled) };
  return { ...name, ...marks, isListed: listed === LISTED, logStartOffset, highWatermark };
};
