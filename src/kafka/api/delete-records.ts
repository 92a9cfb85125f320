import { errorCodeOf } from '../../base/errors.ts';
import { deleteFrom } from '../../broker/client/delete-records.ts';
import type { KafkaHandler } from '../handler.ts';
import { serve } from '../handler.ts';
import { APIS } from '../wire/apis.ts';
import type { DeleteRecordsRequest, DeleteRecordsResponse } from '../wire/messages/topics.ts';
import type { KafkaContext } from './context.ts';
import { codeByName, topicIdNamed, wireCode } from './context.ts';

type Asked = DeleteRecordsRequest['topics'][number];
type Answered = DeleteRecordsResponse['topics'][number];

/**
 * DeleteRecords, 0 to 2: to the leaders of the partitions, which answer when every live replica has
 * let go of the records, with the lowest first offset among them. Offset -1 is the high watermark.
 * A topic's name means the topic that has it, and -1 what is committed, as the request comes: one
 * that comes late, behind its own repeat, is taken for a new one.
 */
export const deleteRecordsHandler = (context: KafkaContext): KafkaHandler =>
  serve(APIS.deleteRecords, async ({ body }) => ({
    topics: await Promise.all(body.topics.map((topic) => ofTopic(context, topic, body.timeoutMs))),
  }));

const ofTopic = async (
  context: KafkaContext,
  { name, partitions }: Asked,
  timeoutMs: number,
): Promise<Answered> => {
  const topicId = topicIdNamed(context, name);
  const results = partitions.map(({ partitionIndex, offset }) => {
    const asked = { topicId, partition: partitionIndex, beforeOffset: offset };
    return deleteFrom(context.broker, asked, timeoutMs);
  });
  return {
    name,
    partitions: (await Promise.all(results)).map(({ partition, errorCode, lowWatermark }) => ({
      partitionIndex: partition,
      lowWatermark,
      errorCode: wireCode(codeByName(errorCodeOf(errorCode))),
    })),
  };
};
