import { errorNumber } from '../../base/errors.ts';
import { CREATE_TOPICS, forward } from '../../broker/client/admin.ts';
import type { NewTopic, TopicResult } from '../../gen/ottla.ts';
import { topicConfigEntries } from '../../metadata/topic-configs.ts';
import type { KafkaHandler } from '../handler.ts';
import { serve } from '../handler.ts';
import { APIS } from '../wire/apis.ts';
import { NO_UUID } from '../wire/codec.ts';
import type { CreateTopicsRequest, CreateTopicsResponse } from '../wire/messages/topics.ts';
import { sourceNumber } from './config-source.ts';
import type { KafkaContext } from './context.ts';
import { failureOf, textOrNull, wireNumber } from './context.ts';

type Asked = CreateTopicsRequest['topics'][number];
type Created = CreateTopicsResponse['topics'][number];

/**
 * CreateTopics, 2 to 7: passed on to the active controller by whichever broker is asked. Answered
 * when this broker knows the topics too; from version 5 with the settings that they got.
 */
export const createTopicsHandler = (context: KafkaContext): KafkaHandler =>
  serve(APIS.createTopics, async ({ body }) => {
    const isWhole = (topic: Asked): boolean => topic.configs.every(({ value }) => value !== null);
    const topics = body.topics.filter(isWhole).map(newTopicOf);
    const refused = body.topics.filter((topic) => !isWhole(topic)).map(withoutValue);
    try {
      const request = { topics, validateOnly: body.validateOnly };
      const answer =
        topics.length === 0
          ? { topics: [] }
          : await forward(context.broker, CREATE_TOPICS, { request });
      return { topics: [...answer.topics.map((topic) => createdOf(context, topic)), ...refused] };
    } catch (error) {
      const failure = failureOf(error);
      return { topics: [...topics.map(({ name }) => ({ name, ...failure })), ...refused] };
    }
  });

const newTopicOf = (asked: Asked): NewTopic => ({
  name: asked.name,
  partitions: asked.numPartitions,
  replicationFactor: asked.replicationFactor,
  assignments: asked.assignments.map(({ partitionIndex, brokerIds }) => ({
    partition: partitionIndex,
    replicas: [...brokerIds],
  })),
  configs: new Map(asked.configs.map(({ name, value }) => [name, value ?? ''])),
});

const withoutValue = ({ name, configs }: Asked): Created => {
  const key = configs.find(({ value }) => value === null)?.name ?? '';
  return {
    name,
    errorCode: errorNumber('INVALID_CONFIG'),
    errorMessage: `${key} has no value: give one, or leave the setting out`,
  };
};

const createdOf = (context: KafkaContext, result: TopicResult): Created => {
  const { name, errorCode, errorMessage, topicId } = result;
  if (errorCode !== 0) {
    return { name, errorCode: wireNumber(errorCode), errorMessage: textOrNull(errorMessage) };
  }
  return {
    name,
    errorCode: 0,
    topicId: topicId === '' ? NO_UUID : topicId,
    numPartitions: result.partitions,
    replicationFactor: result.replicationFactor,
    configs: configsOf(context, topicId),
  };
};

/** Of the topic as it is known here; of one that was only validated, the cluster's defaults. */
const configsOf = (context: KafkaContext, topicId: string): NonNullable<Created['configs']> => {
  const { metadata, config } = context.broker;
  return topicConfigEntries(metadata.image, topicId, config.fileDefaults).map(
    ({ spec, value, source }) => ({
      name: spec.key,
      value,
      readOnly: false,
      configSource: sourceNumber(source),
      isSensitive: false,
    }),
  );
};
