import type { DirectoryId, LogIndex, NodeId, Term } from '../../base/ids.ts';
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
import type { Ballot, Voter } from './voters.ts';
import { isOf } from './voters.ts';

/** A node that is no voter, or is one and knows or awaits a leader. */
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
  /** Voters in the order of the set, then observers as they came. Never holds this node. */
  readonly peers: Map<NodeId, Peer>;
  /** Index of the leader-change entry: the first entry of this term. */
  readonly termStartIndex: LogIndex;
  readyAnnounced: boolean;
  heartbeatTicksLeft: number;
  /** Payload bytes behind commitIndex. */
  uncommittedBytes: number;
  transfer: { readonly to: NodeId; ticksLeft: number; sent: boolean } | undefined;
  /** It is no voter any more, by a committed entry, and resigns once it has handed over. */
  isLeaving: boolean;
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
  /** What this node says of itself. */
  readonly ballot: Ballot;
  readonly log: RaftLog;
  readonly persists: PersistTracker;
  readonly outbox: Outbox;
  hardState: HardState;
  /**
   * The directory of the node that `hardState` names; undefined since a start. A vote is repeated
   * for that one only: another one under the same number would be a second vote in the term.
   */
  votedDirectory: DirectoryId | undefined;
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
  /** The leader has nothing to send that this release could keep, as it said last. */
  needsUpdate: boolean;
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
  outdated: NodeId[];
  compactThrough: LogIndex | undefined;
  reportedRole: RoleChange | undefined;
}

/** The state after a start: a follower (or observer) that knows no leader. */
export function restoreState(config: RaftConfig, restored: RestoredState): CoreState {
  const { canVote, onlyIfNamed = false, snapshotVoters = [] } = restored;
  const { directoryId, address } = config;
  const ballot = { directoryId, canVote, onlyIfNamed, address };
  const log = RaftLog.restore(restored.snapshot, restored.entries, {
    initial: config.voters,
    ofSnapshot: snapshotVoters,
  });
  const { current } = log.voterSets;
  const mayLead = isOfAny(log.voterSets.since(log.snapshot.index), config.id, ballot);
  const stored = restored.hardState;
  // A log that is newer than the vote means that the vote was lost: begin in the log's term.
  const hardState =
    log.lastTerm > stored.term ? { term: log.lastTerm, votedFor: undefined } : stored;
  return {
    config,
    ballot,
    log,
    persists: new PersistTracker(stored, log.lastIndex),
    outbox: {
      now: [],
      afterPersist: [],
      chunkRequests: [],
      outdated: [],
      compactThrough: undefined,
      reportedRole: undefined,
    },
    hardState,
    votedDirectory: undefined,
    role: { kind: mayLead ? 'follower' : 'observer' },
    leaderId: undefined,
    leaderSilentTicks: config.electionTicks,
    electionTicksLeft: ticksToOwnTurn(config, current),
    commitIndex: log.snapshot.index,
    appliedIndex: log.snapshot.index,
    receiving: undefined,
    installing: undefined,
    observing: { hintedId: undefined, turn: 0, ticksLeft: 0 },
    needsUpdate: false,
  };
}

export const randomElectionTicks = (config: RaftConfig): number =>
  config.electionTicks + config.randomTicks(config.electionTicks);

/**
 * The wait of a voter that need not wait for a whole timeout: where a leader lives, its pre-vote is
 * refused and disturbs nobody; where none does, the cluster is waiting for one. The voters ask one
 * after the other, in the order of the set, so that those which begin together do not split the
 * vote. `goneId` is out of turn.
 */
export const ticksToOwnTurn = (
  config: RaftConfig,
  voters: readonly Voter[],
  goneId?: NodeId,
): number => {
  const { id, heartbeatTicks, electionTicks } = config;
  const ids = voters.map((voter) => voter.id).filter((voterId) => voterId !== goneId);
  const turn = Math.max(0, ids.indexOf(id));
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

const isMemberOf = (voters: readonly Voter[], id: NodeId, ballot: Ballot): boolean =>
  ballot.canVote &&
  isOf(
    voters.find((voter) => voter.id === id),
    ballot,
  );

const isOfAny = (sets: readonly (readonly Voter[])[], id: NodeId, ballot: Ballot): boolean =>
  sets.some((voters) => isMemberOf(voters, id, ballot));

/**
 * True where this node may campaign: it is a voter, or was one by a set since the last that it
 * knows as committed. Its own log may be the only one with the set that leaves it out, and then the
 * others can neither elect one of themselves over it nor go on without it (thesis, §4.2.2). It
 * counts its own vote only as a voter.
 */
export const mayLead = (state: CoreState): boolean =>
  isOfAny(state.log.voterSets.since(state.commitIndex), state.config.id, state.ballot);

/**
 * True where the set in force names this node with this directory, and the store remembers what it
 * promised.
 */
export const isVoter = (state: CoreState): boolean =>
  isMemberOf(state.log.voterSets.current, state.config.id, state.ballot);

export const voterIds = (state: CoreState): NodeId[] =>
  state.log.voterSets.current.map((voter) => voter.id);

/** The other voters, in the order of the set in force. */
export const otherVoters = (state: CoreState): Voter[] =>
  state.log.voterSets.current.filter((voter) => voter.id !== state.config.id);

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
  state.outbox.now.push({ to, toDirectory: '', ballot: state.ballot, message });
}

/** For votes, acks and all that speaks for this node's disk: leaves once the disk has it. */
export function sendDurably(state: CoreState, to: NodeId, message: RaftMessage): void {
  state.outbox.afterPersist.push({ to, toDirectory: '', ballot: state.ballot, message });
}

/**
 * For votes: asks the voter with its directory, where the set names that, and answers the directory
 * that asked. Another one may run, or have run, under the same number.
 */
export function sendToDirectory(
  state: CoreState,
  { id, directoryId }: Pick<Voter, 'id' | 'directoryId'>,
  message: RaftMessage,
): void {
  const envelope = { to: id, toDirectory: directoryId, ballot: state.ballot, message };
  state.outbox.afterPersist.push(envelope);
}
