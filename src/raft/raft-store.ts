import { must } from '../base/assert.ts';
import type { LogIndex } from '../base/ids.ts';
import type { Disk } from '../env/disk.ts';
import type { KeyValueStore, KeyValueStores, StoreOperation } from '../env/key-value-store.ts';
import { RaftHardState, RaftLogBase } from '../gen/ottla.ts';
import type { HardState, Snapshot } from './core/entry.ts';
import type { Persist, RestoredState } from './core/types.ts';
import { chainEntry, readChain } from './entry-chain.ts';
import { SnapshotFiles } from './snapshot-file.ts';
import { VoteFile } from './vote-file.ts';

const HARD_STATE_KEY = Buffer.from('h');
const BASE_KEY = Buffer.from('b');
const ENTRY_PREFIX = 0x65; // 'e'

const entryKey = (index: LogIndex): Buffer => {
  const key = Buffer.alloc(9);
  key[0] = ENTRY_PREFIX;
  key.writeBigUInt64BE(BigInt(index), 1);
  return key;
};

const ENTRIES_END = Buffer.from([ENTRY_PREFIX + 1]);
const EMPTY_BASE: RaftLogBase = { index: 0, chainSum: 0 };

/** What is found on disk at start. */
export interface Restored extends RestoredState {
  readonly snapshotBytes: Uint8Array | undefined;
  /** Why this node may not vote, in one line. */
  readonly distrust: string | undefined;
}

export interface RaftStoreSeams {
  readonly disk: Disk;
  readonly stores: KeyValueStores;
}

const votePath = (directory: string): string => `${directory}/vote`;

/** Prepares a directory for a new voter. Only a node that was formatted ever votes. */
export const initialiseRaftStore = async (disk: Disk, directory: string): Promise<void> => {
  disk.mkdir(directory);
  await VoteFile.create(disk, votePath(directory));
};

/**
 * Raft's durable state: entries and hard state in LevelDB, the vote once more in a file of its
 * own, snapshots in files. Everything that one call of `persist` is given is durable when it
 * resolves, in the order in which a crash may cut it short: vote file, snapshot file, one synced
 * batch. A failed call leaves the state unknown: the node must stop.
 */
export class RaftStore {
  readonly #store: KeyValueStore;
  readonly #snapshots: SnapshotFiles;
  readonly #voteFile: VoteFile | undefined;
  #base: RaftLogBase;
  /** Chain sums of the stored entries; `#sums[0]` is the sum of the entry at base + 1. */
  #sums: number[];
  #turn: Promise<void> = Promise.resolve();

  private constructor(
    parts: { store: KeyValueStore; snapshots: SnapshotFiles; voteFile: VoteFile | undefined },
    base: RaftLogBase,
    sums: readonly number[],
  ) {
    this.#store = parts.store;
    this.#snapshots = parts.snapshots;
    this.#voteFile = parts.voteFile;
    this.#base = base;
    this.#sums = [...sums];
  }

  /** Opens the store of a node. Fails with CORRUPT_STORE when its snapshot cannot be read. */
  static async open(
    seams: RaftStoreSeams,
    directory: string,
  ): Promise<{ store: RaftStore; restored: Restored }> {
    seams.disk.mkdir(directory);
    const store = await seams.stores.open(`${directory}/log`);
    const snapshots = new SnapshotFiles(seams.disk, directory);
    const vote = VoteFile.open(seams.disk, votePath(directory));
    const baseBytes = await store.get(BASE_KEY);
    const base = baseBytes === undefined ? EMPTY_BASE : RaftLogBase.decode(baseBytes);
    const stored = await store.entries({ start: entryKey(base.index + 1), end: ENTRIES_END });
    const chain = readChain(
      stored.map(([, value]) => value),
      { index: base.index, sum: base.chainSum },
    );
    const hardBytes = await store.get(HARD_STATE_KEY);
    const inStore = hardBytes === undefined ? undefined : decodeHardState(hardBytes);
    const distrust =
      chain.brokenAt === undefined
        ? distrustOf(vote.hardState, inStore)
        : `the stored metadata log is damaged at entry ${chain.brokenAt}`;
    const opened = new RaftStore({ store, snapshots, voteFile: vote.file }, base, chain.sums);
    if (chain.brokenAt !== undefined) {
      const lost = stored.slice(chain.entries.length).map(([key]) => key);
      await store.batch(
        lost.map((key) => ({ type: 'del', key }) as const),
        { sync: true },
      );
    }
    const snapshot = base.snapshot === undefined ? undefined : snapshots.read(base.snapshot);
    const restored: Restored = {
      hardState: newestOf(vote.hardState, inStore),
      snapshot: base.snapshot,
      entries: chain.entries,
      canVote: distrust === undefined,
      snapshotBytes: snapshot?.data,
      distrust,
    };
    return { store: opened, restored };
  }

  /**
   * Makes the persists durable, in order. The vote file goes first: a crash after it leaves a vote
   * that nobody was told of, which is harmless; the other order could leave LevelDB alone with it.
   */
  persist(persists: readonly Persist[]): Promise<void> {
    return this.#inTurn(() => this.#persist(persists));
  }

  /** Stores a snapshot of the state machine; the entries it holds may then be compacted away. */
  saveSnapshot(snapshot: Snapshot): Promise<void> {
    return this.#inTurn(() => this.#saveSnapshot(snapshot));
  }

  /** Deletes entries through `index`, inclusive; never beyond the snapshot. */
  compact(index: LogIndex): Promise<void> {
    return this.#inTurn(() => this.#compact(index));
  }

  async close(): Promise<void> {
    await this.#turn.catch(() => {});
    this.#voteFile?.close();
    await this.#store.close();
  }

  /**
   * One change at a time: base and sums in memory are what the next batch is computed from, so a
   * second change must not begin before the first one's batch has been issued.
   */
  #inTurn(change: () => Promise<void>): Promise<void> {
    this.#turn = this.#turn.then(change);
    return this.#turn;
  }

  async #persist(persists: readonly Persist[]): Promise<void> {
    const operations: StoreOperation[] = [];
    let hardState: HardState | undefined;
    for (const persist of persists) {
      hardState = persist.hardState ?? hardState;
      if (persist.snapshot !== undefined) await this.#install(persist.snapshot, operations);
      if (persist.truncateFrom !== undefined) this.#truncate(persist.truncateFrom, operations);
      this.#append(persist, operations);
    }
    if (hardState !== undefined) {
      await this.#voteFile?.write(hardState);
      operations.push({ type: 'put', key: HARD_STATE_KEY, value: encodeHardState(hardState) });
    }
    await this.#store.batch(operations, { sync: true });
  }

  async #saveSnapshot(snapshot: Snapshot): Promise<void> {
    await this.#snapshots.write(snapshot);
    const id = { index: snapshot.index, term: snapshot.term };
    this.#base = { ...this.#base, snapshot: id };
    await this.#store.batch([this.#putBase()], { sync: true });
    this.#snapshots.removeOthers(id);
  }

  async #compact(index: LogIndex): Promise<void> {
    const count = index - this.#base.index;
    if (count <= 0 || count > this.#sums.length) return;
    const chainSum = must(this.#sums[count - 1], 'a stored entry has a sum');
    const operations: StoreOperation[] = [];
    for (let at = this.#base.index + 1; at <= index; at += 1) {
      operations.push({ type: 'del', key: entryKey(at) });
    }
    this.#sums = this.#sums.slice(count);
    this.#base = { ...this.#base, index, chainSum };
    operations.push(this.#putBase());
    await this.#store.batch(operations, { sync: true });
  }

  /** The snapshot's file is durable before the batch that names it and drops the old log. */
  async #install(snapshot: Snapshot, operations: StoreOperation[]): Promise<void> {
    await this.#snapshots.write(snapshot);
    this.#truncate(this.#base.index + 1, operations);
    const id = { index: snapshot.index, term: snapshot.term };
    this.#base = { index: id.index, chainSum: 0, snapshot: id };
    operations.push(this.#putBase());
  }

  #truncate(from: LogIndex, operations: StoreOperation[]): void {
    const end = this.#base.index + this.#sums.length + 1;
    for (let at = from; at < end; at += 1) operations.push({ type: 'del', key: entryKey(at) });
    this.#sums.length = Math.max(0, from - this.#base.index - 1);
  }

  #append(persist: Persist, operations: StoreOperation[]): void {
    for (const entry of persist.entries) {
      const link = chainEntry(entry, this.#sums.at(-1) ?? this.#base.chainSum);
      this.#sums.push(link.sum);
      operations.push({ type: 'put', key: entryKey(entry.index), value: link.value });
    }
  }

  #putBase(): StoreOperation {
    return { type: 'put', key: BASE_KEY, value: RaftLogBase.encode(this.#base) };
  }
}

const encodeHardState = (state: HardState): Uint8Array =>
  RaftHardState.encode({ term: state.term, votedFor: state.votedFor });

const decodeHardState = (bytes: Uint8Array): HardState => {
  const { term, votedFor } = RaftHardState.decode(bytes);
  return { term, votedFor };
};

/**
 * The file is written before the store, so it may be ahead by what a crash cut off, never behind.
 * Behind, missing or unreadable means that a vote may have been forgotten.
 */
const distrustOf = (
  inFile: HardState | undefined,
  inStore: HardState | undefined,
): string | undefined => {
  if (inFile === undefined) return 'the vote file is missing or damaged, or was never formatted';
  if (inStore === undefined || inFile.term > inStore.term) return undefined;
  const isSame = inFile.term === inStore.term && inFile.votedFor === inStore.votedFor;
  const isAhead = inFile.term === inStore.term && inStore.votedFor === undefined;
  return isSame || isAhead ? undefined : 'the vote file and the metadata store disagree';
};

const newestOf = (a: HardState | undefined, b: HardState | undefined): HardState => {
  if (a === undefined || b === undefined) return a ?? b ?? { term: 0, votedFor: undefined };
  if (a.term !== b.term) return a.term > b.term ? a : b;
  return a.votedFor === undefined ? b : a;
};
