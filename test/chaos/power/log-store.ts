import { OttlaError } from '../../../src/base/errors.ts';
import type { Disk, DiskFile } from '../../../src/env/disk.ts';
import { readWholeFile } from '../../../src/env/disk.ts';
import type {
  KeyRange,
  KeyValueStore,
  KeyValueStores,
  StoreOperation,
} from '../../../src/env/key-value-store.ts';
import { decodeBatches, encodeBatch } from './batch-frame.ts';

type Entry = readonly [Uint8Array, Uint8Array];

/**
 * Key-value stores on a `Disk`, for power cuts: LevelDB writes past the disk that loses things. A
 * store is one file of batches; opening replays it and writes it anew without what is gone.
 */
export const logStores = (disk: Disk): KeyValueStores => {
  const openPaths = new Set<string>();
  return {
    open: (path) => {
      if (openPaths.has(path)) {
        const text = `open ${path}: the store is open already; close it first`;
        return Promise.reject(new OttlaError('CONFIG', text));
      }
      openPaths.add(path);
      return LogStore.open(disk, { path, onClosed: () => openPaths.delete(path) });
    },
  };
};

interface Place {
  readonly path: string;
  readonly onClosed: () => void;
}

class LogStore implements KeyValueStore {
  readonly #place: Place;
  readonly #file: DiskFile;
  readonly #entries: Entry[];
  #sizeBytes: number;
  #isOpen = true;

  private constructor(place: Place, file: DiskFile, entries: Entry[]) {
    this.#place = place;
    this.#file = file;
    this.#entries = entries;
    this.#sizeBytes = file.sizeBytes();
  }

  /**
   * Crash states: until the rename is durable the old file stands, whole; a `.new` file that is
   * left over is written over. Batches after a torn one were never synced, so no one relied on
   * them.
   */
  static async open(disk: Disk, place: Place): Promise<KeyValueStore> {
    const { path } = place;
    const logPath = `${path}/batches`;
    disk.mkdir(path);
    const entries: Entry[] = [];
    for (const batch of decodeBatches(readWholeFile(disk, logPath) ?? new Uint8Array(0))) {
      for (const operation of batch) applyOne(entries, operation);
    }
    disk.remove(`${logPath}.new`);
    const file = disk.open(`${logPath}.new`, { create: true });
    if (entries.length > 0) {
      file.write(
        [encodeBatch(entries.map(([key, value]) => ({ type: 'put', key, value }) as const))],
        0,
      );
    }
    await file.sync();
    disk.rename(`${logPath}.new`, logPath);
    await disk.syncDir(path);
    return new LogStore(place, file, entries);
  }

  async get(key: Uint8Array): Promise<Uint8Array | undefined> {
    this.#throwIfClosed();
    const entry = this.#entries[indexOf(this.#entries, key)];
    return entry !== undefined && Buffer.compare(entry[0], key) === 0
      ? entry[1].slice()
      : undefined;
  }

  async batch(
    operations: readonly StoreOperation[],
    options: { readonly sync: boolean },
  ): Promise<void> {
    this.#throwIfClosed();
    const frame = encodeBatch(operations);
    this.#file.write([frame], this.#sizeBytes);
    this.#sizeBytes += frame.length;
    for (const operation of operations) applyOne(this.#entries, operation);
    if (options.sync) await this.#file.sync();
  }

  async entries({ start, end, limit, reverse }: KeyRange): Promise<Entry[]> {
    this.#throwIfClosed();
    const first = start === undefined ? 0 : indexOf(this.#entries, start);
    const last = end === undefined ? this.#entries.length : indexOf(this.#entries, end);
    const selected = this.#entries.slice(first, Math.max(first, last));
    if (reverse === true) selected.reverse();
    return selected.slice(0, limit).map(([key, value]) => [key.slice(), value.slice()] as const);
  }

  async close(): Promise<void> {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#file.close();
    this.#place.onClosed();
  }

  #throwIfClosed(): void {
    if (this.#isOpen) return;
    throw new OttlaError('CLOSED', `use ${this.#place.path}: the store is closed; open it again`);
  }
}

/** The first entry whose key is not below `key`. */
const indexOf = (entries: readonly Entry[], key: Uint8Array): number => {
  let low = 0;
  let high = entries.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const at = entries[middle];
    if (at !== undefined && Buffer.compare(at[0], key) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
};

const applyOne = (entries: Entry[], operation: StoreOperation): void => {
  const index = indexOf(entries, operation.key);
  const at = entries[index];
  const isThere = at !== undefined && Buffer.compare(at[0], operation.key) === 0;
  if (operation.type === 'put') {
    const entry = [operation.key.slice(), operation.value.slice()] as const;
    entries.splice(index, isThere ? 1 : 0, entry);
  } else if (isThere) entries.splice(index, 1);
};
