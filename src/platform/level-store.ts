import type { Level } from 'level';
import { OttlaError } from '../base/errors.ts';
import type {
  KeyRange,
  KeyValueStore,
  KeyValueStores,
  StoreOperation,
} from '../env/key-value-store.ts';
import { errnoOf } from './disk-error.ts';

type Database = Level<Uint8Array, Uint8Array>;

/**
 * LevelDB in a directory. A process that never opens one does not load it.
 *
 * Beware: LevelDB skips damaged records of its own log in silence when it opens; who stores what
 * must not vanish chains or counts its entries and checks them.
 */
export const levelStores: KeyValueStores = {
  open: async (path) => {
    const { Level } = await import('level');
    const database: Database = new Level(path, { keyEncoding: 'view', valueEncoding: 'view' });
    await attempt('open', path, () => database.open());
    return new LevelStore(path, database);
  },
};

class LevelStore implements KeyValueStore {
  readonly #path: string;
  readonly #database: Database;

  constructor(path: string, database: Database) {
    this.#path = path;
    this.#database = database;
  }

  async get(key: Uint8Array): Promise<Uint8Array | undefined> {
    const value = await attempt('read', this.#path, () => this.#database.get(key));
    return value === undefined ? undefined : plainBytes(value);
  }

  batch(operations: readonly StoreOperation[], options: { readonly sync: boolean }): Promise<void> {
    const { sync } = options;
    return attempt('write', this.#path, () => this.#database.batch([...operations], { sync }));
  }

  async entries(range: KeyRange): Promise<Array<readonly [Uint8Array, Uint8Array]>> {
    const { start, end, limit, reverse } = range;
    const options = {
      ...(start === undefined ? {} : { gte: start }),
      ...(end === undefined ? {} : { lt: end }),
      ...(limit === undefined ? {} : { limit }),
      ...(reverse === undefined ? {} : { reverse }),
    };
    const found = await attempt('read', this.#path, () => this.#database.iterator(options).all());
    return found.map(([key, value]) => [plainBytes(key), plainBytes(value)] as const);
  }

  close(): Promise<void> {
    return attempt('close', this.#path, () => this.#database.close());
  }
}

/** LevelDB hands out Buffers, whose `slice` shares memory where that of a Uint8Array copies. */
const plainBytes = (bytes: Uint8Array): Uint8Array =>
  new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);

const attempt = async <T>(operation: string, path: string, call: () => Promise<T>): Promise<T> => {
  try {
    return await call();
  } catch (error) {
    throw storeError(error, operation, path);
  }
};

/** The code LevelDB gave: of the error itself, or of its cause where opening failed. */
const levelCodeOf = (error: unknown): string | undefined =>
  error instanceof Error && error.cause !== undefined
    ? (errnoOf(error.cause) ?? errnoOf(error))
    : errnoOf(error);

const storeError = (error: unknown, operation: string, path: string): OttlaError => {
  const code = levelCodeOf(error);
  const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
  const detail = cause instanceof Error ? cause.message : String(cause);
  const what = `${operation} ${path}`;
  if (code === 'LEVEL_LOCKED') {
    return new OttlaError('CONFIG', `${what}: the store is open in another process; stop it`);
  }
  // A store that names a file which is not there is damaged, though LevelDB calls it an I/O error.
  const isFileMissing = operation === 'open' && /no such file/i.test(detail);
  if (code === 'LEVEL_CORRUPTION' || isFileMissing) {
    const remedy = 'move the directory away and let this node fetch its state again';
    return new OttlaError('CORRUPT_STORE', `${what}: the store is damaged; ${remedy} (${detail})`);
  }
  if (code === 'LEVEL_DATABASE_NOT_OPEN' || code === 'LEVEL_ITERATOR_NOT_OPEN') {
    return new OttlaError('CLOSED', `${what}: the store is closed; open it again`);
  }
  if (/no space left|quota exceeded/i.test(detail)) {
    return new OttlaError('DISK_FULL', `${what}: the disk is full; free space on it`);
  }
  if (/permission denied|read-only file system/i.test(detail)) {
    const remedy = 'give the user of this process read and write access';
    return new OttlaError('CONFIG', `${what}: permission denied; ${remedy}`);
  }
  return new OttlaError('STORAGE_ERROR', `${what}: ${detail}`, { cause: error });
};
