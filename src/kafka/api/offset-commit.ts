import type { ErrorCode } from '../../base/errors.ts';
import type { OffsetCommit } from '../../broker/groups/types.ts';
import type { KafkaHandler } from '../handler.ts';
import { serve } from '../handler.ts';
import { APIS } from '../wire/apis.ts';
import type { OffsetCommitRequest } from '../wire/messages/group-offsets.ts';
import { byTopic } from './by-topic.ts';
import type { KafkaContext } from './context.ts';
import { wireCode } from './context.ts';

const GROUP_ID_NOT_FOUND_SINCE = 9;

/**
 * OffsetCommit, 2 to 9: answered when the offsets are committed in `__consumer_offsets`. From a
 * member of the current generation, or from a consumer of no group, which uses its id as a name for
 * offsets. A retention of the consumer's own (2 to 4) is kept; later versions have none.
 */
export const offsetCommitHandler = (context: KafkaContext): KafkaHandler =>
  serve(APIS.offsetCommit, async ({ apiVersion, body }) => {
    const { partitions } = await context.broker.groups.commit(body.groupId, {
      memberId: body.memberId,
      instanceId: body.groupInstanceId ?? undefined,
      generation: body.generationIdOrMemberEpoch,
      offsets: offsetsOf(body, context.broker.clock.wallMs()),
    });
    return {
      topics: byTopic(partitions, ({ partition, code }) => ({
        partitionIndex: partition,
        errorCode: wireCode(codeFor(apiVersion, code)),
      })),
    };
  });

const offsetsOf = (
  { topics, retentionTimeMs }: OffsetCommitRequest,
  nowMs: number,
): OffsetCommit[] => {
  // Longer than can be counted is for ever, or near enough.
  const expiresAtMs =
    retentionTimeMs < 0 ? undefined : Math.min(nowMs + retentionTimeMs, Number.MAX_SAFE_INTEGER);
  return topics.flatMap(({ name, partitions }) =>
    partitions.map((committed) => ({
      topic: name,
      partition: committed.partitionIndex,
      offset: committed.committedOffset,
      leaderEpoch: committed.committedLeaderEpoch,
      metadata: committed.committedMetadata ?? '',
      expiresAtMs,
    })),
  );
};

const codeFor = (apiVersion: number, code: ErrorCode): ErrorCode =>
  code === 'GROUP_ID_NOT_FOUND' && apiVersion < GROUP_ID_NOT_FOUND_SINCE
    ? 'ILLEGAL_GENERATION'
    : code;
