import type { DirectoryId, LogIndex, Term } from '../base/ids.ts';
import type { HardState } from './core/entry.ts';
import type { Voter } from './core/voters.ts';
import type { RaftStoreSeams } from './raft-store.ts';
import { entriesPath, RaftStore, votePath } from './raft-store.ts';
import { storedVoters, whyVoteless } from './recovery.ts';
import { DISTRUST_KEY, putHardState } from './store-layout.ts';
import { directorySumOf, VoteFile } from './vote-file.ts';

/** More terms than what was lost can have held: each start of a sole voter uses up one. */
const TERM_MARGIN = 1000;

interface StorePlace {
  readonly directory: string;
  /** Of the directory that the store is in. */
  readonly directoryId: DirectoryId;
}

/** A store without a vote, as the next start of its node will find it. */
export interface LostVote {
  /** Why the node may not vote, in one line. */
  readonly reason: string;
  /** Last entry (inclusive) that is left, or that a snapshot holds; 0: none. */
  readonly lastIndex: LogIndex;
  /** The highest term that is known of. */
  readonly term: Term;
  /** The newest set of voters in what is left; undefined: none was ever written. */
  readonly voters: readonly Voter[] | undefined;
  /** Some was written once, and may be gone. */
  readonly hadVoters: boolean;
  /** The directory took a lost one's place: what it holds came from other voters. */
  readonly isNewcomer: boolean;
}

/**
 * What is left in the store of a node that is not running; undefined for one that may vote.
 * Repairs as a start does. Fails with CORRUPT_STORE as `RaftStore.open`.
 */
export const findLostVote = async (
  seams: RaftStoreSeams,
  { directory, directoryId }: StorePlace,
): Promise<LostVote | undefined> => {
  const { store, restored } = await RaftStore.open(seams, directory, { directoryId });
  await store.close();
  const { entries, snapshot, hardState } = restored;
  const reason = whyVoteless(restored);
  if (reason === undefined) return undefined;
  const last = entries.at(-1) ?? snapshot;
  return {
    reason,
    lastIndex: last?.index ?? 0,
    term: Math.max(hardState.term, last?.term ?? 0),
    voters: storedVoters(restored),
    hadVoters: restored.hadVoters,
    isNewcomer: restored.onlyIfNamed === true,
  };
};

/**
 * Lets a node vote again that has forgotten what it promised, in a term above all that it can have
 * taken part in. Only for the one voter of a quorum: among several it could elect a leader that
 * lacks what they committed. Durable when it resolves.
 *
 * Crash states: before the vote file is renamed the old state stands; between it and the batch the
 * mark still denies the vote, and this is run again, or there was no mark and all is done; the
 * batch is whole or absent.
 */
export const giveVoteBack = async (
  { disk, stores }: RaftStoreSeams,
  { directory, directoryId, lost }: StorePlace & { readonly lost: LostVote },
): Promise<void> => {
  const hardState: HardState = { term: lost.term + TERM_MARGIN, votedFor: undefined };
  const { hadVoters } = lost;
  const directorySum = directorySumOf(directoryId);
  await VoteFile.create(disk, votePath(directory), { hardState, hadVoters, directorySum });
  const store = await stores.open(entriesPath(directory));
  try {
    const mark = { type: 'del', key: DISTRUST_KEY } as const;
    await store.batch([putHardState(hardState), mark], { sync: true });
  } finally {
    await store.close();
  }
};
