import { describe, expect, it } from 'vitest';
import type { BrokerRegistration, MetadataImage } from '../../../src/metadata/image.ts';
import { emptyImage } from '../../../src/metadata/image.ts';
import type { ClusterView } from './invariant.ts';
import { registrations } from './registrations.ts';

/** One partition of two brokers; whether the second is in sync and usable is said. */
const imageAt = (
  index: number,
  second: { readonly isInSync: boolean; readonly isFenced: boolean },
): MetadataImage => {
  const broker = (brokerId: number, isFenced: boolean) =>
    ({ brokerId, brokerEpoch: 1, isFenced, inControlledShutdown: false }) as BrokerRegistration;
  const partition = {
    replicas: [1, 2],
    isr: second.isInSync ? [1, 2] : [1],
    leader: 1,
    leaderEpoch: 1,
    partitionEpoch: second.isInSync ? 2 : 1,
    directories: ['', ''],
    addingReplicas: [],
    removingReplicas: [],
    elr: [],
    lastKnownElr: [],
    lastKnownLeader: -1,
  };
  return {
    ...emptyImage,
    index,
    brokers: new Map([1, 2].map((id) => [id, broker(id, id === 2 && second.isFenced)] as const)),
    topics: new Map([['T', { topicId: 'T', name: 't', partitions: [partition] }]]),
  };
};

/** What is told when the second broker stands in the set, fenced, so many changes later. */
const toldAfter = (changeCount: number, wasFenced: boolean): string[] => {
  const told: string[] = [];
  const view = {
    violate: (property: string) => told.push(property),
    mark: () => {},
    isDamaged: () => false,
  };
  registrations().onTruth?.(view as unknown as ClusterView, {
    previous: imageAt(10, { isInSync: false, isFenced: wasFenced }),
    next: imageAt(10 + changeCount, { isInSync: true, isFenced: true }),
  });
  return told;
};

describe('a broker that stands in the in-sync set and is fenced', () => {
  it('is told of where one change did it', () => {
    expect(toldAfter(1, false)).toEqual(['fenced-stays-out']);
    expect(toldAfter(1, true)).toEqual(['fenced-stays-out']);
  });

  it('may have joined and been fenced in two changes, but not been let in as well', () => {
    expect(toldAfter(2, false)).toEqual([]);
    expect(toldAfter(2, true)).toEqual(['fenced-stays-out']);
  });

  it('may have been let in, have joined and been fenced in three', () => {
    expect(toldAfter(3, true)).toEqual([]);
  });
});
