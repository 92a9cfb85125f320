import { OttlaError } from '../../base/errors.ts';
import type { TopicId } from '../../base/ids.ts';
import { NONE, partitionKey } from '../../base/ids.ts';
import type {
  DescribeRecoveryRequest,
  DescribeRecoveryResponse,
  PartitionRecovery,
  PartitionRef,
} from '../../gen/ottla.ts';
import type { MetadataImage, TopicImage } from '../../metadata/image.ts';
import { partitionOf } from '../../metadata/image.ts';
import type { DecideContext } from '../decision.ts';
import { electionRules } from '../election.ts';
import { mostOf } from './recovered-leader.ts';
import type { FoundEnds } from './replica-ends.ts';

/**
 * The partitions that a request is about: those it names, else those that nobody leads. Throws
 * UNKNOWN_TOPIC_OR_PARTITION.
 */
export const recoveryRefs = (
  image: MetadataImage,
  { topic: name, partitions }: DescribeRecoveryRequest,
): PartitionRef[] => {
  const { topicId, partitions: all } = topicNamed(image, name);
  const wanted = new Set(partitions);
  const missing = partitions.find((number) => all[number] === undefined);
  if (missing !== undefined) {
    throw new OttlaError(
      'UNKNOWN_TOPIC_OR_PARTITION',
      `topic ${name} has no partition ${missing}: name one of its ${all.length} (0 to ${all.length - 1})`,
    );
  }
  const isMeant = (number: number): boolean =>
    wanted.size === 0 ? all[number]?.leader === NONE : wanted.has(number);
  return all.flatMap((_, partition) => (isMeant(partition) ? [{ topicId, partition }] : []));
};

const topicNamed = (image: MetadataImage, name: string): TopicImage => {
  const topic = image.topics.get(image.topicIdsByName.get(name) ?? '');
  if (topic !== undefined) return topic;
  throw new OttlaError(
    'UNKNOWN_TOPIC_OR_PARTITION',
    `there is no topic ${name}: check the name, or create it`,
  );
};

/** What of these partitions is left where, by what brokers have answered. */
export const describeRecovery = (
  image: MetadataImage,
  refs: readonly PartitionRef[],
  by: { readonly ends: FoundEnds; readonly context: DecideContext },
): DescribeRecoveryResponse => ({
  topicId: refs[0]?.topicId ?? ('' as TopicId),
  partitions: refs.flatMap((ref) => recoveryOf(image, ref, by) ?? []),
});

const recoveryOf = (
  image: MetadataImage,
  ref: PartitionRef,
  { ends, context }: { readonly ends: FoundEnds; readonly context: DecideContext },
): PartitionRecovery | undefined => {
  const registration = partitionOf(image, ref.topicId, ref.partition);
  if (registration === undefined) return undefined;
  const { isAcceptable } = electionRules(image, ref, context);
  const found = ends.get(partitionKey(ref.topicId, ref.partition)) ?? [];
  const { leader, isr, elr, lastKnownElr, replicas } = registration;
  return {
    partition: ref.partition,
    leader,
    isr,
    eligibleLeaderReplicas: elr,
    lastKnownElr,
    replicas: replicas.map((brokerId) => ({
      brokerId,
      inService: isAcceptable(brokerId),
      log: found.find((one) => one.brokerId === brokerId)?.end,
    })),
    choice: mostOf(found.filter(({ brokerId }) => isAcceptable(brokerId)))?.brokerId ?? NONE,
    knownHighWatermark: Math.max(NONE, ...found.map(({ end }) => end.highWatermark)),
  };
};
