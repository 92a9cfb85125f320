import type { Random } from '../../../src/env/random.ts';

/** What a device writes as a whole or not at all. */
export const SECTOR_BYTES = 512;

/** Bytes that grow; all beyond `size` are zero. */
class GrowingBytes {
  bytes = new Uint8Array(0);
  size = 0;

  reserve(length: number): void {
    if (length <= this.bytes.length) return;
    const grown = new Uint8Array(Math.max(length, this.bytes.length * 2, 1024));
    grown.set(this.bytes);
    this.bytes = grown;
  }

  resize(size: number): void {
    this.reserve(size);
    this.bytes.fill(0, size);
    this.size = size;
  }
}

/** A write (`bytes`) or a cut (zeros) that the page cache holds and the device may not. */
interface PendingChange {
  readonly sequence: number;
  readonly start: number;
  readonly end: number;
  readonly bytes: Uint8Array | undefined;
  readonly sizeAfter: number;
}

const sectorOf = (position: number): number => Math.floor(position / SECTOR_BYTES);

/**
 * One file's content as the page cache shows it and as the device holds it.
 *
 * At a crash every sector independently shows one of its states since the last sync: a later
 * write to a sector never survives without an earlier one to the same sector, while any two
 * sectors may be of different times. The size is one of the sizes since the last sync, chosen
 * apart from the bytes, so that holes and tails of zeros appear as they do on real file systems.
 */
export class MemoryFile {
  readonly kind = 'file';
  /** True while a directory names it: only then its bytes count as used. */
  linked = true;
  readonly #current = new GrowingBytes();
  readonly #durable = new GrowingBytes();
  #pending: PendingChange[] = [];
  #sequence = 0;
  /** Sectors whose failed sync dropped them: clean for the page cache, absent on the device. */
  readonly #lostSectors = new Set<number>();

  get size(): number {
    return this.#current.size;
  }

  /** The number of the last change: what a sync started now will cover. */
  get sequence(): number {
    return this.#sequence;
  }

  get hasPending(): boolean {
    return this.#pending.length > 0;
  }

  read(target: Uint8Array, position: number): number {
    const end = Math.min(position + target.length, this.#current.size);
    if (end <= position) return 0;
    target.set(this.#current.bytes.subarray(position, end));
    return end - position;
  }

  write(source: Uint8Array, position: number): void {
    if (source.length === 0) return;
    const end = position + source.length;
    const size = Math.max(this.#current.size, end);
    this.#current.reserve(end);
    this.#current.bytes.set(source, position);
    this.#current.size = size;
    this.#push({ start: position, end, bytes: source.slice(), sizeAfter: size });
  }

  truncate(length: number): void {
    const end = Math.max(length, this.#current.size);
    this.#current.resize(length);
    this.#push({ start: length, end, bytes: undefined, sizeAfter: length });
  }

  /** The changes up to `sequence` are on the device. */
  commit(sequence: number): void {
    const after = this.#pending.findIndex((change) => change.sequence > sequence);
    const done = this.#pending.splice(0, after === -1 ? this.#pending.length : after);
    for (const change of done) this.#commitOne(change);
  }

  /** A sync failed: what it covered is dropped, and no later sync will bring it. */
  lose(sequence: number): void {
    for (const change of this.#pending) {
      if (change.sequence > sequence) break;
      for (let at = sectorOf(change.start); at * SECTOR_BYTES < change.end; at += 1) {
        this.#lostSectors.add(at);
      }
    }
    this.#pending = this.#pending.filter((change) => change.sequence > sequence);
  }

  /** Power is cut. Without `random` all that no sync covered is lost. */
  crash(random?: Random): void {
    if (random !== undefined) this.#keepSome(random);
    this.#pending = [];
    this.#lostSectors.clear();
    this.#current.resize(0);
    this.#current.resize(this.#durable.size);
    this.#current.bytes.set(this.#durable.bytes.subarray(0, this.#durable.size));
  }

  /**
   * Rot: changes one byte in the cache and on the device alike. The function returned lifts it
   * again, unless the byte was written since.
   */
  corrupt(position: number, xor: number): () => void {
    const damaged = (this.#current.bytes[position] ?? 0) ^ xor;
    this.#flip(position, xor);
    return () => {
      if (this.#current.bytes[position] === damaged) this.#flip(position, xor);
    };
  }

  #flip(position: number, xor: number): void {
    const flip = (bytes: Uint8Array, at: number): void => {
      const old = bytes[at];
      if (old !== undefined) bytes[at] = old ^ xor;
    };
    flip(this.#current.bytes, position);
    if (position < this.#durable.size) flip(this.#durable.bytes, position);
    for (const change of this.#pending) {
      if (change.bytes !== undefined && position >= change.start) {
        flip(change.bytes, position - change.start);
      }
    }
  }

  #push(change: Omit<PendingChange, 'sequence'>): void {
    this.#sequence += 1;
    this.#pending.push({ ...change, sequence: this.#sequence });
  }

  #commitOne(change: PendingChange): void {
    this.#applyPiece(change, change.start, change.end);
    this.#durable.resize(change.sizeAfter);
    if (this.#lostSectors.size === 0) return;
    for (let at = sectorOf(change.start); at * SECTOR_BYTES < change.end; at += 1) {
      if (this.#lostSectors.delete(at)) this.#copySector(at);
    }
  }

  /** A new write made the sector dirty again: the device gets all of it. */
  #copySector(sector: number): void {
    const start = sector * SECTOR_BYTES;
    const end = Math.min(start + SECTOR_BYTES, this.#durable.size);
    this.#durable.bytes.set(this.#current.bytes.subarray(start, end), start);
  }

  #applyPiece(change: PendingChange, start: number, end: number): void {
    this.#durable.reserve(end);
    if (change.bytes === undefined) this.#durable.bytes.fill(0, start, end);
    else {
      const piece = change.bytes.subarray(start - change.start, end - change.start);
      this.#durable.bytes.set(piece, start);
    }
  }

  #keepSome(random: Random): void {
    const changesBySector = new Map<number, PendingChange[]>();
    for (const change of this.#pending) {
      for (let at = sectorOf(change.start); at * SECTOR_BYTES < change.end; at += 1) {
        const changes = changesBySector.get(at);
        if (changes === undefined) changesBySector.set(at, [change]);
        else changes.push(change);
      }
    }
    for (const [sector, changes] of changesBySector) {
      const keptCount = random.below(changes.length + 1);
      for (const change of changes.slice(0, keptCount)) {
        const start = Math.max(change.start, sector * SECTOR_BYTES);
        const end = Math.min(change.end, (sector + 1) * SECTOR_BYTES);
        this.#applyPiece(change, start, end);
      }
    }
    const sizes = [this.#durable.size, ...this.#pending.map((change) => change.sizeAfter)];
    this.#durable.resize(sizes[random.below(sizes.length)] ?? 0);
  }
}
