import type { NodeId, TopicId } from '../base/ids.ts';
import type { ConfigValues, MetadataImage } from '../metadata/image.ts';
import type { TopicConfig } from '../metadata/topic-configs.ts';
import { topicConfig } from '../metadata/topic-configs.ts';

const MINIMUM_KEY = 'min.insync.replicas';

export type CommitRules = Pick<TopicConfig, 'minInsyncReplicas' | 'ackDurability'>;

/**
 * By what rules this broker commits where it leads. For what the metadata says nothing of, its own
 * server.properties count, which it told when it registered: those of the controller may be others
 * (KAFKA-16540), and whoever is eligible by a minimum that no leader keeps to may lack records. Of
 * one that has not told, which registered below metadata.version 3, the least is taken.
 */
export const commitRulesOf = (
  image: MetadataImage,
  at: { readonly topicId: TopicId; readonly leaderId: NodeId },
  fileDefaults: ConfigValues | undefined,
): CommitRules => {
  const leader = image.brokers.get(at.leaderId);
  const file = new Map(fileDefaults);
  if (leader !== undefined) file.set(MINIMUM_KEY, String(leader.minInsyncReplicas ?? 1));
  const ackDurability = leader?.ackDurability;
  if (ackDurability !== undefined) file.set('ack.durability', ackDurability);
  return topicConfig(image, at.topicId, file);
};

/**
 * Whether it may be by this minimum that this broker commits, as it says itself: by no other than
 * it told, and than records set.
 */
export const mayCommitBy = (
  image: MetadataImage,
  at: { readonly topicId: TopicId; readonly leaderId: NodeId },
  minInsyncReplicas: number,
): boolean => {
  const told = image.brokers.get(at.leaderId)?.minInsyncReplicas ?? minInsyncReplicas;
  const file = new Map([[MINIMUM_KEY, String(told)]]);
  return topicConfig(image, at.topicId, file).minInsyncReplicas === minInsyncReplicas;
};
