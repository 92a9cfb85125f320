import type { LogIndex, NodeId, Term } from '../../base/ids.ts';
import type { Voter } from './voters.ts';

/** One slot of the replicated log. The payload is opaque here and is never changed once made. */
export interface Entry {
  readonly index: LogIndex;
  readonly term: Term;
  /**
   * `leaderChange` opens a leader's term, `voters` replaces the voter set; both carry no payload,
   * and are applied like any other.
   */
  readonly kind: 'data' | 'leaderChange' | 'voters';
  readonly payload: Uint8Array;
  /** The whole new set, of the kind `voters` only, and never empty there. */
  readonly voters?: readonly Voter[];
}

/** What a node must never forget: the newest term it has seen and whom it voted for in it. */
export interface HardState {
  readonly term: Term;
  readonly votedFor: NodeId | undefined;
}

/** Names a snapshot by the last entry that it holds (inclusive). */
export interface SnapshotId {
  readonly index: LogIndex;
  readonly term: Term;
}

export interface Snapshot extends SnapshotId {
  readonly data: Uint8Array;
  /** The voter set as of its last entry; empty: none was written by then. */
  readonly voters: readonly Voter[];
}
