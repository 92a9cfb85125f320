import { describeError, OttlaError } from '../base/errors.ts';
import type { KeyValueStore, StoreOperation } from '../env/key-value-store.ts';
import { RaftLogBase } from '../gen/ottla.ts';
import type { Entry, HardState } from './core/entry.ts';
import type { RestoredState } from './core/types.ts';
import type { Voter } from './core/voters.ts';
import type { ChainRead } from './entry-chain.ts';
import { readChain } from './entry-chain.ts';
import type { SnapshotFiles, StoredSnapshot } from './snapshot-file.ts';
import {
  BASE_KEY,
  DISTRUST_KEY,
  decodeHardState,
  EMPTY_BASE,
  ENTRIES_END,
  entryKey,
  HARD_STATE_KEY,
  putBase,
  putHardState,
} from './store-layout.ts';
import { voterFromWire } from './wire.ts';

/** What is found on disk at start. */
export interface Restored extends RestoredState {
  readonly snapshotBytes: Uint8Array | undefined;
  /** Why this node may not vote, in one line. */
  readonly distrust: string | undefined;
  /** A set of voters was written once, by what the vote file says. */
  readonly hadVoters: boolean;
}

/** The vote file as it was found: `exists` without a hard state means that it is damaged. */
export interface FoundVote {
  readonly exists: boolean;
  readonly hardState: HardState | undefined;
  /** See `VoteFile`. */
  readonly isNewcomer: boolean;
  readonly hadVoters: boolean;
}

export interface Recovered {
  readonly restored: Restored;
  readonly base: RaftLogBase;
  readonly sums: readonly number[];
}

/** What the store holds, read and not yet judged. */
interface Found {
  readonly base: RaftLogBase;
  readonly snapshot: StoredSnapshot | undefined;
  readonly chain: ChainRead;
  /** Keys of all entries stored behind the base, those behind a break as well. */
  readonly keys: readonly Uint8Array[];
  readonly hardState: HardState | undefined;
  readonly mark: string | undefined;
}

/**
 * Reads the store and repairs what a crash or rot left, in one synced batch that is computed from
 * what was read alone: a crash before or after it leads to the same result next time. The batch is
 * written where there is nothing to repair, too: the last process may have died between a write and
 * its sync, and what was read counts as durable from here on. Fails with CORRUPT_STORE, and changes
 * nothing, where the base or the snapshot cannot be trusted.
 */
export const recover = async (
  store: KeyValueStore,
  snapshots: SnapshotFiles,
  vote: FoundVote,
): Promise<Recovered> => {
  const found = await readStore(store, snapshots);
  const hardState = newestOf(vote.hardState, found.hardState);
  const distrust = distrustOf(found, vote, hardState);
  const repair = repairOf(found, { vote, hardState, distrust });
  await store.batch(repair.operations, { sync: true });
  // What a crash left beside the named snapshot; kept as evidence where something is wrong.
  if (distrust === undefined) snapshots.removeOthers(found.base.snapshot);
  const restored: Restored = {
    hardState,
    snapshot: found.base.snapshot,
    snapshotVoters: found.base.snapshotVoters.map(voterFromWire),
    entries: repair.entries,
    canVote: distrust === undefined,
    onlyIfNamed: vote.isNewcomer,
    snapshotBytes: found.snapshot?.data,
    distrust,
    hadVoters: vote.hadVoters,
  };
  return { restored, base: repair.base, sums: repair.entries.length === 0 ? [] : found.chain.sums };
};

/** The newest set of voters that is stored, committed or not; undefined: none was ever written. */
export const storedVoters = ({
  entries,
  snapshot,
  snapshotVoters = [],
}: RestoredState): readonly Voter[] | undefined => {
  const isBehind = (entry: Entry): boolean => entry.index > (snapshot?.index ?? 0);
  const newest = entries.findLast((entry) => entry.voters !== undefined && isBehind(entry));
  return newest?.voters ?? (snapshotVoters.length > 0 ? snapshotVoters : undefined);
};

/**
 * Why a node may not vote as what its configuration says that it is, in one line; undefined for one
 * that may, or whose stored set of voters tells.
 */
export const whyVoteless = (restored: Restored): string | undefined => {
  if (restored.distrust !== undefined) return restored.distrust;
  const isUnnamed = restored.onlyIfNamed === true && storedVoters(restored) === undefined;
  return isUnnamed ? 'the directory was formatted in the place of a lost one' : undefined;
};

const readStore = async (store: KeyValueStore, snapshots: SnapshotFiles): Promise<Found> => {
  const baseBytes = await store.get(BASE_KEY);
  const base = baseBytes === undefined ? EMPTY_BASE : decodeBase(baseBytes);
  if (base.index > (base.snapshot?.index ?? 0)) {
    throw corrupt(`it begins behind entry ${base.index} and has no snapshot of what was before`);
  }
  const snapshot = base.snapshot === undefined ? undefined : snapshots.read(base.snapshot);
  const stored = await store.entries({ start: entryKey(base.index + 1), end: ENTRIES_END });
  const chain = readChain(
    stored.map(([, value]) => value),
    { index: base.index, sum: base.chainSum },
  );
  const hardBytes = await store.get(HARD_STATE_KEY);
  const mark = await store.get(DISTRUST_KEY);
  return {
    base,
    snapshot,
    chain,
    keys: stored.map(([key]) => key),
    hardState: hardBytes === undefined ? undefined : decodeHardState(hardBytes),
    mark: mark === undefined ? undefined : Buffer.from(mark).toString(),
  };
};

const decodeBase = (bytes: Uint8Array): RaftLogBase => {
  try {
    return RaftLogBase.decode(bytes);
  } catch (error) {
    throw corrupt(`its base cannot be read (${describeError(error)})`);
  }
};

const corrupt = (problem: string): OttlaError =>
  new OttlaError(
    'CORRUPT_STORE',
    `the stored metadata log is unusable: ${problem}; remove its directory, and the node takes part as an observer`,
  );

const endOf = ({ base, chain }: Found): number => base.index + chain.entries.length;

const isCutShort = (found: Found): boolean => endOf(found) < (found.base.snapshot?.index ?? 0);

/**
 * Why this node may have forgotten a promise. The vote file is written before the store, so it may
 * be ahead by what a crash cut off, never behind; and the log never is ahead of both.
 */
const distrustOf = (found: Found, vote: FoundVote, newest: HardState): string | undefined => {
  const { chain, mark, snapshot } = found;
  if (!vote.exists) return 'the vote file is missing: this node was never formatted as a voter';
  if (mark !== undefined) return mark;
  if (vote.hardState === undefined) return 'the vote file is damaged';
  if (chain.brokenAt !== undefined) {
    return `the stored metadata log is damaged at entry ${chain.brokenAt}`;
  }
  if (isCutShort(found)) return `the stored metadata log lost all behind entry ${endOf(found)}`;
  const lastTerm = chain.entries.at(-1)?.term ?? snapshot?.term ?? 0;
  if (lastTerm > newest.term) return 'the stored metadata log is newer than the vote';
  return isBehind(vote.hardState, found.hardState)
    ? 'the vote file and the metadata store disagree'
    : undefined;
};

/**
 * Each start of a voter leaves a hard state in the store, so without one only a file that was
 * never written to is whole.
 */
const isBehind = (inFile: HardState, inStore: HardState | undefined): boolean => {
  if (inStore === undefined) return inFile.term > 0;
  if (inFile.term !== inStore.term) return inFile.term < inStore.term;
  return inStore.votedFor !== undefined && inFile.votedFor !== inStore.votedFor;
};

const newestOf = (a: HardState | undefined, b: HardState | undefined): HardState => {
  if (a === undefined || b === undefined) return a ?? b ?? { term: 0, votedFor: undefined };
  if (a.term !== b.term) return a.term > b.term ? a : b;
  return a.votedFor === undefined ? b : a;
};

const isSame = (a: HardState, b: HardState | undefined): boolean =>
  a.term === b?.term && a.votedFor === b.votedFor;

interface Repair {
  readonly base: RaftLogBase;
  readonly entries: readonly Entry[];
  readonly operations: readonly StoreOperation[];
}

/**
 * Damage is cut off together with a mark that outlives it: the log is whole again afterwards, and
 * would else be taken for one that never lost anything.
 */
const repairOf = (
  found: Found,
  judged: { vote: FoundVote; hardState: HardState; distrust: string | undefined },
): Repair => {
  const { base, chain, keys } = found;
  const { vote, hardState, distrust } = judged;
  // A log that ends below its snapshot says nothing that the snapshot does not.
  const isReset = isCutShort(found);
  const entries = isReset ? [] : chain.entries;
  const operations: StoreOperation[] = keys
    .slice(entries.length)
    .map((key) => ({ type: 'del', key }));
  const { snapshot } = base;
  const newBase =
    isReset && snapshot !== undefined
      ? { ...base, index: snapshot.index, chainSum: 0, snapshot }
      : base;
  // Always, so that the batch is never an empty one, which no store has to sync.
  operations.push(putBase(newBase));
  if (distrust !== undefined && vote.exists && found.mark === undefined) {
    operations.push({ type: 'put', key: DISTRUST_KEY, value: Buffer.from(distrust) });
  }
  // Where a crash left the file ahead: else a later loss of the file's newest slot would not show.
  if (distrust === undefined && !isSame(hardState, found.hardState)) {
    operations.push(putHardState(hardState));
  }
  return { base: newBase, entries, operations };
};
