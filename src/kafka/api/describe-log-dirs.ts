import { errorNumber } from '../../base/errors.ts';
import type { Partition } from '../../broker/replication/partition.ts';
import type { KafkaHandler } from '../handler.ts';
import { serve } from '../handler.ts';
import { APIS } from '../wire/apis.ts';
import type { DescribeLogDirsRequest, DescribeLogDirsResponse } from '../wire/messages/log-dirs.ts';
import type { KafkaContext } from './context.ts';

type TopicInDir = DescribeLogDirsResponse['results'][number]['topics'][number];

/**
 * DescribeLogDirs, 1 to 4: the log directories of this broker, with what their replicas take; of
 * one that is offline only that it is. How far a follower is behind is counted from the high
 * watermark that it has been told.
 */
export const describeLogDirsHandler = (context: KafkaContext): KafkaHandler =>
  serve(APIS.describeLogDirs, ({ body }) => ({
    results: context.logs.states.map(({ path: logDir, failure }) =>
      failure === undefined
        ? { errorCode: 0, logDir, topics: topicsIn(logDir, context, body) }
        : { errorCode: errorNumber('STORAGE_ERROR'), logDir, topics: [] },
    ),
  }));

const topicsIn = (
  logDir: string,
  context: KafkaContext,
  { topics }: DescribeLogDirsRequest,
): TopicInDir[] => {
  const wanted = topics && new Map(topics.map(({ topic, partitions }) => [topic, partitions]));
  const byName = new Map<string, Partition[]>();
  for (const partition of context.partitions()) {
    const { topicName, partition: number } = partition;
    if (context.logs.directoryOf(partition.log) !== logDir) continue;
    if (wanted !== null && wanted.get(topicName)?.includes(number) !== true) continue;
    const found = byName.get(topicName) ?? [];
    found.push(partition);
    byName.set(topicName, found);
  }
  return [...byName].map(([name, partitions]) => ({
    name,
    partitions: partitions.map(({ partition, log, highWatermark }) => ({
      partitionIndex: partition,
      partitionSize: log.sizeBytes,
      offsetLag: Math.max(0, highWatermark - log.logEndOffset),
      isFutureKey: false,
    })),
  }));
};
