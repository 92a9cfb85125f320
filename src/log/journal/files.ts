import type { DirectoryId } from '../../base/ids.ts';
import type { Disk } from '../../env/disk.ts';
import { readWholeFile } from '../../env/disk.ts';
import type { FileHeader } from './file-header.ts';
import { decodeHeader } from './file-header.ts';
import type { Frame } from './frame.ts';
import { BLOCK_BYTES, decodeFrame } from './frame.ts';
import type { JournalReplay } from './replay.ts';
import { EMPTY_REPLAY, planReplay, UNREADABLE } from './replay.ts';

export const JOURNAL_DIRECTORY = 'journal';
/** While one fills, the logs in the other one are settled. */
export const FILE_COUNT = 2;

export interface JournalDirectory {
  readonly disk: Disk;
  /** The log directory. */
  readonly directory: string;
  readonly directoryId: DirectoryId;
}

export const journalPath = (directory: string): string => `${directory}/${JOURNAL_DIRECTORY}`;
export const journalFilePath = (directory: string, fileNumber: number): string =>
  `${journalPath(directory)}/${fileNumber}`;

/** The files that there are, by number; a journal has all, or some are lost. */
export const numbersIn = (disk: Disk, directory: string): number[] => {
  const entries = disk.list(journalPath(directory)).filter(({ isDirectory }) => !isDirectory);
  const names = new Set(entries.map(({ name }) => name));
  return fileNumbers().filter((number) => names.has(String(number)));
};

export const fileNumbers = (): number[] =>
  Array.from({ length: FILE_COUNT }, (_, number) => number);

/** The header of the life that is on; undefined where no file tells of one of this directory. */
export const readHeader = (place: JournalDirectory): FileHeader | undefined =>
  numbersIn(place.disk, place.directory)
    .map((number) => headerOf(place, number))
    .filter((header) => header?.directoryId === place.directoryId)
    .reduce(
      (newest, header) => ((header?.life ?? -1) > (newest?.life ?? -1) ? header : newest),
      undefined,
    );

/** The header of one file, whatever directory it names; undefined where it is damaged. */
export const headerOf = (
  { disk, directory }: JournalDirectory,
  fileNumber: number,
): FileHeader | undefined => {
  const path = journalFilePath(directory, fileNumber);
  const file = disk.open(path, { readOnly: true });
  try {
    const block = new Uint8Array(BLOCK_BYTES);
    return decodeHeader(block.subarray(0, file.read(block, 0)), path);
  } finally {
    file.close();
  }
};

/** A file stands in the place of one of this directory's, which is gone. */
export const isForeign = (place: JournalDirectory, fileNumber: number): boolean => {
  const header = headerOf(place, fileNumber);
  return header !== undefined && header.directoryId !== place.directoryId;
};

/**
 * What the journal of a log directory says; changes nothing. Without its directory there is none,
 * or where one `isExpected`, it is lost. Reads all of it into memory, and what is returned keeps it
 * there.
 */
export const readJournal = (place: JournalDirectory, isExpected: boolean): JournalReplay => {
  const { disk, directory } = place;
  if (!disk.exists(journalPath(directory))) return isExpected ? UNREADABLE : EMPTY_REPLAY;
  const numbers = numbersIn(disk, directory);
  const header = readHeader(place);
  // Of the newest frames nothing tells: with a file that is gone, or the end of one, they would
  // pass for torn ones.
  const isMissing =
    numbers.length < FILE_COUNT || numbers.some((number) => isForeign(place, number));
  if (header === undefined || isMissing) return UNREADABLE;
  const files = numbers.map((fileNumber) => {
    const bytes = readWholeFile(disk, journalFilePath(directory, fileNumber));
    return { fileNumber, bytes: bytes ?? new Uint8Array(0) };
  });
  // All are made of one size, and never grow.
  if (files.some(({ bytes }) => bytes.length !== files[0]?.bytes.length)) return UNREADABLE;
  const { nonce } = header;
  return planReplay(
    files.flatMap(({ fileNumber, bytes }) => framesIn(bytes, { fileNumber, nonce })),
  );
};

/** Every whole frame of a file, whatever lies between: a damaged one hides none behind it. */
export const framesIn = (
  file: Uint8Array,
  place: { readonly fileNumber: number; readonly nonce: Uint8Array },
): Frame[] => {
  const frames: Frame[] = [];
  let position = BLOCK_BYTES;
  while (position < file.length) {
    const found = decodeFrame(file, { ...place, position });
    if (found !== undefined) frames.push(found.frame);
    position += found?.sizeBytes ?? BLOCK_BYTES;
  }
  return frames;
};
