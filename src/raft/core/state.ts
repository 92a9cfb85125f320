import type { LogIndex, NodeId, Term } from '../../base/ids.ts';
import type { HardState, Snapshot, SnapshotId } from './entry.ts';
import type { Envelope, RaftMessage } from './messages.ts';
import { PersistTracker } from './persist-tracker.ts';
import type { Peer } from './progress.ts';
import { RaftLog } from './raft-log.ts';
import type {
  RaftConfig,
  RestoredState,
  RoleChange,
  RoleName,
  SnapshotChunkRequest,
} from './types.ts';

/** A node that may not vote, or that does and knows or awaits a leader. */
interface Following {
  readonly kind: 'observer' | 'follower';
}

export interface Campaigning {
  readonly kind: 'preCandidate' | 'candidate';
  /** Answers so far; a candidate's own vote enters once it is durable. */
  readonly votes: Map<NodeId, boolean>;
}

/** What exists only while this node leads; gone with the role. */
export interface Leading {
  readonly kind: 'leader';
  /** Voters in the configured order, then observers as they came. Never holds this node. */
  readonly peers: Map<NodeId, Peer>;
  /** Index of the leader-change entry: the first entry of this term. */
  readonly termStartIndex: LogIndex;
  readyAnnounced: boolean;
  heartbeatTicksLeft: number;
  /** Payload bytes behind commitIndex. */
  uncommittedBytes: number;
  transfer: { readonly to: NodeId; ticksLeft: number; sent: boolean } | undefined;
}

export type Role = Following | Campaigning | Leading;

/** A snapshot that arrives in chunks; `nextOffset` is the number of bytes held. */
export interface ReceivingSnapshot {
  readonly snapshotId: SnapshotId;
  readonly chunks: Uint8Array[];
  nextOffset: number;
}

/** Everything the state machine knows. The functions of this folder are its only writers. */
export interface CoreState {
  readonly config: RaftConfig;
  /** False for observers and for voters whose store may have forgotten a promise. */
  readonly mayVote: boolean;
  readonly log: RaftLog;
  readonly persists: PersistTracker;
  readonly outbox: Outbox;
  hardState: HardState;
  role: Role;
  /** The leader of the current term, where known. */
  leaderId: NodeId | undefined;
  /** Ticks since `leaderId` was heard; the leader counts as alive below electionTicks. */
  leaderSilentTicks: number;
  electionTicksLeft: number;
  /** Last committed entry (inclusive), as far as this node knows. */
  commitIndex: LogIndex;
  /** Last entry handed out to the state machine (inclusive). */
  appliedIndex: LogIndex;
  receiving: ReceivingSnapshot | undefined;
  /** The log became this snapshot, and the state machine has not been told yet. */
  installing: { readonly snapshot: Snapshot; durable: boolean } | undefined;
  observing: Observing;
}

/** How an observer looks for the leader. */
export interface Observing {
  /** Whom to ask next: a hint, or undefined for the next voter in turn. */
  hintedId: NodeId | undefined;
  turn: number;
  ticksLeft: number;
}

export interface Outbox {
  now: Envelope[];
  afterPersist: Envelope[];
  chunkRequests: SnapshotChunkRequest[];
  compactThrough: LogIndex | undefined;
  reportedRole: RoleChange | undefined;
}

/** The state after a start: a follower (or observer) that knows no leader. */
export function restoreState(config: RaftConfig, restored: RestoredState): CoreState {
  const log = RaftLog.restore(restored.snapshot, restored.entries);
  const mayVote = restored.canVote && config.voters.includes(config.id);
  const stored = restored.hardState;
  // A log that is newer than the vote means that the vote was lost: begin in the log's term.
  const hardState =
    log.lastTerm > stored.term ? { term: log.lastTerm, votedFor: undefined } : stored;
  return {
    config,
    mayVote,
    log,
    persists: new PersistTracker(stored, log.lastIndex),
    outbox: {
      now: [],
      afterPersist: [],
      chunkRequests: [],
      compactThrough: undefined,
      reportedRole: undefined,
    },
    hardState,
    role: { kind: mayVote ? 'follower' : 'observer' },
    leaderId: undefined,
    leaderSilentTicks: config.electionTicks,
    electionTicksLeft: ticksToOwnTurn(config),
    commitIndex: log.snapshot.index,
    appliedIndex: log.snapshot.index,
    receiving: undefined,
    installing: undefined,
    observing: { hintedId: undefined, turn: 0, ticksLeft: 0 },
  };
}

export const randomElectionTicks = (config: RaftConfig): number =>
  config.electionTicks + config.randomTicks(config.electionTicks);

/**
 * The wait of a voter that need not wait for a whole timeout: where a leader lives, its pre-vote is
 * refused and disturbs nobody; where none does, the cluster is waiting for one. The voters ask one
 * after the other, in the configured order, so that those which begin together do not split the
 * vote. `goneId` is out of turn.
 */
export const ticksToOwnTurn = (config: RaftConfig, goneId?: NodeId): number => {
  const { id, voters, heartbeatTicks, electionTicks } = config;
  const turn = Math.max(0, voters.filter((voter) => voter !== goneId).indexOf(id));
  return 1 + Math.min(turn * heartbeatTicks, electionTicks);
};

/**
 * When a campaign that came to nothing is repeated. It begins with a pre-vote, which is cheap and
 * disturbs nobody: no need to wait for a whole election timeout.
 */
export const nextCampaignTicks = (config: RaftConfig): number =>
  config.heartbeatTicks + config.randomTicks(config.electionTicks);

export const termOf = (state: CoreState): Term => state.hardState.term;

export const roleName = (state: CoreState): RoleName => state.role.kind;

/** The other voters, in the configured order. */
export const otherVoters = (state: CoreState): NodeId[] =>
  state.config.voters.filter((voter) => voter !== state.config.id);

/** True while a leader of this term was heard within an election timeout (or is this node). */
export const hasLiveLeader = (state: CoreState): boolean =>
  state.role.kind === 'leader' ||
  (state.leaderId !== undefined && state.leaderSilentTicks < state.config.electionTicks);

/** The fields that every message carries. */
export const header = (state: CoreState): { term: Term; from: NodeId } => ({
  term: termOf(state),
  from: state.config.id,
});

/** For messages that promise nothing about this node's disk. */
export function send(state: CoreState, to: NodeId, message: RaftMessage): void {
  state.outbox.now.push({ to, message });
}

/** For votes, acks and all that speaks for this node's disk: leaves once the disk has it. */
export function sendDurably(state: CoreState, to: NodeId, message: RaftMessage): void {
  state.outbox.afterPersist.push({ to, message });
}
