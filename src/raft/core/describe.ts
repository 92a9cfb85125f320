import type { Entry, SnapshotId } from './entry.ts';
import type { Envelope, RaftMessage } from './messages.ts';
import type { RaftStatus } from './types.ts';
import type { Voter } from './voters.ts';

const describeSnapshotId = (id: SnapshotId): string => `${id.index}/t${id.term}`;

const grant = (granted: boolean): string => (granted ? 'granted' : 'refused');

const describeVoters = (voters: readonly Voter[]): string =>
  voters.map(({ id, directoryId }) => (directoryId === '' ? id : `${id}:${directoryId}`)).join(',');

export const describeEntry = (entry: Entry): string => {
  const content =
    entry.voters === undefined ? `${entry.payload.length} B` : describeVoters(entry.voters);
  return `${entry.index}/t${entry.term} ${entry.kind} ${content}`;
};

/** One line: kind, sender, term, then what the kind is about. Never the payload. */
export const describeMessage = (message: RaftMessage): string =>
  `${message.kind} from ${message.from} t${message.term}${describeBody(message)}`;

function describeBody(message: RaftMessage): string {
  switch (message.kind) {
    case 'preVote':
    case 'vote':
    case 'observe':
      return ` last ${message.lastIndex}/t${message.lastTerm}`;
    case 'preVoteReply':
    case 'voteReply':
      return ` ${grant(message.granted)}`;
    case 'append': {
      const anchor = `${message.prevIndex}/t${message.prevTerm}`;
      return ` after ${anchor} +${message.entries.length} commit ${message.commitIndex}`;
    }
    case 'appendReply':
      return message.success
        ? ` match ${message.matchIndex}`
        : ` refused, hint ${message.hintIndex}/t${message.hintTerm}`;
    case 'installSnapshot': {
      const end = message.offset + message.data.length;
      const range = `bytes ${message.offset}-${end} of ${message.totalBytes}`;
      return ` ${describeSnapshotId(message.snapshotId)} ${range}`;
    }
    case 'installSnapshotReply':
      return ` ${describeSnapshotId(message.snapshotId)} next byte ${message.offset}`;
    case 'leaderHint':
      return ` leader ${message.leaderId ?? 'unknown'}`;
    case 'timeoutNow':
      return '';
  }
}

export const describeEnvelope = (envelope: Envelope): string =>
  `to ${envelope.to}: ${describeMessage(envelope.message)}`;

/** One line of where a node stands. */
export const describeNode = (status: RaftStatus): string =>
  [
    `node ${status.id} ${status.role} t${status.term}`,
    `leader ${status.leaderId ?? 'unknown'}`,
    `log ${status.firstIndex}..${status.lastIndex}/t${status.lastTerm}`,
    `persisted ${status.persistedIndex} commit ${status.commitIndex}`,
    `applied ${status.appliedIndex} snapshot ${status.snapshotIndex}`,
    `voters ${describeVoters(status.voters)}`,
  ].join(', ');
