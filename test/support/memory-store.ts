import { OttlaError } from '../../src/base/errors.ts';
import type { Clock } from '../../src/env/clock.ts';
import type {
  KeyRange,
  KeyValueStore,
  KeyValueStores,
  StoreOperation,
} from '../../src/env/key-value-store.ts';
import type { Random } from '../../src/env/random.ts';

type Entry = readonly [Uint8Array, Uint8Array];

export interface MemoryStoresOptions {
  /** Needed for delays; without it batches resolve in a microtask. */
  readonly clock?: Clock;
  readonly syncDelayMs?: number;
}

/** What one directory holds: the entries in key order, and the batches no sync covered. */
interface StoreFile {
  durable: Entry[];
  current: Entry[];
  pending: Array<readonly StoreOperation[]>;
  isOpen: boolean;
  /** A sync failed: as in LevelDB, no batch is taken until the store is opened again. */
  isBroken: boolean;
}

/**
 * Stores in memory, by path. A crash keeps some first batches of those that no sync covered, in
 * their order, as a write-ahead log does; a batch is kept as a whole or not at all.
 */
export class MemoryStores implements KeyValueStores {
  syncDelayMs: number;
  readonly #clock: Clock | undefined;
  readonly #files = new Map<string, StoreFile>();
  #generation = 0;
  #failingSyncs = 0;
  #heldSyncs: Array<() => void> | undefined;

  constructor(options: MemoryStoresOptions = {}) {
    this.#clock = options.clock;
    this.syncDelayMs = options.syncDelayMs ?? 0;
  }

  async open(path: string): Promise<KeyValueStore> {
    const file = this.#files.get(path) ?? emptyFile();
    if (file.isOpen) {
      throw new OttlaError(
        'CONFIG',
        `open ${path}: the store is open elsewhere; stop that process`,
      );
    }
    file.isOpen = true;
    file.isBroken = false;
    this.#files.set(path, file);
    const generation = this.#generation;
    return new MemoryStore(path, file, {
      isAlive: () => generation === this.#generation,
      durably: () => this.#durably(path),
    });
  }

  /** Power is cut. Without `random`, all that no sync covered is lost. */
  crash(random?: Random): void {
    for (const file of this.#files.values()) {
      const keptCount = random === undefined ? 0 : random.below(file.pending.length + 1);
      for (const batch of file.pending.slice(0, keptCount)) {
        file.durable = withBatch(file.durable, batch);
      }
      file.current = file.durable;
      file.pending = [];
    }
    this.kill();
  }

  /** The process ends: handles are dead, what was visible stays. */
  kill(): void {
    this.#generation += 1;
    for (const file of this.#files.values()) file.isOpen = false;
    const held = this.#heldSyncs ?? [];
    if (this.#heldSyncs !== undefined) this.#heldSyncs = [];
    for (const finish of held) finish();
  }

  /** From now on synced batches stay open until `releaseSyncs`. */
  holdSyncs(): void {
    this.#heldSyncs ??= [];
  }

  releaseSyncs(): void {
    const held = this.#heldSyncs ?? [];
    this.#heldSyncs = undefined;
    for (const finish of held) finish();
  }

  /** Removes a store as an operator with `rm -r` would; it must not be open. */
  wipe(path: string): void {
    this.#files.delete(path);
  }

  /**
   * Rot that is noticed only by whoever checks: of one entry, the one numbered `at`, a byte is
   * changed, or the entry is gone, as where a damaged record of a write-ahead log is skipped.
   */
  corrupt(path: string, at: number, how: 'changed' | 'gone'): void {
    const file = this.#files.get(path);
    const entry = file?.current[at];
    if (file === undefined || entry === undefined) return;
    const [key, value] = entry;
    const damaged = copyOf(value);
    const middle = damaged.length >> 1;
    damaged[middle] = (damaged[middle] ?? 0) ^ 0x10;
    const batch: StoreOperation[] = [
      how === 'gone' ? { type: 'del', key } : { type: 'put', key, value: damaged },
    ];
    file.current = withBatch(file.current, batch);
    file.durable = withBatch(file.durable, batch);
  }

  /** What a power cut would leave, if it kept nothing that was not synced. */
  peekDurable(path: string): ReadonlyArray<readonly [Uint8Array, Uint8Array]> {
    return this.#files.get(path)?.durable ?? [];
  }

  /** What the store in a directory shows now, in key order; for those who only look. */
  peek(path: string): ReadonlyArray<readonly [Uint8Array, Uint8Array]> {
    return this.#files.get(path)?.current ?? [];
  }

  /** The next synced batch fails with STORAGE_ERROR. */
  failNextSync(): void {
    this.#failingSyncs += 1;
  }

  #durably(path: string): Promise<void> {
    if (this.#failingSyncs > 0) {
      this.#failingSyncs -= 1;
      return Promise.reject(new OttlaError('STORAGE_ERROR', `sync ${path}: the device failed`));
    }
    const held = this.#heldSyncs;
    if (held !== undefined) return new Promise((resolve) => held.push(resolve));
    const clock = this.#clock;
    if (clock === undefined || this.syncDelayMs === 0) return Promise.resolve();
    return new Promise((resolve) => clock.setTimer(this.syncDelayMs, resolve));
  }
}

/** What an open store may ask of its surroundings. */
interface StoreAccess {
  isAlive(): boolean;
  durably(): Promise<void>;
}

class MemoryStore implements KeyValueStore {
  readonly #path: string;
  readonly #file: StoreFile;
  readonly #access: StoreAccess;
  #isOpen = true;

  constructor(path: string, file: StoreFile, access: StoreAccess) {
    this.#path = path;
    this.#file = file;
    this.#access = access;
  }

  async get(key: Uint8Array): Promise<Uint8Array | undefined> {
    this.#require();
    const { current } = this.#file;
    const entry = current[indexOf(current, key)];
    return entry !== undefined && compare(entry[0], key) === 0 ? copyOf(entry[1]) : undefined;
  }

  async batch(
    operations: readonly StoreOperation[],
    options: { readonly sync: boolean },
  ): Promise<void> {
    this.#require();
    const owned = operations.map(copied);
    const file = this.#file;
    if (file.isBroken) throw brokenStoreError(this.#path);
    file.current = withBatch(file.current, owned);
    file.pending.push(owned);
    if (!options.sync) return;
    try {
      await this.#access.durably();
    } catch (error) {
      file.isBroken = true;
      throw error;
    }
    if (!this.#access.isAlive()) throw closedStoreError(this.#path);
    const end = file.pending.indexOf(owned) + 1;
    for (const batch of file.pending.splice(0, end)) file.durable = withBatch(file.durable, batch);
  }

  async entries(range: KeyRange): Promise<Array<readonly [Uint8Array, Uint8Array]>> {
    this.#require();
    const { current } = this.#file;
    const start = range.start === undefined ? 0 : indexOf(current, range.start);
    const end = range.end === undefined ? current.length : indexOf(current, range.end);
    const selected = current.slice(start, Math.max(start, end));
    if (range.reverse === true) selected.reverse();
    const limited = range.limit === undefined ? selected : selected.slice(0, range.limit);
    return limited.map(([key, value]) => [copyOf(key), copyOf(value)] as const);
  }

  async close(): Promise<void> {
    if (this.#isOpen && this.#access.isAlive()) this.#file.isOpen = false;
    this.#isOpen = false;
  }

  #require(): void {
    if (!this.#isOpen || !this.#access.isAlive()) throw closedStoreError(this.#path);
  }
}

const emptyFile = (): StoreFile => ({
  durable: [],
  current: [],
  pending: [],
  isOpen: false,
  isBroken: false,
});

const brokenStoreError = (path: string): OttlaError =>
  new OttlaError('STORAGE_ERROR', `write ${path}: an earlier sync failed; open the store again`);

const closedStoreError = (path: string): OttlaError =>
  new OttlaError('CLOSED', `use ${path}: the store is closed; open it again`);

/** `slice` of a Buffer would be a view of the same bytes. */
const copyOf = (bytes: Uint8Array): Uint8Array => new Uint8Array(bytes);

const copied = (operation: StoreOperation): StoreOperation =>
  operation.type === 'put'
    ? { type: 'put', key: copyOf(operation.key), value: copyOf(operation.value) }
    : { type: 'del', key: copyOf(operation.key) };

/** Order of keys: as bytes, a prefix before what it begins. */
const compare = (a: Uint8Array, b: Uint8Array): number => Buffer.compare(a, b);

/** The first entry whose key is not below `key`. */
const indexOf = (entries: readonly Entry[], key: Uint8Array): number => {
  let low = 0;
  let high = entries.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const at = entries[middle];
    if (at !== undefined && compare(at[0], key) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
};

/** New entries with the batch applied; the old list stays as it was. */
const withBatch = (entries: readonly Entry[], batch: readonly StoreOperation[]): Entry[] => {
  const result = entries.slice();
  for (const operation of batch) {
    const index = indexOf(result, operation.key);
    const at = result[index];
    const isThere = at !== undefined && compare(at[0], operation.key) === 0;
    if (operation.type === 'put') {
      result.splice(index, isThere ? 1 : 0, [operation.key, operation.value]);
    } else if (isThere) result.splice(index, 1);
  }
  return result;
};
