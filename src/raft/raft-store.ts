import { assert, must } from '../base/assert.ts';
import { OttlaError } from '../base/errors.ts';
import type { DirectoryId, LogIndex } from '../base/ids.ts';
import type { Disk } from '../env/disk.ts';
import { parentOf } from '../env/disk.ts';
import type { KeyValueStore, KeyValueStores, StoreOperation } from '../env/key-value-store.ts';
import type { RaftLogBase } from '../gen/ottla.ts';
import type { HardState, Snapshot } from './core/entry.ts';
import type { Persist } from './core/types.ts';
import { chainEntry } from './entry-chain.ts';
import type { Recovered, Restored } from './recovery.ts';
import { recover, storedVoters } from './recovery.ts';
import { SnapshotFiles } from './snapshot-file.ts';
import { entryKey, putBase, putHardState } from './store-layout.ts';
import { directorySumOf, VoteFile } from './vote-file.ts';
import { voterToWire } from './wire.ts';

export interface RaftStoreSeams {
  readonly disk: Disk;
  readonly stores: KeyValueStores;
}

export const votePath = (directory: string): string => `${directory}/vote`;

export const entriesPath = (directory: string): string => `${directory}/log`;

/**
 * Prepares a directory for a new voter; durable when it resolves, but for the directory's own name
 * in its parent. Only a node that was formatted ever votes, and a newcomer, whose directory took a
 * lost one's place, only where a set of voters names that directory. Fails with CONFIG where a
 * voter has been at work already: it would forget its vote.
 */
export const initialiseRaftStore = async (
  disk: Disk,
  directory: string,
  { isNewcomer = false, directoryId }: NewStore = {},
): Promise<void> => {
  disk.mkdir(directory);
  const path = votePath(directory);
  const { file, hardState } = VoteFile.open(disk, path);
  file?.close();
  if (file !== undefined && hardState?.term !== 0) {
    throw new OttlaError('CONFIG', `${directory} holds the vote of a node: use another directory`);
  }
  await VoteFile.create(disk, path, { isNewcomer, directorySum: sumOf(directoryId) });
};

interface NewStore {
  readonly isNewcomer?: boolean;
  /** Of the directory that the store is laid into: a start under another name then fails. */
  readonly directoryId?: DirectoryId;
}

const sumOf = (directoryId: DirectoryId | undefined): number =>
  directoryId === undefined ? 0 : directorySumOf(directoryId);

export interface RaftStoreOptions {
  /** What the directory says that it is: a voter is a node with one directory. */
  readonly directoryId?: DirectoryId;
  /**
   * Called before a set of voters is written, and at a start on a store that has or had one: what
   * it wrote then may be gone since. Its promise is awaited. Versions that know of no such sets
   * must not start on the directory from then on.
   */
  readonly beforeVoters?: () => Promise<void>;
}

interface Parts extends RaftStoreOptions {
  readonly store: KeyValueStore;
  readonly snapshots: SnapshotFiles;
  /** Undefined for a node that may not vote: what it lost must not seem healed by a new write. */
  readonly voteFile: VoteFile | undefined;
}

/**
 * Raft's durable state: entries and hard state in LevelDB, the vote once more in a file of its
 * own, snapshots in files. Everything that one call of `persist` is given is durable when it
 * resolves, in the order in which a crash may cut it short: vote file, snapshot file, one synced
 * batch. A failed call leaves the state unknown: each later one fails too, and the node must stop.
 */
export class RaftStore {
  readonly #parts: Parts;
  #base: RaftLogBase;
  /** Chain sums of the stored entries; `#sums[0]` is the sum of the entry at base + 1. */
  #sums: number[];
  #turn: Promise<void> = Promise.resolve();

  private constructor(parts: Parts, { base, sums }: Recovered) {
    this.#parts = parts;
    this.#base = base;
    this.#sums = [...sums];
  }

  /**
   * Opens the store of a node and repairs what a crash left; durable when it resolves. Fails with
   * CORRUPT_STORE when the snapshot or the base of the log cannot be read, with CONFIG when the
   * store was laid into another directory than the one it is said to be in.
   */
  static async open(
    { disk, stores }: RaftStoreSeams,
    directory: string,
    options: RaftStoreOptions = {},
  ): Promise<{ store: RaftStore; restored: Restored }> {
    disk.mkdir(directory);
    await disk.syncDir(parentOf(directory));
    const { file, ...vote } = VoteFile.open(disk, votePath(directory));
    let store: KeyValueStore | undefined;
    try {
      checkOwner(directory, vote.directorySum, options);
      await file?.renew();
      store = await stores.open(entriesPath(directory));
      // The store made its directory, but nobody else makes the name of it durable.
      await disk.syncDir(directory);
      const snapshots = new SnapshotFiles(disk, directory);
      const recovered = await recover(store, snapshots, { exists: file !== undefined, ...vote });
      const { restored } = recovered;
      const hadVoters = restored.hadVoters || storedVoters(restored) !== undefined;
      if (hadVoters) await options.beforeVoters?.();
      if (restored.canVote) await file?.bind(sumOf(options.directoryId));
      else file?.close();
      const voteFile = restored.canVote ? file : undefined;
      const parts = { ...options, store, snapshots, voteFile };
      return { store: new RaftStore(parts, recovered), restored };
    } catch (error) {
      file?.close();
      await store?.close();
      throw error;
    }
  }

  /**
   * Makes the persists durable, in order. The vote file goes first: a crash after it leaves a vote
   * that nobody was told of, which is harmless; the other order could leave LevelDB alone with it.
   * A crash before the batch leaves the old log, and perhaps a snapshot file that nothing names;
   * the batch itself is whole or absent. Before a set of voters is in it, meta.json and the vote
   * file say that only versions may start and vote here which know of such sets; a crash in between
   * leaves that alone.
   */
  persist(persists: readonly Persist[]): Promise<void> {
    return this.#inTurn(() => this.#persist(persists));
  }

  /**
   * Stores a snapshot of the state machine; the entries it holds may then be compacted away.
   * Durable when it resolves. Does nothing where a newer one is stored already.
   */
  saveSnapshot(snapshot: Snapshot): Promise<void> {
    return this.#inTurn(() => this.#saveSnapshot(snapshot));
  }

  /** Deletes entries through `index`, inclusive; never beyond the snapshot. */
  compact(index: LogIndex): Promise<void> {
    return this.#inTurn(() => this.#compact(index));
  }

  /** Waits for what was begun. */
  async close(): Promise<void> {
    await this.#turn.catch(() => {});
    this.#parts.voteFile?.close();
    await this.#parts.store.close();
  }

  /** Index of the last stored entry, or of the base. */
  get #end(): LogIndex {
    return this.#base.index + this.#sums.length;
  }

  /**
   * One change at a time: base and sums in memory are what the next batch is computed from, so a
   * second change must not begin before the first one's batch is durable, or after it failed.
   */
  #inTurn(change: () => Promise<void>): Promise<void> {
    this.#turn = this.#turn.then(change);
    return this.#turn;
  }

  async #persist(persists: readonly Persist[]): Promise<void> {
    const { store, snapshots, voteFile, beforeVoters } = this.#parts;
    const operations: StoreOperation[] = [];
    const hardState = newestHardState(persists);
    if (hardState !== undefined) {
      await voteFile?.write(hardState);
      operations.push(putHardState(hardState));
    }
    if (persists.some(holdsVoters)) {
      await beforeVoters?.();
      await voteFile?.noteVoters();
    }
    const before = this.#base.snapshot;
    for (const persist of persists) {
      if (persist.snapshot !== undefined) await this.#install(persist.snapshot, operations);
      if (persist.truncateFrom !== undefined) this.#truncate(persist.truncateFrom, operations);
      this.#append(persist, operations);
    }
    await store.batch(operations, { sync: true });
    if (this.#base.snapshot !== before) snapshots.removeOthers(this.#base.snapshot);
  }

  /**
   * Crash states: before the rename the old snapshot stands; before the batch both files do, and
   * the old one is named; after it the new one is, and the old file may be left.
   */
  async #saveSnapshot(snapshot: Snapshot): Promise<void> {
    const { store, snapshots } = this.#parts;
    const { index, term } = snapshot;
    // One that was taken before the leader's was installed would name what the log begins behind.
    if (index <= (this.#base.snapshot?.index ?? 0)) return;
    assert(index <= this.#end, `a snapshot at ${index} is of entries that are stored`);
    const snapshotVoters = snapshot.voters.map(voterToWire);
    await snapshots.write(snapshot);
    this.#base = { ...this.#base, snapshot: { index, term }, snapshotVoters };
    await store.batch([putBase(this.#base)], { sync: true });
    snapshots.removeOthers(this.#base.snapshot);
  }

  async #compact(index: LogIndex): Promise<void> {
    const through = Math.min(index, this.#base.snapshot?.index ?? 0);
    const count = through - this.#base.index;
    if (count <= 0) return;
    const chainSum = must(this.#sums[count - 1], `entry ${through} is stored`);
    const operations: StoreOperation[] = [];
    for (let at = this.#base.index + 1; at <= through; at += 1) {
      operations.push({ type: 'del', key: entryKey(at) });
    }
    this.#sums = this.#sums.slice(count);
    this.#base = { ...this.#base, index: through, chainSum };
    operations.push(putBase(this.#base));
    await this.#parts.store.batch(operations, { sync: true });
  }

  /** The snapshot's file is durable before the batch that names it and drops the old log. */
  async #install(snapshot: Snapshot, operations: StoreOperation[]): Promise<void> {
    await this.#parts.snapshots.write(snapshot);
    this.#truncate(this.#base.index + 1, operations);
    const id = { index: snapshot.index, term: snapshot.term };
    const snapshotVoters = snapshot.voters.map(voterToWire);
    this.#base = { index: id.index, chainSum: 0, snapshot: id, snapshotVoters };
    operations.push(putBase(this.#base));
  }

  #truncate(from: LogIndex, operations: StoreOperation[]): void {
    assert(from > this.#base.index, `entry ${from} is not in the snapshot`);
    if (from > this.#end) return;
    for (let at = from; at <= this.#end; at += 1) {
      operations.push({ type: 'del', key: entryKey(at) });
    }
    this.#sums.length = from - this.#base.index - 1;
  }

  #append(persist: Persist, operations: StoreOperation[]): void {
    for (const entry of persist.entries) {
      assert(entry.index === this.#end + 1, `entry ${entry.index} follows entry ${this.#end}`);
      const link = chainEntry(entry, this.#sums.at(-1) ?? this.#base.chainSum);
      this.#sums.push(link.sum);
      operations.push({ type: 'put', key: entryKey(entry.index), value: link.value });
    }
  }
}

/**
 * The name of another directory, from a backup of its `meta.json`, would make this one the voter
 * that the other is, without what that has promised.
 */
const checkOwner = (
  directory: string,
  foundSum: number,
  { directoryId }: RaftStoreOptions,
): void => {
  if (foundSum === 0 || directoryId === undefined || foundSum === sumOf(directoryId)) return;
  throw new OttlaError(
    'CONFIG',
    `${directory} was not made in directory ${directoryId}, which meta.json beside it names: put ` +
      'the meta.json back that was there, or format an empty directory with --rejoin',
  );
};

const holdsVoters = ({ snapshot, entries }: Persist): boolean =>
  (snapshot?.voters ?? []).length > 0 || entries.some(({ kind }) => kind === 'voters');

const newestHardState = (persists: readonly Persist[]): HardState | undefined =>
  persists.reduce<HardState | undefined>((newest, { hardState }) => hardState ?? newest, undefined);
