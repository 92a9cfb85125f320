import type { Invariant } from './invariant.ts';

/** A topic's id is used once: what was deleted does not come back, under no name. */
export const topicIds = (): Invariant => {
  const gone = new Set<string>();
  return {
    name: 'topic-ids',
    source: 'replication.md 5.22; KIP-516: topic ids are unique',
    onTruth: (view, { next, previous }) => {
      if (next.topics === previous.topics) return;
      for (const topicId of previous.topics.keys()) {
        if (next.topics.has(topicId)) continue;
        gone.add(topicId);
        view.mark('topic.deleted');
      }
      for (const { topicId, name } of next.topics.values()) {
        if (gone.has(topicId)) view.violate('topic-ids', `${topicId} is back as ${name}`);
      }
    },
  };
};
