import { errorNumber } from '../../base/errors.ts';
import { DELETE_TOPICS, forward } from '../../broker/client/admin.ts';
import type { TopicResult } from '../../gen/ottla.ts';
import type { KafkaHandler } from '../handler.ts';
import { serve } from '../handler.ts';
import { APIS } from '../wire/apis.ts';
import { NO_UUID } from '../wire/codec.ts';
import type { DeleteTopicsRequest, DeleteTopicsResponse } from '../wire/messages/topics.ts';
import type { KafkaContext } from './context.ts';
import { failureOf, textOrNull, wireNumber } from './context.ts';

type Deleted = DeleteTopicsResponse['responses'][number];

/**
 * DeleteTopics, 1 to 6: by name, in version 6 by id as well. Passed on to the active controller;
 * answered when this broker no longer knows the topics either.
 */
export const deleteTopicsHandler = (context: KafkaContext): KafkaHandler =>
  serve(APIS.deleteTopics, async ({ body }) => {
    const { names, unknown } = namesOf(context, body);
    if (names.length === 0) return { responses: unknown };
    try {
      const answer = await forward(context.broker, DELETE_TOPICS, { request: { names } });
      return { responses: [...answer.topics.map(deletedOf), ...unknown] };
    } catch (error) {
      const failure = failureOf(error);
      return { responses: [...names.map((name) => ({ name, ...failure })), ...unknown] };
    }
  });

const namesOf = (
  context: KafkaContext,
  { topicNames, topics }: DeleteTopicsRequest,
): { readonly names: string[]; readonly unknown: Deleted[] } => {
  const names = [...topicNames];
  const unknown: Deleted[] = [];
  for (const { name, topicId } of topics) {
    const found = name ?? context.broker.metadata.image.topics.get(topicId)?.name;
    if (found !== undefined) names.push(found);
    else {
      const errorMessage = `there is no topic with the id ${topicId}`;
      const errorCode = errorNumber('UNKNOWN_TOPIC_ID');
      unknown.push({ name: null, topicId, errorCode, errorMessage });
    }
  }
  return { names: [...new Set(names)], unknown };
};

const deletedOf = ({ name, topicId, errorCode, errorMessage }: TopicResult): Deleted => ({
  name,
  topicId: topicId === '' ? NO_UUID : topicId,
  errorCode: wireNumber(errorCode),
  errorMessage: textOrNull(errorMessage),
});
