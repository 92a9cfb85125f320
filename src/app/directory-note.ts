import type { DirectoryId } from '../base/ids.ts';
import type { Disk } from '../env/disk.ts';
import type { KnownDirectory, Noted } from './known-directories.ts';
import { writeNote } from './known-directories.ts';

/** Where a replica is about to be made, and which directories work: only these are known. */
export interface NewPlace {
  readonly directoryId: DirectoryId;
  /** Their logs were read at this start: none of them has a copy. */
  readonly inUse: readonly DirectoryId[];
}

/** The note of the log directories, as the process that has opened them keeps it. */
export class DirectoryNote {
  readonly #disk: Disk;
  readonly #metadataDir: string;
  #known: readonly KnownDirectory[];
  /** Names of replicas, by directory. */
  readonly #outdated = new Map<DirectoryId, Set<string>>();
  #changeCount = 0;
  #savedCount = 0;
  #last: Promise<void> = Promise.resolve();
  #next: Promise<void> | undefined;

  /** `noted` is what is durable. */
  constructor(disk: Disk, metadataDir: string, { known, outdated }: Noted) {
    this.#disk = disk;
    this.#metadataDir = metadataDir;
    this.#known = known;
    for (const { directoryId, replica } of outdated) this.#copiesIn(directoryId).add(replica);
  }

  /** Replicas whose copy there, if there is one, is older than another. */
  outdatedIn(directoryId: DirectoryId): string[] {
    return [...(this.#outdated.get(directoryId) ?? [])];
  }

  /**
   * Before a replica is made: in every directory that is not in use there may be a copy from an
   * earlier assignment, which must not pass for this one when it is back. Durable on return;
   * nothing is written while all are in use. Errors: DISK_FULL (retriable), STORAGE_ERROR.
   *
   * Crash states: the note without the replica, which is not there either; with it, and the replica
   * not made: the copies are older all the same, since the assignment that they were of has ended.
   */
  async onMaking(replica: string, { directoryId, inUse }: NewPlace): Promise<void> {
    if (this.#copiesIn(directoryId).delete(replica)) this.#changeCount += 1;
    for (const one of this.#known) {
      const copies = this.#copiesIn(one.directoryId);
      if (inUse.includes(one.directoryId) || copies.has(replica)) continue;
      copies.add(replica);
      this.#changeCount += 1;
    }
    if (this.#savedCount < this.#changeCount) await this.#save();
  }

  /**
   * What is outdated in a directory was set aside, durably. Not durable itself: what is said of a
   * copy that is gone does no harm, and is taken back before another is made there.
   */
  onSetAside(directoryId: DirectoryId): void {
    if (this.outdatedIn(directoryId).length === 0) return;
    this.#outdated.delete(directoryId);
    this.#changeCount += 1;
  }

  /** Nothing is known of these directories any more. Durable on return. Errors as `onMaking`. */
  async forget(directories: readonly KnownDirectory[]): Promise<void> {
    for (const { directoryId } of directories) this.#outdated.delete(directoryId);
    this.#known = this.#known.filter(
      (one) => !directories.some(({ directoryId }) => directoryId === one.directoryId),
    );
    this.#changeCount += 1;
    await this.#save();
  }

  #copiesIn(directoryId: DirectoryId): Set<string> {
    const copies = this.#outdated.get(directoryId) ?? new Set();
    this.#outdated.set(directoryId, copies);
    return copies;
  }

  /** One write after the other; all who come while one is under way share the next. */
  #save(): Promise<void> {
    this.#next ??= this.#last.then(() => this.#write());
    return this.#next;
  }

  #write(): Promise<void> {
    this.#next = undefined;
    const changeCount = this.#changeCount;
    const outdated = [...this.#outdated].flatMap(([directoryId, replicas]) =>
      [...replicas].map((replica) => ({ directoryId, replica })),
    );
    const noted = { known: this.#known, outdated };
    const written = writeNote(this.#disk, this.#metadataDir, noted).then(() => {
      this.#savedCount = changeCount;
    });
    this.#last = written.catch(() => undefined);
    return written;
  }
}
