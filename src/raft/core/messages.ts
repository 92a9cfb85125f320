import type { DirectoryId, LogIndex, NodeId, Term } from '../../base/ids.ts';
import type { Entry, SnapshotId } from './entry.ts';
import type { Ballot, Voter } from './voters.ts';

/** `term` is the sender's current term, but for the pre-vote pair: see there. */
interface Header {
  readonly term: Term;
  readonly from: NodeId;
}

/** Would you vote for me? `term` is the term that the sender would campaign in. */
export interface PreVote extends Header {
  readonly kind: 'preVote';
  readonly lastIndex: LogIndex;
  readonly lastTerm: Term;
}

/** `term` repeats the campaign's term where granted, else it is the sender's own. */
export interface PreVoteReply extends Header {
  readonly kind: 'preVoteReply';
  readonly granted: boolean;
}

export interface Vote extends Header {
  readonly kind: 'vote';
  readonly lastIndex: LogIndex;
  readonly lastTerm: Term;
}

export interface VoteReply extends Header {
  readonly kind: 'voteReply';
  readonly granted: boolean;
}

/** Entries that follow (prevIndex, prevTerm); none makes it a heartbeat. */
export interface Append extends Header {
  readonly kind: 'append';
  readonly prevIndex: LogIndex;
  readonly prevTerm: Term;
  readonly entries: readonly Entry[];
  readonly commitIndex: LogIndex;
  /** What the receiver needs next is nothing that its release says it could keep. */
  readonly needsUpdate?: boolean;
}

export interface AppendReply extends Header {
  readonly kind: 'appendReply';
  readonly success: boolean;
  /** On success: the sender's durable log equals the leader's up to here (inclusive). */
  readonly matchIndex: LogIndex;
  /** On refusal: the sender's newest entry that can still match, and its term. */
  readonly hintIndex: LogIndex;
  readonly hintTerm: Term;
}

export interface InstallSnapshot extends Header {
  readonly kind: 'installSnapshot';
  readonly snapshotId: SnapshotId;
  readonly offset: number;
  readonly data: Uint8Array;
  readonly done: boolean;
  readonly totalBytes: number;
  /** The voter set as of the snapshot; empty: none was written by then. */
  readonly voters: readonly Voter[];
}

/** `offset` is the next byte expected. The last chunk is answered by an `appendReply` instead. */
export interface InstallSnapshotReply extends Header {
  readonly kind: 'installSnapshotReply';
  readonly snapshotId: SnapshotId;
  readonly offset: number;
}

/** Campaign at once, without a pre-vote: the leader hands over. */
export interface TimeoutNow extends Header {
  readonly kind: 'timeoutNow';
}

/** An observer without a live leader asks to be replicated to. */
export interface Observe extends Header {
  readonly kind: 'observe';
  readonly lastIndex: LogIndex;
  readonly lastTerm: Term;
}

/** The answer of a node that does not lead. */
export interface LeaderHint extends Header {
  readonly kind: 'leaderHint';
  readonly leaderId: NodeId | undefined;
  /** Where the leader is reached, for one who may not know its set of voters; empty: not known. */
  readonly leaderAddress: string;
}

export type RaftMessage =
  | PreVote
  | PreVoteReply
  | Vote
  | VoteReply
  | Append
  | AppendReply
  | InstallSnapshot
  | InstallSnapshotReply
  | TimeoutNow
  | Observe
  | LeaderHint;

export interface Envelope {
  readonly to: NodeId;
  /**
   * Of a vote that is asked for: the voter's directory whose vote is meant; empty: any. Of the
   * answer: the directory that asked; empty: a version that knows of none. Else empty.
   */
  readonly toDirectory: DirectoryId;
  /** What the sender says of itself. */
  readonly ballot: Ballot;
  readonly message: RaftMessage;
}

/**
 * True where the message could have come from a correct node, whoever that is: a node may be a
 * voter or lead by an entry that has not come here yet. A vote for a term that the candidate's own
 * log has reached already is not one: terms in a log never exceed the node's term.
 */
export function isWellFormed(message: RaftMessage): boolean {
  if (!Number.isSafeInteger(message.term) || message.term < 0) return false;
  switch (message.kind) {
    case 'preVote':
    case 'vote':
      return message.lastTerm < message.term;
    case 'append':
      return hasOrderedEntries(message);
    case 'installSnapshot':
      return (
        message.snapshotId.index > 0 &&
        message.snapshotId.term <= message.term &&
        message.offset >= 0 &&
        message.offset + message.data.length <= message.totalBytes &&
        message.done === (message.offset + message.data.length === message.totalBytes)
      );
    default:
      return true;
  }
}

function hasOrderedEntries(message: Append): boolean {
  let { prevIndex: index, prevTerm: term } = message;
  if (index < 0 || term > message.term) return false;
  for (const entry of message.entries) {
    if (entry.index !== index + 1 || entry.term < term || entry.term > message.term) return false;
    if ((entry.kind === 'voters') !== (entry.voters !== undefined)) return false;
    index = entry.index;
    term = entry.term;
  }
  return true;
}
