import { deleteTopics } from '../../broker/client/admin.ts';
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
 * answered when this broker no longer knows the topics either. Between this broker and the
 * controller nothing goes by name, so that what is held up there is never taken for a topic made
 * anew. A client's own request by name that comes late, after its repeat was answered, still is: it
 * looks like any other. By id none is.
 */
export const deleteTopicsHandler = (context: KafkaContext): KafkaHandler =>
  serve(APIS.deleteTopics, async ({ body }) => {
    const { names, topicIds } = namedBy(body);
    try {
      const request = { names, topicIds, validateOnly: false };
      const answer = await deleteTopics(context.broker, { request });
      return { responses: answer.topics.map(deletedOf) };
    } catch (error) {
      const failure = failureOf(error);
      const byId = topicIds.map((topicId) => ({ name: null, topicId, ...failure }));
      return { responses: [...names.map((name) => ({ name, ...failure })), ...byId] };
    }
  });

const namedBy = ({
  topicNames,
  topics,
}: DeleteTopicsRequest): { readonly names: string[]; readonly topicIds: string[] } => ({
  names: [...new Set([...topicNames, ...topics.flatMap(({ name }) => name ?? [])])],
  topicIds: [...new Set(topics.flatMap(({ name, topicId }) => (name === null ? [topicId] : [])))],
});

const deletedOf = ({ name, topicId, errorCode, errorMessage }: TopicResult): Deleted => ({
  name: name === '' ? null : name,
  topicId: topicId === '' ? NO_UUID : topicId,
  errorCode: wireNumber(errorCode),
  errorMessage: textOrNull(errorMessage),
});
