import { errorNumber } from '../../base/errors.ts';
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
 * looks like any other. By id none is; whoever gives both is refused, for one of them may be wrong.
 */
export const deleteTopicsHandler = (context: KafkaContext): KafkaHandler =>
  serve(APIS.deleteTopics, async ({ body }) => {
    const { names, topicIds, refused } = namedBy(body);
    try {
      const request = { names, topicIds, validateOnly: false };
      const { topics } = await deleteTopics(context.broker, { request });
      // A name is told as it was asked for, though it be empty: null stands for an id only.
      const told = topics.map((it, at) => deletedOf(it, names[at] ?? (it.name || null)));
      return { responses: [...told, ...refused] };
    } catch (error) {
      const failure = failureOf(error);
      const byName = names.map((name) => ({ name, ...failure }));
      const byId = topicIds.map((topicId) => ({ name: null, topicId, ...failure }));
      return { responses: [...byName, ...byId, ...refused] };
    }
  });

interface Named {
  readonly names: readonly string[];
  readonly topicIds: readonly string[];
  readonly refused: readonly Deleted[];
}

const namedBy = ({ topicNames, topics }: DeleteTopicsRequest): Named => {
  const names = new Set(topicNames);
  const topicIds = new Set<string>();
  const refused: Deleted[] = [];
  for (const { name, topicId } of topics) {
    if (name === null) topicIds.add(topicId);
    else if (topicId === NO_UUID) names.add(name);
    else refused.push(givenBoth(name, topicId));
  }
  return { names: [...names], topicIds: [...topicIds], refused };
};

const givenBoth = (name: string, topicId: string): Deleted => ({
  name,
  topicId,
  errorCode: errorNumber('INVALID_REQUEST'),
  errorMessage: `topic ${name} is named with an id as well: give one of them`,
});

const deletedOf = (
  { topicId, errorCode, errorMessage }: TopicResult,
  name: string | null,
): Deleted => ({
  name,
  topicId: topicId === '' ? NO_UUID : topicId,
  errorCode: wireNumber(errorCode),
  errorMessage: textOrNull(errorMessage),
});
