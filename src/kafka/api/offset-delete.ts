import type { KafkaHandler } from '../handler.ts';
import { serve } from '../handler.ts';
import { APIS } from '../wire/apis.ts';
import { byTopic } from './by-topic.ts';
import type { KafkaContext } from './context.ts';
import { wireCode } from './context.ts';

/** OffsetDelete, 0: what a group has committed of topics that no member of it wants. */
export const offsetDeleteHandler = (context: KafkaContext): KafkaHandler =>
  serve(APIS.offsetDelete, async ({ body }) => {
    const at = body.topics.flatMap(({ name, partitions }) =>
      partitions.map(({ partitionIndex }) => ({ topic: name, partition: partitionIndex })),
    );
    const { code, partitions } = await context.broker.groups.deleteOffsets(body.groupId, at);
    if (code !== 'NONE') return { errorCode: wireCode(code), topics: [] };
    return {
      errorCode: 0,
      topics: byTopic(partitions, (outcome) => ({
        partitionIndex: outcome.partition,
        errorCode: wireCode(outcome.code),
      })),
    };
  });
