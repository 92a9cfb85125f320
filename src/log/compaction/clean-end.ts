import type { Offset } from '../../base/ids.ts';
import type { Disk } from '../../env/disk.ts';
import { readWholeFile, replaceFile } from '../../env/disk.ts';
import { decodeCheckedText, encodeCheckedText, parseNumbers } from '../checked-text.ts';
import { COMPACTED_FILE } from '../file-names.ts';

const KIND = 'compacted';

export const encodeCleanEnd = (endOffset: Offset): Uint8Array =>
  encodeCheckedText(KIND, [String(endOffset)]);

/** How far a log was compacted (exclusive); 0 where the file is missing or damaged: begin anew. */
export const readCleanEnd = (disk: Disk, directory: string): Offset => {
  const path = `${directory}/${COMPACTED_FILE}`;
  const bytes = readWholeFile(disk, path);
  const [line] = (bytes && decodeCheckedText(KIND, bytes, path)) ?? [];
  const [endOffset] = (line === undefined ? undefined : parseNumbers(line, 1)) ?? [];
  return endOffset ?? 0;
};

/** Durable on return, and with it every change of names in the directory before it. */
export const writeCleanEnd = (disk: Disk, directory: string, endOffset: Offset): Promise<void> =>
  replaceFile(disk, `${directory}/${COMPACTED_FILE}`, encodeCleanEnd(endOffset));

/** Gone once the directory is synced. */
export const removeCleanEnd = (disk: Disk, directory: string): void =>
  disk.remove(`${directory}/${COMPACTED_FILE}`);
