import { CREATE_PARTITIONS, forward } from '../../broker/client/admin.ts';
import type { TopicGrowth } from '../../gen/ottla.ts';
import type { KafkaHandler } from '../handler.ts';
import { serve } from '../handler.ts';
import { APIS } from '../wire/apis.ts';
import type { CreatePartitionsRequest } from '../wire/messages/topics.ts';
import type { KafkaContext } from './context.ts';
import { failureOf, textOrNull, topicNamed, wireNumber } from './context.ts';

/**
 * CreatePartitions, 0 to 3: `count` is the new total; assignments, where given, are of the new
 * ones. Passed on to the active controller; answered when this broker knows the partitions too.
 */
export const createPartitionsHandler = (context: KafkaContext): KafkaHandler =>
  serve(APIS.createPartitions, async ({ body }) => {
    const topics = body.topics.map((asked) => growthOf(context, asked));
    const request = { topics, validateOnly: body.validateOnly };
    try {
      const answer = await forward(context.broker, CREATE_PARTITIONS, { request });
      const results = answer.topics.map(({ name, errorCode, errorMessage }) => ({
        name,
        errorCode: wireNumber(errorCode),
        errorMessage: textOrNull(errorMessage),
      }));
      return { results };
    } catch (error) {
      return { results: body.topics.map(({ name }) => ({ name, ...failureOf(error) })) };
    }
  });

const growthOf = (
  context: KafkaContext,
  { name, count, assignments }: CreatePartitionsRequest['topics'][number],
): TopicGrowth => {
  const first = topicNamed(context, name)?.partitions.length ?? 0;
  return {
    name,
    totalPartitions: count,
    assignments: (assignments ?? []).map(({ brokerIds }, index) => ({
      partition: first + index,
      replicas: [...brokerIds],
    })),
  };
};
