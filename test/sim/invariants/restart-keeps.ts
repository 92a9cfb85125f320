import { partitionKey } from '../../../src/base/ids.ts';
import { partitionOf } from '../../../src/metadata/image.ts';
import { FlushedOffsets } from './flushed-offsets.ts';
import type { Invariant } from './invariant.ts';

/** A process finds on its disk at least what the one before it had called durable. */
export const restartKeeps = (): Invariant => {
  const flushed = new FlushedOffsets();
  return {
    name: 'restart-keeps',
    source: 'replication.md 5.26: the recovered log reaches the flushed offset before the crash',
    onEnding: (_, live) => flushed.keep(live),
    onCopyLost: (view, copy) => flushed.forget(view, copy),
    onTruth: (_, { next }) => flushed.onTruth(next),
    onStarted: (view, live) => {
      const { machine, node } = live;
      const { logs } = node.parts;
      if (logs === undefined) return;
      for (const { topicId, name, partitions } of view.truth.topics.values()) {
        for (const partition of partitions.keys()) {
          const key = partitionKey(topicId, partition);
          const before = flushed.lastOf(machine.nodeId, key);
          const { replicas = [] } = partitionOf(view.truth, topicId, partition) ?? {};
          if (before === undefined || !replicas.includes(machine.nodeId)) continue;
          if (flushed.isMissing(live, key)) continue;
          const found = logs.get(topicId, partition)?.logEndOffset ?? -1;
          if (found >= before) continue;
          const what = `${name}-${partition} on ${machine.name} ends at ${found} after a restart`;
          view.violate('restart-keeps', `${what}, flushed was ${before}`);
        }
      }
    },
  };
};
