import type { LogIndex, NodeId, Term } from '../../base/ids.ts';

/** One slot of the replicated log. The payload is opaque here and is never changed once made. */
export interface Entry {
  readonly index: LogIndex;
  readonly term: Term;
  /** `leaderChange` opens a leader's term and carries no payload; it is applied like any other. */
  readonly kind: 'data' | 'leaderChange';
  readonly payload: Uint8Array;
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
}
