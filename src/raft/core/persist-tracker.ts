import { assert } from '../../base/assert.ts';
import type { LogIndex } from '../../base/ids.ts';
import type { HardState, Snapshot } from './entry.ts';
import type { RaftLog } from './raft-log.ts';
import type { Persist } from './types.ts';

interface InFlight {
  readonly seq: number;
  readonly hardState: HardState;
  /** The log is durable up to here (inclusive) once this write is; lowered by a truncation. */
  lastIndex: LogIndex;
  readonly snapshot: Snapshot | undefined;
}

/**
 * Knows what of term, vote and log was handed to the disk, and what the disk has reported back.
 * The log in memory runs ahead of both; only the last counts for votes, acks and commits.
 */
export class PersistTracker {
  private issuedHardState: HardState;
  private issuedIndex: LogIndex;
  private seq = 0;
  private pendingTruncate: LogIndex | undefined;
  private pendingSnapshot: Snapshot | undefined;
  private inFlight: InFlight[] = [];
  private durableHardState: HardState;
  private durableIndex: LogIndex;

  /** `hardState` and the log through `lastIndex` are on disk already. */
  constructor(hardState: HardState, lastIndex: LogIndex) {
    this.issuedHardState = hardState;
    this.durableHardState = hardState;
    this.issuedIndex = lastIndex;
    this.durableIndex = lastIndex;
  }

  get issuedSeq(): number {
    return this.seq;
  }

  /** The newest term and vote that a crash cannot take away. */
  get persistedHardState(): HardState {
    return this.durableHardState;
  }

  /** The log in memory is durable up to here (inclusive), as entries or inside a snapshot. */
  get persistedIndex(): LogIndex {
    return this.durableIndex;
  }

  /**
   * The log lost its entries from `index` on. Writes under way hold entries that are no longer
   * ours, so their completion must not count for the ones that come instead.
   */
  noteTruncated(index: LogIndex): void {
    if (index <= this.issuedIndex) {
      this.pendingTruncate = Math.min(this.pendingTruncate ?? index, index);
      this.issuedIndex = index - 1;
    }
    this.lowerTo(index - 1);
  }

  /** The log became `snapshot`; only the prefix through `keptIndex` is durable meanwhile. */
  noteReset(snapshot: Snapshot, keptIndex: LogIndex): void {
    this.pendingSnapshot = snapshot;
    this.pendingTruncate = undefined;
    this.issuedIndex = snapshot.index;
    this.lowerTo(keptIndex);
  }

  /** The next write, or undefined when the disk has been told everything. */
  take(log: RaftLog, hardState: HardState): Persist | undefined {
    const changed = !sameHardState(hardState, this.issuedHardState);
    const hasLogWrite =
      this.issuedIndex < log.lastIndex ||
      this.pendingTruncate !== undefined ||
      this.pendingSnapshot !== undefined;
    if (!changed && !hasLogWrite) return undefined;
    this.seq += 1;
    const persist: Persist = {
      seq: this.seq,
      hardState: changed ? hardState : undefined,
      snapshot: this.pendingSnapshot,
      truncateFrom: this.pendingTruncate,
      entries: log.slice(this.issuedIndex + 1, log.lastIndex, Number.POSITIVE_INFINITY),
    };
    const { seq, snapshot } = persist;
    this.inFlight.push({ seq, hardState, lastIndex: log.lastIndex, snapshot });
    this.issuedHardState = hardState;
    this.issuedIndex = log.lastIndex;
    this.pendingTruncate = undefined;
    this.pendingSnapshot = undefined;
    return persist;
  }

  /** Writes through `seq` are on disk. Returns the newest snapshot among them, if any. */
  complete(seq: number): Snapshot | undefined {
    assert(seq <= this.seq, `persist ${seq} was issued before it was reported durable`);
    let installed: Snapshot | undefined;
    const done = this.inFlight.filter((write) => write.seq <= seq);
    this.inFlight = this.inFlight.filter((write) => write.seq > seq);
    for (const write of done) {
      this.durableHardState = write.hardState;
      this.durableIndex = Math.max(this.durableIndex, write.lastIndex);
      installed = write.snapshot ?? installed;
    }
    return installed;
  }

  private lowerTo(index: LogIndex): void {
    this.durableIndex = Math.min(this.durableIndex, index);
    for (const write of this.inFlight) write.lastIndex = Math.min(write.lastIndex, index);
  }
}

const sameHardState = (left: HardState, right: HardState): boolean =>
  left.term === right.term && left.votedFor === right.votedFor;
