import { describeError } from '../base/errors.ts';
import type { Logger } from '../env/logger.ts';
import type { MetadataEntry, MetadataLoader, SnapshotBytes } from './loader.ts';

export interface SnapshotterOptions {
  /** Entries after which a snapshot is taken. Default 10,000. */
  readonly everyEntries?: number;
  /** Payload bytes after which a snapshot is taken. Default 8 MiB. */
  readonly everyBytes?: number;
}

export interface SnapshotterDeps {
  readonly loader: Pick<MetadataLoader, 'snapshot'>;
  /** Stores a snapshot durably and lets the entries before it go: `RaftNode.snapshotTaken`. */
  readonly keep: (snapshot: SnapshotBytes) => Promise<void>;
  readonly logger: Logger;
  readonly options?: SnapshotterOptions;
}

const DEFAULT_EVERY_ENTRIES = 10_000;
const DEFAULT_EVERY_BYTES = 8 * 1024 * 1024;

/**
 * Takes a snapshot of the committed image whenever enough entries have come since the last one.
 * Every node takes its own: the image is the same on all, so none has to send its to the others.
 */
export class MetadataSnapshotter {
  readonly #deps: SnapshotterDeps;
  #entryCount = 0;
  #byteCount = 0;
  #isKeeping = false;

  constructor(deps: SnapshotterDeps) {
    this.#deps = deps;
  }

  /** To be told of committed entries after the loader has applied them. */
  onCommitted(entries: readonly MetadataEntry[]): void {
    this.#entryCount += entries.length;
    for (const { payload } of entries) this.#byteCount += payload.length;
    const { everyEntries, everyBytes } = this.#deps.options ?? {};
    const isDue =
      this.#entryCount >= (everyEntries ?? DEFAULT_EVERY_ENTRIES) ||
      this.#byteCount >= (everyBytes ?? DEFAULT_EVERY_BYTES);
    if (isDue && !this.#isKeeping) void this.#take();
  }

  /** Never rejects: without a new snapshot the log stays longer, until the next try. */
  async #take(): Promise<void> {
    this.#isKeeping = true;
    this.#entryCount = 0;
    this.#byteCount = 0;
    const { loader, keep, logger } = this.#deps;
    try {
      const snapshot = loader.snapshot();
      await keep(snapshot);
      logger.info('metadata snapshot taken', {
        index: snapshot.index,
        sizeBytes: snapshot.bytes.length,
      });
    } catch (error) {
      logger.error('metadata snapshot failed; the log grows until one succeeds', {
        error: describeError(error),
      });
    } finally {
      this.#isKeeping = false;
    }
  }
}
