import type { FetchedOffset, FetchedOffsets } from '../../broker/groups/groups.ts';
import type { TopicPartitionName } from '../../broker/groups/types.ts';
import type { KafkaHandler } from '../handler.ts';
import { serve } from '../handler.ts';
import { APIS } from '../wire/apis.ts';
import type { OffsetFetchRequest, OffsetFetchResponse } from '../wire/messages/group-offsets.ts';
import { byTopic } from './by-topic.ts';
import type { KafkaContext } from './context.ts';
import { wireCode } from './context.ts';

const GROUP_ERROR_SINCE = 2;
const MANY_SINCE = 8;
const NOTHING = -1;

type AskedTopics = OffsetFetchRequest['topics'];
type Answered = NonNullable<OffsetFetchResponse['groups']>[number];

/**
 * OffsetFetch, 1 to 9: what groups have committed, one up to version 7, several from then on. Null
 * topics ask for all of it. Nothing committed is offset -1 with no words, and no error. Without
 * transactions every offset is stable.
 */
export const offsetFetchHandler = (context: KafkaContext): KafkaHandler =>
  serve(APIS.offsetFetch, async ({ apiVersion, body }) => {
    const fetch = async (groupId: string, topics: AskedTopics): Promise<Answered> =>
      answerOf(groupId, await context.broker.groups.fetchOffsets(groupId, partitionsOf(topics)));
    if (apiVersion >= MANY_SINCE) {
      const groups = body.groups.map(({ groupId, topics }) => fetch(groupId, topics));
      return { groups: await Promise.all(groups) };
    }
    const { topics, errorCode } = await fetch(body.groupId, body.topics);
    const isSilent = errorCode !== 0 && apiVersion < GROUP_ERROR_SINCE;
    return isSilent ? { topics: refused(body.topics, errorCode ?? 0) } : { topics, errorCode };
  });

const partitionsOf = (topics: AskedTopics): TopicPartitionName[] | undefined =>
  topics?.flatMap(({ name, partitionIndexes }) =>
    partitionIndexes.map((partition) => ({ topic: name, partition })),
  );

const answerOf = (groupId: string, { code, offsets }: FetchedOffsets): Answered => ({
  groupId,
  topics: code === 'NONE' ? byTopic(offsets, partitionOf) : [],
  errorCode: wireCode(code),
});

const partitionOf = ({ partition, committed }: FetchedOffset) => ({
  partitionIndex: partition,
  committedOffset: committed?.offset ?? NOTHING,
  committedLeaderEpoch: committed?.leaderEpoch ?? NOTHING,
  metadata: committed?.metadata ?? '',
  errorCode: 0,
});

/** Version 1 has no error of the whole: each partition has it. */
const refused = (topics: AskedTopics, errorCode: number) =>
  byTopic(partitionsOf(topics) ?? [], ({ partition }) => ({
    partitionIndex: partition,
    committedOffset: NOTHING,
    metadata: '',
    errorCode,
  }));
