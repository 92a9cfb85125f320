import { crc32c } from '../base/bytes/crc32c.ts';
import type { DirectoryId } from '../base/ids.ts';
import { NONE } from '../base/ids.ts';
import type { Disk, DiskFile } from '../env/disk.ts';
import { replaceFile } from '../env/disk.ts';
import { refuseLaterMagic } from '../log/later-format.ts';
import type { HardState } from './core/entry.ts';

/** One slot a sector, so that a torn write spoils one slot and never both. */
const SLOT_SPACING_BYTES = 512;
const SLOT_BYTES = 32;
const SUM_AT = 28;
const DIRECTORY_AT = 20;
const FLAGS_AT = 24;
const MAGIC = 0x4f545654;
/** The second format, with flags. Earlier releases refuse it, or call it damaged: none votes. */
const FLAGGED_MAGIC = 0x4f545632;
const NEWCOMER = 1;
const HAD_VOTERS = 2;

/**
 * Term and vote, a second time: LevelDB skips damaged records of its own log in silence, and a
 * forgotten vote lets a node vote twice. Layout of a slot, big-endian: magic u32, sequence u32,
 * term f64, votedFor i32, CRC-32C of the directory's id (0: not known), flags u32, CRC-32C of the
 * 28 bytes before it. Flags: 1, the directory votes only where a set of voters names it; 2, a set
 * of voters was written to the store beside it.
 *
 * Crash states of `write`: the slot that is written may be torn, its CRC then fails, and the other
 * slot holds the state before it. Nothing was told to anyone yet, so either is true.
 */
export class VoteFile {
  readonly #file: DiskFile;
  /** What was written or found last; undefined where all was damaged. */
  #slot: Slot | undefined;

  private constructor(file: DiskFile, newest: Slot | undefined) {
    this.#file = file;
    this.#slot = newest;
  }

  /**
   * Creates the file, by default that of a formatted, never used node; one that is there is
   * replaced. Durable when it resolves; a crash before leaves what was there, or the whole new one.
   */
  static async create(disk: Disk, path: string, content: Partial<Content> = {}): Promise<void> {
    const bytes = Buffer.alloc(2 * SLOT_SPACING_BYTES);
    bytes.set(encodeSlot({ ...UNUSED, ...content }), placeOf(UNUSED.sequence));
    await replaceFile(disk, path, bytes);
  }

  /**
   * Opens the file; without `hardState` it is missing or damaged, and the node must not vote.
   * Throws UNSUPPORTED_VERSION for the file of a later release, which is left as it is.
   */
  static open(disk: Disk, path: string): OpenedVoteFile {
    const unread = { hardState: undefined, isNewcomer: false, hadVoters: false, directorySum: 0 };
    if (!disk.exists(path)) return { ...unread, file: undefined };
    const file = disk.open(path);
    const slots = readSlots(file, path);
    const newest = slots.reduce((a, b) => ((a?.sequence ?? -1) >= (b?.sequence ?? -1) ? a : b));
    const { hardState, isNewcomer, hadVoters, directorySum } = newest ?? unread;
    return { hardState, isNewcomer, hadVoters, directorySum, file: new VoteFile(file, newest) };
  }

  /**
   * Makes what was found durable, before anyone stands on it: a process that ended by a failed sync
   * leaves bytes in the page cache that count as clean and are on no disk, and no later sync brings
   * them there. The same slot is written, so that a crash leaves the other one.
   */
  async renew(): Promise<void> {
    if (this.#slot !== undefined) await this.#put(this.#slot);
  }

  /** Says whose the file is, where the version that made it did not. Durable when it resolves. */
  async bind(directorySum: number): Promise<void> {
    if (directorySum === 0 || this.#slot?.directorySum !== 0) return;
    await this.#put({ ...this.#next, directorySum });
  }

  /** Durable when it resolves. */
  async write(hardState: HardState): Promise<void> {
    await this.#put({ ...this.#next, hardState });
  }

  /**
   * A set of voters is about to be written to the store: versions that go by their configuration
   * must not vote here any more. Both slots say so, for such a version would read the other one.
   * Durable when it resolves; a crash before leaves one slot that says so, and no set.
   */
  async noteVoters(): Promise<void> {
    if (this.#slot?.hadVoters === true) return;
    for (let slot = 0; slot < 2; slot += 1) await this.#put({ ...this.#next, hadVoters: true });
  }

  close(): void {
    this.#file.close();
  }

  get #next(): Slot {
    const { sequence, ...content } = this.#slot ?? { ...UNUSED, sequence: 0 };
    return { ...content, sequence: sequence + 1 };
  }

  async #put(slot: Slot): Promise<void> {
    this.#slot = slot;
    this.#file.write([encodeSlot(slot)], placeOf(slot.sequence));
    await this.#file.sync();
  }
}

/** Tells directories apart where one got the name of another; never 0, which is nobody's. */
export const directorySumOf = (directoryId: DirectoryId): number =>
  crc32c(Buffer.from(directoryId)) || 1;

interface Content {
  readonly hardState: HardState;
  /** The directory took a lost one's place: it votes only where a set of voters names it. */
  readonly isNewcomer: boolean;
  /** A set of voters was, or was about to be, written beside it. */
  readonly hadVoters: boolean;
  /** Of the directory that it was made in; 0: not known. */
  readonly directorySum: number;
}

interface Slot extends Content {
  readonly sequence: number;
}

interface OpenedVoteFile extends Omit<Content, 'hardState'> {
  readonly file: VoteFile | undefined;
  readonly hardState: HardState | undefined;
}

const UNUSED: Slot = {
  sequence: 1,
  hardState: { term: 0, votedFor: undefined },
  isNewcomer: false,
  hadVoters: false,
  directorySum: 0,
};

/** Two writes in a row never share a slot. */
const placeOf = (sequence: number): number => (sequence % 2) * SLOT_SPACING_BYTES;

const encodeSlot = (content: Slot): Buffer => {
  const { sequence, hardState, isNewcomer, hadVoters, directorySum } = content;
  const flags = (isNewcomer ? NEWCOMER : 0) + (hadVoters ? HAD_VOTERS : 0);
  const slot = Buffer.alloc(SLOT_BYTES);
  slot.writeUInt32BE(flags === 0 ? MAGIC : FLAGGED_MAGIC, 0);
  slot.writeUInt32BE(sequence, 4);
  slot.writeDoubleBE(hardState.term, 8);
  slot.writeInt32BE(hardState.votedFor ?? NONE, 16);
  slot.writeUInt32BE(directorySum, DIRECTORY_AT);
  slot.writeUInt32BE(flags, FLAGS_AT);
  slot.writeUInt32BE(crc32c(slot.subarray(0, SUM_AT)), SUM_AT);
  return slot;
};

const readSlots = (file: DiskFile, path: string): (Slot | undefined)[] => {
  try {
    return [0, 1].map((slot) => readSlot(file, slot, path));
  } catch (error) {
    file.close();
    throw error;
  }
};

const isSound = (slot: Uint8Array): boolean => {
  const { buffer, byteOffset, byteLength } = slot;
  const sum = new DataView(buffer, byteOffset, byteLength).getUint32(SUM_AT);
  return sum === crc32c(slot.subarray(0, SUM_AT));
};

const readSlot = (file: DiskFile, index: number, path: string): Slot | undefined => {
  const slot = Buffer.alloc(SLOT_BYTES);
  if (file.read(slot, index * SLOT_SPACING_BYTES) < SLOT_BYTES) return undefined;
  refuseLaterMagic(path, slot, { magic: FLAGGED_MAGIC, isSound });
  const magic = slot.readUInt32BE(0);
  if ((magic !== MAGIC && magic !== FLAGGED_MAGIC) || !isSound(slot)) return undefined;
  const votedFor = slot.readInt32BE(16);
  const hardState: HardState = {
    term: slot.readDoubleBE(8),
    votedFor: votedFor === NONE ? undefined : votedFor,
  };
  const flags = slot.readUInt32BE(FLAGS_AT);
  return {
    sequence: slot.readUInt32BE(4),
    hardState,
    isNewcomer: (flags & NEWCOMER) !== 0,
    hadVoters: (flags & HAD_VOTERS) !== 0,
    directorySum: slot.readUInt32BE(DIRECTORY_AT),
  };
};
