import type { NodeId, TopicId } from '../base/ids.ts';
import type { ConfigValues, MetadataImage } from '../metadata/image.ts';
import type { TopicConfig } from '../metadata/topic-configs.ts';
import { topicConfig } from '../metadata/topic-configs.ts';

export type CommitRules = Pick<TopicConfig, 'minInsyncReplicas' | 'ackDurability'>;

/**
 * By what rules this broker commits where it leads. For what the metadata says nothing of, its own
 * server.properties count, which it told when it registered: those of the controller may be others
 * (KAFKA-16540), and whoever is eligible by a minimum that no leader keeps to may lack records.
 */
export const commitRulesOf = (
  image: MetadataImage,
  at: { readonly topicId: TopicId; readonly leaderId: NodeId },
  fileDefaults: ConfigValues | undefined,
): CommitRules => {
  const { minInsyncReplicas, ackDurability } = image.brokers.get(at.leaderId) ?? {};
  const file = new Map(fileDefaults);
  if (minInsyncReplicas !== undefined) file.set('min.insync.replicas', String(minInsyncReplicas));
  if (ackDurability !== undefined) file.set('ack.durability', ackDurability);
  return topicConfig(image, at.topicId, file);
};
