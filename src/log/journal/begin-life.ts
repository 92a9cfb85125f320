import { OttlaError } from '../../base/errors.ts';
import type { Clock } from '../../env/clock.ts';
import type { Random } from '../../env/random.ts';
import { asideName, TEMPORARY_SUFFIX } from '../file-names.ts';
import type { FileHeader } from './file-header.ts';
import { encodeHeader } from './file-header.ts';
import type { JournalDirectory } from './files.ts';
import {
  FILE_COUNT,
  fileNumbers,
  headerOf,
  isForeign,
  journalFilePath,
  journalPath,
  numbersIn,
  readHeader,
} from './files.ts';
import { NONCE_BYTES } from './frame.ts';

/** Written in one event: others wait for their turn as long as this takes. */
const ZEROS_BYTES = 256 * 1024;
/** Written between two syncs: a sync of a segment meanwhile may have to wait for all that is. */
const STEP_BYTES = 4 * 1024 * 1024;

export interface JournalPlace extends JournalDirectory {
  readonly clock: Clock;
  readonly random: Random;
  readonly fileBytes: number;
}

/**
 * Empties the journal: all it held must be durable in its segments. Durable on return, with files
 * of the size asked for, whose space is taken. Errors: DISK_FULL: what is there then is an
 * old one, or none.
 *
 * Crash states: a header is written when the other one is sound, and the highest life counts: so
 * one of both lives is on, and the old one says nothing but what the segments hold. A new journal
 * comes under its name when it is whole.
 */
export const beginLife = async (place: JournalPlace): Promise<FileHeader> => {
  const old = readHeader(place);
  const header = nextHeader(place, old);
  if (old !== undefined && hasSize(place)) {
    await writeHeaders(place, header);
    return header;
  }
  await removeJournal(place);
  await makeFiles(place, header);
  return header;
};

/** As `beginLife`, of a sound journal as it is, whatever size is asked for. */
export const emptyJournal = (place: Omit<JournalPlace, 'clock' | 'fileBytes'>): Promise<void> =>
  writeHeaders(place, nextHeader(place, readHeader(place)));

const nextHeader = (
  { random, directoryId }: Pick<JournalPlace, 'random' | 'directoryId'>,
  old: FileHeader | undefined,
): FileHeader => ({ life: (old?.life ?? 0) + 1, nonce: random.bytes(NONCE_BYTES), directoryId });

/**
 * Takes the journal away; all it held must be durable in its segments. Asks for no space. Durable
 * on return. Crash states: the journal as it was, then none; never a part of it, which would pass
 * for damage.
 */
export const removeJournal = async ({
  disk,
  directory,
}: Pick<JournalDirectory, 'disk' | 'directory'>): Promise<void> => {
  const path = journalPath(directory);
  const temporary = `${path}${TEMPORARY_SUFFIX}`;
  disk.remove(temporary);
  if (!disk.exists(path)) return;
  disk.rename(path, temporary);
  await disk.syncDir(directory);
  disk.remove(temporary);
};

/**
 * Keeps a damaged journal for a person: it may have records that no log could be given. Returns its
 * new path. Durable on return. Crash states: it stands where it was, and is found damaged again; or
 * there is none.
 */
export const setJournalAside = async ({
  disk,
  directory,
}: Pick<JournalDirectory, 'disk' | 'directory'>): Promise<string> => {
  const path = journalPath(directory);
  let number = 0;
  while (disk.exists(asideName(path, 'quarantined', number))) number += 1;
  const keptAs = asideName(path, 'quarantined', number);
  disk.rename(path, keptAs);
  await disk.syncDir(directory);
  return keptAs;
};

const hasSize = ({ disk, directory, fileBytes }: JournalPlace): boolean => {
  const numbers = numbersIn(disk, directory);
  const sizeOf = (number: number): number => {
    const file = disk.open(journalFilePath(directory, number), { readOnly: true });
    try {
      return file.sizeBytes();
    } finally {
      file.close();
    }
  };
  return numbers.length === FILE_COUNT && numbers.every((number) => sizeOf(number) === fileBytes);
};

/** The damaged and foreign ones first: one sound header stands at any time. */
const writeHeaders = async (place: JournalDirectory, header: FileHeader): Promise<void> => {
  const { disk, directory } = place;
  const isSound = (number: number): boolean =>
    headerOf(place, number) !== undefined && !isForeign(place, number);
  const damagedFirst = fileNumbers().sort((a, b) => Number(isSound(a)) - Number(isSound(b)));
  for (const number of damagedFirst) {
    const file = disk.open(journalFilePath(directory, number));
    try {
      file.write([encodeHeader(header)], 0);
      await file.sync();
    } finally {
      file.close();
    }
  }
};

/** Under another name until it is whole: a journal whose headers cannot be read is damaged. */
const makeFiles = async (place: JournalPlace, header: FileHeader): Promise<void> => {
  const { disk, directory } = place;
  const path = journalPath(directory);
  const temporary = `${path}${TEMPORARY_SUFFIX}`;
  disk.remove(temporary);
  requireRoom(place);
  disk.mkdir(temporary);
  try {
    for (const number of fileNumbers()) await makeFile(place, `${temporary}/${number}`, header);
    await disk.syncDir(temporary);
  } catch (error) {
    disk.remove(temporary);
    throw error;
  }
  disk.rename(temporary, path);
  await disk.syncDir(directory);
};

/**
 * Not found out by filling the disk: what is appended meanwhile would be refused. As much again has
 * to be left, for the segments that everything goes to in the end.
 */
const requireRoom = ({ disk, directory, fileBytes }: JournalPlace): void => {
  const neededBytes = 2 * FILE_COUNT * fileBytes;
  if (disk.freeBytes(directory) >= neededBytes) return;
  throw new OttlaError(
    'DISK_FULL',
    `${directory} has no ${neededBytes} bytes for a journal: free space`,
  );
};

const makeFile = async (
  { disk, clock, fileBytes }: JournalPlace,
  path: string,
  header: FileHeader,
): Promise<void> => {
  const file = disk.open(path, { create: true });
  try {
    const zeros = new Uint8Array(Math.min(ZEROS_BYTES, fileBytes));
    for (let at = 0; at < fileBytes; at += zeros.length) {
      if (at > 0 && at % STEP_BYTES === 0) await file.sync();
      file.write([zeros.subarray(0, Math.min(zeros.length, fileBytes - at))], at);
      await new Promise<void>((resolve) => clock.defer(resolve));
    }
    file.write([encodeHeader(header)], 0);
    await file.sync();
  } finally {
    file.close();
  }
};
