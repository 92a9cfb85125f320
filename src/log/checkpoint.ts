import type { FlushedOffset, Offset, PartitionId, TopicId } from '../base/ids.ts';
import { decodeCheckedText, encodeCheckedText, parseNumbers } from './checked-text.ts';
import { parsePartitionName, partitionDirectoryName } from './file-names.ts';
import { flushedTo } from './flushed-offset.ts';

/** What is surely durable of one log, as of the last checkpoint. */
export interface CheckpointEntry {
  readonly topicId: TopicId;
  readonly partition: PartitionId;
  /** Exclusive: damage below it is rot, at or after it a torn tail. */
  readonly flushedOffset: FlushedOffset;
  readonly logStartOffset: Offset;
  /** A hint for the first answers after a restart. */
  readonly highWatermark: Offset;
}

const KIND = 'checkpoint';

export const encodeCheckpoint = (entries: readonly CheckpointEntry[]): Uint8Array =>
  encodeCheckedText(
    KIND,
    entries.map(
      (entry) =>
        `${partitionDirectoryName(entry.topicId, entry.partition)} ${entry.flushedOffset} ${entry.logStartOffset} ${entry.highWatermark}`,
    ),
  );

/** The entries, or `undefined` when the file is damaged. */
export const decodeCheckpoint = (bytes: Uint8Array): CheckpointEntry[] | undefined => {
  const lines = decodeCheckedText(KIND, bytes);
  if (lines === undefined) return undefined;
  const entries = lines.map(parseEntry);
  return entries.every((entry) => entry !== undefined) ? entries : undefined;
};

const parseEntry = (line: string): CheckpointEntry | undefined => {
  const space = line.indexOf(' ');
  const name = parsePartitionName(line.slice(0, space));
  const numbers = parseNumbers(line.slice(space + 1), 3);
  const [flushedOffset, logStartOffset, highWatermark] = numbers ?? [];
  if (name === undefined || flushedOffset === undefined) return undefined;
  if (logStartOffset === undefined || highWatermark === undefined) return undefined;
  return { ...name, flushedOffset: flushedTo(flushedOffset), logStartOffset, highWatermark };
};
