import { crc32c } from '../base/bytes/crc32c.ts';
import { NONE } from '../base/ids.ts';
import type { Disk, DiskFile } from '../env/disk.ts';
import { replaceFile } from '../env/disk.ts';
import { refuseLaterMagic } from '../log/later-format.ts';
import type { HardState } from './core/entry.ts';

/** One slot a sector, so that a torn write spoils one slot and never both. */
const SLOT_SPACING_BYTES = 512;
const SLOT_BYTES = 32;
const SUM_AT = 28;
const MAGIC = 0x4f545654;
/** The second format, of a directory that took a lost one's place. Earlier releases refuse it. */
const NEWCOMER_MAGIC = 0x4f545632;

const UNUSED: HardState = { term: 0, votedFor: undefined };

/**
 * Term and vote, a second time: LevelDB skips damaged records of its own log in silence, and a
 * forgotten vote lets a node vote twice. Layout of a slot, big-endian: magic u32, sequence u32,
 * term f64, votedFor i32, zeros, CRC-32C of the 28 bytes before it. The magic says whether the
 * directory votes only where a set of voters names it.
 *
 * Crash states of `write`: the slot that is written may be torn, its CRC then fails, and the other
 * slot holds the state before it. Nothing was told to anyone yet, so either is true.
 */
export class VoteFile {
  readonly #file: DiskFile;
  readonly #found: HardState | undefined;
  readonly #isNewcomer: boolean;
  #sequence: number;

  private constructor(file: DiskFile, newest: Slot | undefined) {
    this.#file = file;
    this.#found = newest?.hardState;
    this.#isNewcomer = newest?.isNewcomer ?? false;
    this.#sequence = newest?.sequence ?? 0;
  }

  /**
   * Creates the file, by default that of a formatted, never used node; one that is there is
   * replaced. Durable when it resolves; a crash before leaves what was there, or the whole new one.
   */
  static async create(
    disk: Disk,
    path: string,
    { hardState = UNUSED, isNewcomer = false }: Partial<Content> = {},
  ): Promise<void> {
    const bytes = Buffer.alloc(2 * SLOT_SPACING_BYTES);
    bytes.set(encodeSlot({ sequence: 1, hardState, isNewcomer }), placeOf(1));
    await replaceFile(disk, path, bytes);
  }

  /**
   * Opens the file; without `hardState` it is missing or damaged, and the node must not vote.
   * Throws UNSUPPORTED_VERSION for the file of a later release, which is left as it is.
   */
  static open(disk: Disk, path: string): OpenedVoteFile {
    if (!disk.exists(path)) return { file: undefined, hardState: undefined, isNewcomer: false };
    const file = disk.open(path);
    const slots = readSlots(file, path);
    const newest = slots.reduce((a, b) => ((a?.sequence ?? -1) >= (b?.sequence ?? -1) ? a : b));
    const isNewcomer = newest?.isNewcomer ?? false;
    return { file: new VoteFile(file, newest), hardState: newest?.hardState, isNewcomer };
  }

  /**
   * Makes what was found durable, before anyone stands on it: a process that ended by a failed sync
   * leaves bytes in the page cache that count as clean and are on no disk, and no later sync brings
   * them there. The same slot is written, so that a crash leaves the other one.
   */
  async renew(): Promise<void> {
    if (this.#found === undefined) return;
    this.#file.write([this.#slotOf(this.#found)], placeOf(this.#sequence));
    await this.#file.sync();
  }

  /** Durable when it resolves. */
  async write(hardState: HardState): Promise<void> {
    this.#sequence += 1;
    this.#file.write([this.#slotOf(hardState)], placeOf(this.#sequence));
    await this.#file.sync();
  }

  close(): void {
    this.#file.close();
  }

  #slotOf(hardState: HardState): Buffer {
    return encodeSlot({ sequence: this.#sequence, hardState, isNewcomer: this.#isNewcomer });
  }
}

interface Content {
  readonly hardState: HardState;
  /** The directory took a lost one's place: it votes only where a set of voters names it. */
  readonly isNewcomer: boolean;
}

interface Slot extends Content {
  readonly sequence: number;
}

interface OpenedVoteFile {
  readonly file: VoteFile | undefined;
  readonly hardState: HardState | undefined;
  readonly isNewcomer: boolean;
}

/** Two writes in a row never share a slot. */
const placeOf = (sequence: number): number => (sequence % 2) * SLOT_SPACING_BYTES;

const encodeSlot = ({ sequence, hardState, isNewcomer }: Slot): Buffer => {
  const slot = Buffer.alloc(SLOT_BYTES);
  slot.writeUInt32BE(isNewcomer ? NEWCOMER_MAGIC : MAGIC, 0);
  slot.writeUInt32BE(sequence, 4);
  slot.writeDoubleBE(hardState.term, 8);
  slot.writeInt32BE(hardState.votedFor ?? NONE, 16);
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
  refuseLaterMagic(path, slot, { magic: NEWCOMER_MAGIC, isSound });
  const magic = slot.readUInt32BE(0);
  if ((magic !== MAGIC && magic !== NEWCOMER_MAGIC) || !isSound(slot)) return undefined;
  const votedFor = slot.readInt32BE(16);
  const hardState: HardState = {
    term: slot.readDoubleBE(8),
    votedFor: votedFor === NONE ? undefined : votedFor,
  };
  return { sequence: slot.readUInt32BE(4), hardState, isNewcomer: magic === NEWCOMER_MAGIC };
};
