import { errorNumber } from '../../base/errors.ts';
import { ELECT_LEADERS, forward } from '../../broker/client/admin.ts';
import type { PartitionRef } from '../../gen/ottla.ts';
import type { KafkaHandler } from '../handler.ts';
import { serve } from '../handler.ts';
import { APIS } from '../wire/apis.ts';
import type { ElectLeadersRequest, ElectLeadersResponse } from '../wire/messages/elect-leaders.ts';
import type { KafkaContext } from './context.ts';
import { failureOf, topicNamed, wireNumber } from './context.ts';

const UNCLEAN = 1;

type Elected = ElectLeadersResponse['replicaElectionResults'][number];
type ElectedPartition = Elected['partitionResult'][number];

/**
 * ElectLeaders, 0 to 2: the preferred replica, or one out of sync where there is no leader. Passed
 * on to the active controller. Asked for all partitions, only those are answered where there was
 * something to do.
 */
export const electLeadersHandler = (context: KafkaContext): KafkaHandler =>
  serve(APIS.electLeaders, async ({ body }) => {
    const { known, unknown } = refsOf(context, body);
    const isForNone = body.topicPartitions !== null && known.length === 0;
    if (isForNone) return { replicaElectionResults: grouped(unknown) };
    const request = { partitions: known, unclean: body.electionType === UNCLEAN };
    try {
      const { errorCode, results } = await forward(context.broker, ELECT_LEADERS, { request });
      const { image } = context.broker.metadata;
      const elected = results.map(({ topicId, partition, errorCode: number }) => ({
        topic: image.topics.get(topicId)?.name ?? '',
        result: { partitionId: partition, errorCode: wireNumber(number) },
      }));
      const replicaElectionResults = grouped([...elected, ...unknown]);
      return { errorCode: wireNumber(errorCode), replicaElectionResults };
    } catch (error) {
      return { errorCode: failureOf(error).errorCode, replicaElectionResults: [] };
    }
  });

interface Outcome {
  readonly topic: string;
  readonly result: ElectedPartition;
}

const refsOf = (
  context: KafkaContext,
  { topicPartitions }: ElectLeadersRequest,
): { readonly known: PartitionRef[]; readonly unknown: Outcome[] } => {
  const known: PartitionRef[] = [];
  const unknown: Outcome[] = [];
  for (const { topic, partitions } of topicPartitions ?? []) {
    const found = topicNamed(context, topic);
    for (const partition of partitions) {
      if (found?.partitions[partition] !== undefined) {
        known.push({ topicId: found.topicId, partition });
        continue;
      }
      const errorMessage = `there is no partition ${topic}-${partition}`;
      const errorCode = errorNumber('UNKNOWN_TOPIC_OR_PARTITION');
      unknown.push({ topic, result: { partitionId: partition, errorCode, errorMessage } });
    }
  }
  return { known, unknown };
};

const grouped = (outcomes: readonly Outcome[]): Elected[] => {
  const byTopic = new Map<string, ElectedPartition[]>();
  for (const { topic, result } of outcomes) {
    const results = byTopic.get(topic) ?? [];
    results.push(result);
    byTopic.set(topic, results);
  }
  return [...byTopic].map(([topic, partitionResult]) => ({ topic, partitionResult }));
};
