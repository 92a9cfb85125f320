import { expect, it } from 'vitest';
import { emptyImage } from '../../../src/metadata/image.ts';
import { durableCopies } from './durable-copies.ts';
import type { ClusterView } from './invariant.ts';

/** One leader, alone in a set of which two must have a record. */
const leaderAlone = (core: { highWatermark: number }) => {
  const told: string[] = [];
  const partition = {
    topicId: 'T',
    partition: 0,
    describe: () => 't-0',
    core: Object.assign(core, {
      role: 'leader',
      rules: { ackDurability: 'fsync' },
      leaderEpoch: 1,
      committedIsr: [1],
      effectiveMinIsr: 2,
    }),
  };
  const view = {
    replicas: [{ machine: { name: 'n1', nodeId: 1 }, partition }],
    live: [],
    truth: emptyImage,
    violate: (property: string) => told.push(property),
  };
  return { told, view: view as unknown as ClusterView };
};

it('a leader that commits while its set is under the minimum is told of', () => {
  const core = { highWatermark: 3 };
  const { told, view } = leaderAlone(core);
  const { onEvent } = durableCopies();
  onEvent?.(view);
  const toldBefore = [...told];

  core.highWatermark = 4;
  onEvent?.(view);

  expect(toldBefore).toEqual([]);
  expect(told).toEqual(['minimum-in-sync']);
});
