import { partitionOf } from '../../../src/metadata/image.ts';
import type { Invariant } from './invariant.ts';

/** Whom the controller counts as in sync, the leader of that epoch waits for. */
export const maximalIsr = (): Invariant => ({
  name: 'maximal-isr',
  source: 'replication.md 5.17; KIP-497',
  onEvent: (view) => {
    for (const { machine, partition } of view.replicas) {
      const { core } = partition;
      if (core.role !== 'leader') continue;
      const registration = partitionOf(view.truth, partition.topicId, partition.partition);
      if (registration?.leaderEpoch !== core.leaderEpoch) continue;
      const missing = registration.isr.filter((id) => !core.maximalIsr.has(id));
      if (missing.length === 0) continue;
      const counted = `counts ${[...core.maximalIsr].join()} of ${registration.isr.join()}`;
      view.violate('maximal-isr', `${partition.describe()} on ${machine.name} ${counted}`);
    }
  },
});
