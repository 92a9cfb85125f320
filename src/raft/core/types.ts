import type { DirectoryId, LogIndex, NodeId, Term } from '../../base/ids.ts';
import type { Entry, HardState, Snapshot, SnapshotId } from './entry.ts';
import type { Envelope } from './messages.ts';
import type { Ballot, Voter } from './voters.ts';

export interface RaftConfig {
  readonly id: NodeId;
  /** Of this node's data: a voter is a node with one directory. */
  readonly directoryId: DirectoryId;
  /** Where others reach this node, should it become a voter; opaque here. */
  readonly address: string;
  /** The voter set as long as the log names none; the same on every node of the start. */
  readonly voters: readonly Voter[];
  /** A whole number in [0, maxExclusive), from the shell's seeded source. */
  readonly randomTicks: (maxExclusive: number) => number;
  /** Ticks between two heartbeats of a leader. */
  readonly heartbeatTicks: number;
  /** T: elections wait for T to 2T silent ticks; a leader without a majority resigns after T. */
  readonly electionTicks: number;
  /** A leader forgets an observer that was silent for this long. */
  readonly observerTimeoutTicks: number;
  /** Payload bytes in one append message; a single bigger entry still travels, alone. */
  readonly maxAppendBytes: number;
  /** Appends with entries on their way to one peer at a time. */
  readonly maxInflight: number;
  /** A leader refuses proposals while this many payload bytes wait for their commit. */
  readonly maxUncommittedBytes: number;
  /** Payload bytes handed out for applying in one output; a single bigger entry goes alone. */
  readonly maxApplyBytes: number;
  /** Entries kept below a snapshot, so that a slow follower need not load the snapshot. */
  readonly trailingEntries: number;
  /** Bytes in one snapshot chunk. */
  readonly snapshotChunkBytes: number;
}

type RequiredConfig = Pick<RaftConfig, 'id' | 'directoryId' | 'address' | 'voters' | 'randomTicks'>;

/** A configuration with the defaults that fit a tick of 50 ms. */
export const defineRaftConfig = (given: RequiredConfig & Partial<RaftConfig>): RaftConfig => ({
  heartbeatTicks: 2,
  electionTicks: 10,
  observerTimeoutTicks: 100,
  maxAppendBytes: 1 << 20,
  maxInflight: 64,
  maxUncommittedBytes: 64 << 20,
  maxApplyBytes: 8 << 20,
  trailingEntries: 1024,
  snapshotChunkBytes: 1 << 20,
  ...given,
});

/** What the shell read back from disk. Nothing in it may be newer than what was synced. */
export interface RestoredState {
  readonly hardState: HardState;
  /** The newest snapshot the store and the state machine agree on. */
  readonly snapshot: SnapshotId | undefined;
  /** The voter set that the snapshot names; left out or empty: none was written by then. */
  readonly snapshotVoters?: readonly Voter[];
  /**
   * Consecutive entries up to the end of the stored log. They may begin below the snapshot, and
   * must leave no gap behind it.
   */
  readonly entries: readonly Entry[];
  /** False where the store was never formatted or has rotted: this node observes, never votes. */
  readonly canVote: boolean;
  /** The directory took another one's place: it votes only where the set in force names it. */
  readonly onlyIfNamed?: boolean;
}

export type RaftInput =
  | { readonly kind: 'tick' }
  | ({ readonly kind: 'message' } & Omit<Envelope, 'to'>)
  /** Every persist up to and including `seq` is on disk. */
  | { readonly kind: 'persisted'; readonly seq: number }
  /** The connection to a node closed: a hint that it may be dead. */
  | { readonly kind: 'peerUnreachable'; readonly nodeId: NodeId }
  /** A durable snapshot of the state machine exists; the log below it may go. */
  | { readonly kind: 'snapshotTaken'; readonly snapshotId: SnapshotId }
  | ({ readonly kind: 'snapshotChunk' } & SnapshotChunk)
  /** The snapshot asked for is gone (a newer one replaced it): start over with the newest. */
  | { readonly kind: 'snapshotMissing'; readonly to: NodeId; readonly snapshotId: SnapshotId }
  /** Hands leadership to `to`, or to the best voter where `to` is undefined. */
  | { readonly kind: 'transferLeadership'; readonly to: NodeId | undefined };

/** Please read one chunk: answer with `snapshotChunk` or `snapshotMissing`, now or later. */
export interface SnapshotChunkRequest {
  readonly to: NodeId;
  readonly snapshotId: SnapshotId;
  readonly offset: number;
  readonly maxBytes: number;
}

export interface SnapshotChunk {
  readonly to: NodeId;
  readonly snapshotId: SnapshotId;
  readonly offset: number;
  readonly data: Uint8Array;
  /** True for the chunk that ends the snapshot. */
  readonly done: boolean;
  /** Size of the whole snapshot. */
  readonly totalBytes: number;
}

/**
 * One atomic write. Where the store cannot write all of it at once, a crash in between may leave
 * only a state that some earlier part of this order explains: hardState, snapshot, truncation,
 * entries. Persists must reach the disk in the order of `seq`.
 */
export interface Persist {
  readonly seq: number;
  readonly hardState: HardState | undefined;
  /** Replaces the whole stored log: nothing stored before remains. */
  readonly snapshot: Snapshot | undefined;
  /** Delete every stored entry from this index (inclusive) before adding `entries`. */
  readonly truncateFrom: LogIndex | undefined;
  readonly entries: readonly Entry[];
}

export type RoleName = 'observer' | 'follower' | 'preCandidate' | 'candidate' | 'leader';

export interface RoleChange {
  readonly role: RoleName;
  readonly term: Term;
  readonly leaderId: NodeId | undefined;
}

/**
 * What the shell has to do, taken after each step. Order: start `persist`; send `sendNow`; hold
 * `sendAfterPersist` until every persist up to `persistSeq` is synced; then, in this order,
 * `roleChange`, `installSnapshot`, `apply`, `leaderReady`. Take again while `more` is true.
 */
export interface RaftOutput {
  readonly persist: Persist | undefined;
  /** The newest persist issued so far; 0 before the first. */
  readonly persistSeq: number;
  readonly sendNow: readonly Envelope[];
  readonly sendAfterPersist: readonly Envelope[];
  readonly roleChange: RoleChange | undefined;
  /** Replace the state machine by this snapshot; it is durable already. */
  readonly installSnapshot: Snapshot | undefined;
  /** Committed and locally durable entries, in order, each exactly once between restarts. */
  readonly apply: readonly Entry[];
  /** This node leads `term` and has applied all that earlier terms committed. Once a term. */
  readonly leaderReady: { readonly term: Term; readonly index: LogIndex } | undefined;
  readonly needSnapshotChunks: readonly SnapshotChunkRequest[];
  /** The store may delete entries up to and including this index, whenever it likes. */
  readonly compactThrough: LogIndex | undefined;
  /** Nodes, this one or others, that wait until they are updated: each is named once. */
  readonly outdated: readonly NodeId[];
  /** True when further entries are ready to be applied. */
  readonly more: boolean;
}

export interface PeerStatus {
  readonly id: NodeId;
  readonly voter: boolean;
  /** A voter whose acknowledgements count: not one that answers with another directory. */
  readonly counts: boolean;
  /** What it said of itself last; undefined: it was not heard by this leader. */
  readonly ballot: Ballot | undefined;
  readonly state: 'probe' | 'replicate' | 'snapshot';
  readonly matchIndex: LogIndex;
  readonly nextIndex: LogIndex;
  /** Ticks since anything of this term came from it. */
  readonly silentTicks: number;
  /** What it needs next is nothing that its release could keep. */
  readonly needsUpdate: boolean;
}

export interface RaftStatus {
  readonly id: NodeId;
  readonly role: RoleName;
  readonly term: Term;
  readonly votedFor: NodeId | undefined;
  readonly leaderId: NodeId | undefined;
  readonly firstIndex: LogIndex;
  readonly lastIndex: LogIndex;
  readonly lastTerm: Term;
  readonly snapshotIndex: LogIndex;
  readonly persistedIndex: LogIndex;
  readonly commitIndex: LogIndex;
  readonly appliedIndex: LogIndex;
  readonly uncommittedBytes: number;
  readonly transferTo: NodeId | undefined;
  /** The set in force on this node, committed or not. */
  readonly voters: readonly Voter[];
  /** Index of the entry that brought it; 0 or that of the snapshot where none in the log did. */
  readonly votersIndex: LogIndex;
  /** This node is of that set, and may vote. */
  readonly isVoter: boolean;
  /** By what the leader said last, what is needed next is nothing that this release could keep. */
  readonly needsUpdate: boolean;
  /** Whom the leader replicates to; empty elsewhere. */
  readonly peers: readonly PeerStatus[];
}
