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

const UNUSED: HardState = { term: 0, votedFor: undefined };

/**
 * Term and vote, a second time: LevelDB skips damaged records of its own log in silence, and a
 * forgotten vote lets a node vote twice. Layout of a slot, big-endian: magic u32, sequence u32,
 * term f64, votedFor i32, zeros, CRC-32C of the 28 bytes before it.
 *
 * Crash states of `write`: the slot that is written may be torn, its CRC then fails, and the other
 * slot holds the state before it. Nothing was told to anyone yet, so either is true.
 */
export class VoteFile {
  readonly #file: DiskFile;
  readonly #found: HardState | undefined;
  #sequence: number;

  private constructor(file: DiskFile, newest: Slot | undefined) {
    this.#file = file;
    this.#found = newest?.hardState;
    this.#sequence = newest?.sequence ?? 0;
  }

  /**
   * Creates the file, by default that of a formatted, never used node; one that is there is
   * replaced. Durable when it resolves; a crash before leaves what was there, or the whole new one.
   */
  static async create(disk: Disk, path: string, hardState: HardState = UNUSED): Promise<void> {
    const bytes = Buffer.alloc(2 * SLOT_SPACING_BYTES);
    bytes.set(encodeSlot(1, hardState), placeOf(1));
    await replaceFile(disk, path, bytes);
  }

  /**
   * Opens the file; without `hardState` it is missing or damaged, and the node must not vote.
   * Throws UNSUPPORTED_VERSION for the file of a later release, which is left as it is.
   */
  static open(
    disk: Disk,
    path: string,
  ): { file: VoteFile | undefined; hardState: HardState | undefined } {
    if (!disk.exists(path)) return { file: undefined, hardState: undefined };
    const file = disk.open(path);
    const slots = readSlots(file, path);
    const newest = slots.reduce((a, b) => ((a?.sequence ?? -1) >= (b?.sequence ?? -1) ? a : b));
    return { file: new VoteFile(file, newest), hardState: newest?.hardState };
  }

  /**
   * Makes what was found durable, before anyone stands on it: a process that ended by a failed sync
   * leaves bytes in the page cache that count as clean and are on no disk, and no later sync brings
   * them there. The same slot is written, so that a crash leaves the other one.
   */
  async renew(): Promise<void> {
    if (this.#found === undefined) return;
    this.#file.write([encodeSlot(this.#sequence, this.#found)], placeOf(this.#sequence));
    await this.#file.sync();
  }

  /** Durable when it resolves. */
  async write(hardState: HardState): Promise<void> {
    this.#sequence += 1;
    this.#file.write([encodeSlot(this.#sequence, hardState)], placeOf(this.#sequence));
    await this.#file.sync();
  }

  close(): void {
    this.#file.close();
  }
}

interface Slot {
  readonly sequence: number;
  readonly hardState: HardState;
}

/** Two writes in a row never share a slot. */
const placeOf = (sequence: number): number => (sequence % 2) * SLOT_SPACING_BYTES;

const encodeSlot = (sequence: number, hardState: HardState): Buffer => {
  const slot = Buffer.alloc(SLOT_BYTES);
  slot.writeUInt32BE(MAGIC, 0);
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
  refuseLaterMagic(path, slot, { magic: MAGIC, isSound });
  if (slot.readUInt32BE(0) !== MAGIC || !isSound(slot)) return undefined;
  const votedFor = slot.readInt32BE(16);
  const hardState: HardState = {
    term: slot.readDoubleBE(8),
    votedFor: votedFor === NONE ? undefined : votedFor,
  };
  return { sequence: slot.readUInt32BE(4), hardState };
};
