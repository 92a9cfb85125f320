import type { ErrorCode } from '../../base/errors.ts';
import { NONE } from '../../base/ids.ts';
import type { JoinReply, LeaveReply, OffsetsReply, SyncReply } from './groups.ts';
import type { TopicPartitionName } from './types.ts';

const NO_BYTES = new Uint8Array(0);

export const joinRefusal = (code: ErrorCode, memberId: string): JoinReply => ({
  kind: 'join',
  code,
  memberId,
  generation: NONE,
  protocolType: undefined,
  protocol: undefined,
  leader: '',
  members: [],
  skipAssignment: false,
});

export const syncRefusal = (code: ErrorCode): SyncReply => ({
  kind: 'sync',
  code,
  protocolType: undefined,
  protocol: undefined,
  assignment: NO_BYTES,
});

/** What a client is told where the group could not be written; the codes are Kafka's. */
export const codeOfFailedWrite = (code: ErrorCode): ErrorCode => {
  switch (code) {
    case 'NONE':
      return code;
    case 'NOT_LEADER_OR_FOLLOWER':
    case 'NOT_COORDINATOR':
    case 'STORAGE_ERROR':
    case 'FENCED_LEADER_EPOCH':
      return 'NOT_COORDINATOR';
    case 'UNKNOWN_TOPIC_OR_PARTITION':
    case 'UNKNOWN_TOPIC_ID':
    case 'NOT_ENOUGH_REPLICAS':
    case 'NOT_ENOUGH_REPLICAS_AFTER_APPEND':
    case 'REQUEST_TIMED_OUT':
    // Ottla's own: room comes back, a truncation ends. Members go on asking meanwhile.
    case 'DISK_FULL':
    case 'REPLICA_NOT_AVAILABLE':
      return 'COORDINATOR_NOT_AVAILABLE';
    default:
      return 'UNKNOWN_SERVER_ERROR';
  }
};

export const leaveRefusal = (code: ErrorCode): LeaveReply => ({ kind: 'leave', code, members: [] });

export const offsetsRefusal = (
  kind: OffsetsReply['kind'],
  code: ErrorCode,
  partitions: readonly TopicPartitionName[],
): OffsetsReply => ({
  kind,
  code,
  partitions: partitions.map(({ topic, partition }) => ({ topic, partition, code })),
});
