/**
 * Files. A write that returns is *accepted*: the page cache holds it, a power cut may lose it or
 * keep it in part, sector by sector. Only a `sync` that resolved makes bytes *durable*, and only
 * `syncDir` makes a creation, a rename or a removal in that directory durable.
 *
 * Appends and hot reads are synchronous: on one core a page-cache write costs 2-3 µs as a call
 * and 80 µs through a callback.
 */
export interface Disk {
  /** Opens a file for reading and writing. */
  open(path: string, options?: OpenOptions): DiskFile;
  exists(path: string): boolean;
  /** Names (not paths) in a directory, sorted by code point; a missing directory has none. */
  list(path: string): DirEntry[];
  /** Creates a directory and its missing parents. */
  mkdir(path: string): void;
  /** Atomically replaces `to`. Durable only after `syncDir` of the parent. */
  rename(from: string, to: string): void;
  /**
   * As `rename`, without holding the event loop: where `to` is on the disk already, the file system
   * may take a millisecond to free what it held.
   */
  renameCold(from: string, to: string): Promise<void>;
  /** Removes a file, or a directory with all in it; nothing there is no error. */
  remove(path: string): void;
  /** Makes creations, renames and removals in this directory durable. */
  syncDir(path: string): Promise<void>;
  /** Bytes an unprivileged writer may still use on the file system that holds `path`. */
  freeBytes(path: string): number;
  /**
   * Claims a directory for this process until `release` or its end.
   * Fails with CONFIG when another live process holds it.
   */
  lock(path: string): DirLock;
}

export interface OpenOptions {
  /** Makes the file when it is missing. */
  readonly create?: boolean;
  /** Asks for no right to write, which then must not be done: a file may be another user's. */
  readonly readOnly?: boolean;
}

export interface DirEntry {
  readonly name: string;
  readonly isDirectory: boolean;
}

export interface DirLock {
  release(): void;
}

/** One open file. All positions and lengths are bytes. */
export interface DiskFile {
  readonly path: string;
  sizeBytes(): number;
  /**
   * Writes all parts one after the other from `position`; accepted, not durable. The parts may be
   * reused at once. Throws DISK_FULL (nothing of the file beyond `position` may be trusted) or
   * STORAGE_ERROR.
   */
  write(parts: readonly Uint8Array[], position: number): void;
  /** Fills `target` from `position`; returns the bytes read, fewer only at the file's end. */
  read(target: Uint8Array, position: number): number;
  /** As `read`, without holding the event loop: for cold data. */
  readCold(target: Uint8Array, position: number): Promise<number>;
  /**
   * Resolves when everything written before this call is durable. A rejection leaves the file's
   * state unknown: never retried; the directory goes offline.
   */
  sync(): Promise<void>;
  /** Cuts the file to `lengthBytes`, or extends it with zeros. Durable after `sync`. */
  truncate(lengthBytes: number): void;
  /** Closes without syncing; a second close does nothing. */
  close(): void;
}

/** Each is open while it is synced: thousands of logs at once would have no descriptor left. */
export const MAX_REPLACED_AT_ONCE = 64;

interface Turns {
  takenCount: number;
  readonly waiting: Array<() => void>;
}

/** By disk, so that no simulated node waits for another one's. */
const turnsByDisk = new WeakMap<Disk, Turns>();

const turnsOf = (disk: Disk): Turns => {
  const turns = turnsByDisk.get(disk) ?? { takenCount: 0, waiting: [] };
  turnsByDisk.set(disk, turns);
  return turns;
};

/**
 * Replaces a small file as a whole, a bounded number at once on one disk, in the order asked for.
 * Crash states: before the rename is durable the old content (or none) stands and a `.tmp` may be
 * left behind; after it, the new one. Never a mixture.
 */
export const replaceFile = async (disk: Disk, path: string, bytes: Uint8Array): Promise<void> => {
  const turns = turnsOf(disk);
  if (turns.takenCount < MAX_REPLACED_AT_ONCE) turns.takenCount += 1;
  else await new Promise<void>((resolve) => turns.waiting.push(resolve));
  try {
    await replaceNow(disk, path, bytes);
  } finally {
    // A turn goes from hand to hand while anyone waits.
    const next = turns.waiting.shift();
    if (next === undefined) turns.takenCount -= 1;
    else next();
  }
};

const replaceNow = async (disk: Disk, path: string, bytes: Uint8Array): Promise<void> => {
  const temporary = `${path}.tmp`;
  if (disk.exists(temporary)) disk.remove(temporary);
  const file = disk.open(temporary, { create: true });
  try {
    file.write([bytes], 0);
    await file.sync();
  } finally {
    file.close();
  }
  await disk.renameCold(temporary, path);
  await disk.syncDir(parentOf(path));
};

/** The whole content of a small file, or undefined when there is none. */
export const readWholeFile = (disk: Disk, path: string): Uint8Array | undefined => {
  if (!disk.exists(path)) return undefined;
  const file = disk.open(path, { readOnly: true });
  try {
    const bytes = new Uint8Array(file.sizeBytes());
    const length = file.read(bytes, 0);
    return bytes.subarray(0, length);
  } finally {
    file.close();
  }
};

/** The directory of a path; paths use `/`. */
export const parentOf = (path: string): string => {
  const slash = path.lastIndexOf('/');
  return slash <= 0 ? (slash === 0 ? '/' : '.') : path.slice(0, slash);
};
