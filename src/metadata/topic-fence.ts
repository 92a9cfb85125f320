import type { PartitionId, TopicId } from '../base/ids.ts';
import type { MetadataRecord } from '../gen/ottla.ts';
import type { MetadataImage } from './image.ts';
import { configResource } from './image.ts';
import { configRecord } from './records.ts';

/**
 * What stands before partitions that were added to a topic: groups are given these only when they
 * have consumed what was written before. Kept as settings that no client can set.
 */
export interface TopicFence {
  /** Of those that were added. */
  readonly firstPartition: PartitionId;
  /** At least one. */
  readonly groups: readonly string[];
  /** When they were added, by the controller's clock. */
  readonly sinceMs: number;
  /** For how long from then on producers may write by the old number of partitions. */
  readonly settleMs: number;
}

const TYPE = 'fence';
const KEYS = ['first.partition', 'groups', 'since.ms', 'settle.ms'] as const;

/** Undefined: there is none. */
export const topicFence = (
  { configs }: Pick<MetadataImage, 'configs'>,
  topicId: TopicId,
): TopicFence | undefined => {
  const values = configs.get(configResource(TYPE, topicId));
  if (values === undefined) return undefined;
  const [firstPartition, groups, sinceMs, settleMs] = KEYS.map((key) => values.get(key) ?? '');
  return {
    firstPartition: Number(firstPartition),
    // Names of groups are of any characters.
    groups: JSON.parse(groups || '[]') as string[],
    sinceMs: Number(sinceMs),
    settleMs: Number(settleMs),
  };
};

/** Sets it; undefined: there is none any more. */
export const topicFenceRecords = (
  topicId: TopicId,
  fence: TopicFence | undefined,
): MetadataRecord[] => {
  const values = fence && [
    fence.firstPartition,
    JSON.stringify(fence.groups),
    fence.sinceMs,
    fence.settleMs,
  ];
  return KEYS.map((key, at) =>
    configRecord({ type: TYPE, name: topicId }, key, values && String(values[at])),
  );
};
