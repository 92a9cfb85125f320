import type { DirectoryId, LogIndex, NodeId } from '../../base/ids.ts';

/**
 * A member of the quorum: a node with one directory. The same node on another directory is another
 * voter, for it has forgotten what it promised.
 */
export interface Voter {
  readonly id: NodeId;
  /** Empty: not known. Then any directory counts that was formatted for a voter of the start. */
  readonly directoryId: DirectoryId;
  /** Where others reach it; opaque here. */
  readonly address: string;
}

/**
 * What a node says of itself with each message: its directory, what its vote is worth, and where it
 * is reached, should it become a voter.
 */
export interface Ballot {
  /** Empty: a version that knows of no directories. */
  readonly directoryId: DirectoryId;
  /** False where the store is no voter's, or may have forgotten a promise. */
  readonly canVote: boolean;
  /** The directory took another one's place: it votes only where the set names it. */
  readonly onlyIfNamed: boolean;
  readonly address: string;
}

/**
 * True where `ballot` is that of the voter named: not of another directory of its node, nor of one
 * under the same name that forgot what was promised under it, for the right one may come back.
 */
export const isOf = (voter: Voter | undefined, ballot: Ballot): boolean => {
  if (voter === undefined) return false;
  // What a version that knows of no directories could vote for, it does not say.
  if (ballot.directoryId === '') return voter.directoryId === '';
  if (!ballot.canVote) return false;
  return voter.directoryId === '' ? !ballot.onlyIfNamed : voter.directoryId === ballot.directoryId;
};

/** True where a vote asked of `directoryId` (empty: of any) may be given by who says `ballot`. */
export const isAskedOf = (directoryId: DirectoryId, ballot: Ballot): boolean =>
  ballot.canVote && (directoryId === '' ? !ballot.onlyIfNamed : directoryId === ballot.directoryId);

interface Change {
  readonly index: LogIndex;
  readonly voters: readonly Voter[];
}

/**
 * The voter sets that a log holds. The newest one is in force from when it is in the log, committed
 * or not, and gone when it is cut off again: thesis, §4.1. Before the first one, the set of the
 * configuration holds.
 */
export class VoterSets {
  readonly #initial: readonly Voter[];
  /** What the snapshot says; undefined where no set was ever written by then. */
  #base: { readonly index: LogIndex; readonly voters: readonly Voter[] | undefined } = {
    index: 0,
    voters: undefined,
  };
  #changes: Change[] = [];

  constructor(initial: readonly Voter[]) {
    this.#initial = initial;
  }

  /** The set in force. */
  get current(): readonly Voter[] {
    return this.#changes.at(-1)?.voters ?? this.#base.voters ?? this.#initial;
  }

  /** Index of the entry that brought the set in force; that of the snapshot or 0 where none did. */
  get changedAt(): LogIndex {
    return this.#changes.at(-1)?.index ?? this.#base.index;
  }

  /** Some set was written; else the configuration's holds. */
  get isRecorded(): boolean {
    return this.#base.voters !== undefined || this.#changes.length > 0;
  }

  /** How many changes lie behind `index`. */
  changeCountBehind(index: LogIndex): number {
    return this.#changes.filter((change) => change.index > index).length;
  }

  voter(id: NodeId): Voter | undefined {
    return this.current.find((voter) => voter.id === id);
  }

  /**
   * The set that the entries through `index` brought, for a snapshot of them: 'none' where it is
   * the configuration's, undefined where a later snapshot has replaced that part of the log.
   */
  at(index: LogIndex): readonly Voter[] | 'none' | undefined {
    if (index < this.#base.index) return undefined;
    const change = this.#changes.findLast((each) => each.index <= index);
    return change?.voters ?? this.#base.voters ?? 'none';
  }

  /** The set as of `index`, which is not before the snapshot, and all that came behind it. */
  since(index: LogIndex): (readonly Voter[])[] {
    const found = this.at(index);
    const then = found === undefined || found === 'none' ? this.#initial : found;
    const later = this.#changes.filter((change) => change.index > index);
    return [then, ...later.map((change) => change.voters)];
  }

  note(index: LogIndex, voters: readonly Voter[]): void {
    this.#changes.push({ index, voters });
  }

  /** Entries from `index` on (inclusive) are gone. */
  truncateFrom(index: LogIndex): void {
    this.#changes = this.#changes.filter((change) => change.index < index);
  }

  /** A snapshot through `index` holds what was before. */
  compact(index: LogIndex): void {
    const found = this.at(index);
    this.#base = { index, voters: found === 'none' ? undefined : found };
    this.#changes = this.#changes.filter((change) => change.index > index);
  }

  /** The log became a snapshot, which names `voters` or none. */
  resetTo(index: LogIndex, voters: readonly Voter[] | undefined): void {
    this.#base = { index, voters };
    this.#changes = [];
  }
}
