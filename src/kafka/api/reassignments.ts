import { ALTER_REASSIGNMENTS, forward, LIST_REASSIGNMENTS } from '../../broker/client/admin.ts';
import type { KafkaHandler } from '../handler.ts';
import { serve } from '../handler.ts';
import { APIS } from '../wire/apis.ts';
import type { KafkaContext } from './context.ts';
import { failureOf, textOrNull, wireNumber } from './context.ts';

/**
 * AlterPartitionReassignments, 0 to 1: begins, replaces or (without replicas) cancels moves. Passed
 * on to the active controller. Version 1 (KIP-860) may forbid another number of replicas, which is
 * then refused partition by partition as INVALID_REPLICATION_FACTOR, and is told back.
 */
export const alterPartitionReassignmentsHandler = (context: KafkaContext): KafkaHandler =>
  serve(APIS.alterPartitionReassignments, async ({ body }) => {
    const { allowReplicationFactorChange } = body;
    const targets = body.topics.flatMap(({ name: topic, partitions }) =>
      partitions.map(({ partitionIndex: partition, replicas }) => ({
        topic,
        partition,
        replicas: replicas ?? [],
        cancel: replicas === null,
      })),
    );
    const request = { targets, allowReplicationFactorChange };
    try {
      const { results } = await forward(context.broker, ALTER_REASSIGNMENTS, { request });
      const moved = results.map(({ topic, partition, errorCode, errorMessage }) => ({
        topic,
        item: {
          partitionIndex: partition,
          errorCode: wireNumber(errorCode),
          errorMessage: textOrNull(errorMessage),
        },
      }));
      const responses = grouped(moved);
      return { allowReplicationFactorChange, errorCode: 0, errorMessage: null, responses };
    } catch (error) {
      return { allowReplicationFactorChange, ...failureOf(error), responses: [] };
    }
  });

/** ListPartitionReassignments, 0: what the active controller has under way. */
export const listPartitionReassignmentsHandler = (context: KafkaContext): KafkaHandler =>
  serve(APIS.listPartitionReassignments, async ({ body }) => {
    const wanted = body.topics?.map(({ name, partitionIndexes }): [string, ReadonlySet<number>] => [
      name,
      new Set(partitionIndexes),
    ]);
    const none = { errorCode: 0, errorMessage: null, topics: [] };
    if (wanted?.length === 0) return none;
    const asked = wanted === undefined ? undefined : new Map(wanted);
    const request = { topics: [...(asked?.keys() ?? [])] };
    try {
      const { reassignments } = await forward(context.broker, LIST_REASSIGNMENTS, { request });
      const listed = reassignments
        .filter(({ topic, partition }) => asked?.get(topic)?.has(partition) !== false)
        .map(({ topic, partition, replicas, addingReplicas, removingReplicas }) => ({
          topic,
          item: { partitionIndex: partition, replicas, addingReplicas, removingReplicas },
        }));
      return { ...none, topics: grouped(listed) };
    } catch (error) {
      return { ...none, ...failureOf(error) };
    }
  });

const grouped = <Item>(
  items: ReadonlyArray<{ readonly topic: string; readonly item: Item }>,
): Array<{ readonly name: string; readonly partitions: Item[] }> => {
  const byTopic = new Map<string, Item[]>();
  for (const { topic, item } of items) {
    const known = byTopic.get(topic) ?? [];
    known.push(item);
    byTopic.set(topic, known);
  }
  return [...byTopic].map(([name, partitions]) => ({ name, partitions }));
};
