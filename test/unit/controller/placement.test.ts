import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { PlacementBroker } from '../../../src/controller/placement.ts';
import { placementBrokers, placeReplicas } from '../../../src/controller/placement.ts';
import { codeOf, TestCluster } from './fixtures.ts';

const broker = (brokerId: number, overrides: Partial<PlacementBroker> = {}): PlacementBroker => ({
  brokerId,
  rack: '',
  preferredCount: 0,
  replicaCount: 0,
  ...overrides,
});

const brokers = (count: number, rackCount = 0): PlacementBroker[] =>
  Array.from({ length: count }, (_, at) =>
    broker(at + 1, { rack: rackCount === 0 ? '' : `rack-${at % rackCount}` }),
  );

const countsOf = (ids: readonly number[], brokerCount: number): number[] =>
  Array.from({ length: brokerCount }, (_, at) => ids.filter((id) => id === at + 1).length);

const spread = (counts: readonly number[]): number => Math.max(...counts) - Math.min(...counts);

describe('placement', () => {
  test('spreads leaders evenly, and names no broker twice', () => {
    const shapes = fc.record({
      brokerCount: fc.integer({ min: 1, max: 9 }),
      partitionCount: fc.integer({ min: 1, max: 40 }),
      factor: fc.integer({ min: 1, max: 9 }),
      seed: fc.nat(),
    });

    fc.assert(
      fc.property(shapes, ({ brokerCount, partitionCount, factor, seed }) => {
        const replicationFactor = Math.min(factor, brokerCount);
        const lists = placeReplicas({
          brokers: brokers(brokerCount),
          partitionCount,
          replicationFactor,
          seed,
        });
        const leaders = lists.map((list) => list[0] ?? 0);
        expect(spread(countsOf(leaders, brokerCount))).toBeLessThanOrEqual(1);
        expect(lists.every((list) => new Set(list).size === replicationFactor)).toBe(true);
      }),
      { numRuns: 200 },
    );
  });

  test('spreads replicas as evenly as even leaders allow', () => {
    const lists = placeReplicas({
      brokers: brokers(5),
      partitionCount: 20,
      replicationFactor: 3,
      seed: 7,
    });

    expect(spread(countsOf(lists.flat(), 5))).toBeLessThanOrEqual(2);
  });

  test('puts no two replicas of a partition in one rack while another is left', () => {
    const all = brokers(6, 3);
    const lists = placeReplicas({
      brokers: all,
      partitionCount: 12,
      replicationFactor: 3,
      seed: 1,
    });

    const racks = lists.map(
      (list) => new Set(list.map((id) => all.find(({ brokerId }) => brokerId === id)?.rack)).size,
    );
    expect(racks).toEqual(lists.map(() => 3));
  });

  test('uses racks twice when there are fewer racks than replicas', () => {
    const lists = placeReplicas({
      brokers: brokers(4, 2),
      partitionCount: 4,
      replicationFactor: 3,
      seed: 0,
    });

    expect(lists.every((list) => new Set(list).size === 3)).toBe(true);
  });

  test('begins with the broker that holds least', () => {
    const lists = placeReplicas({
      brokers: [
        broker(1, { replicaCount: 5, preferredCount: 5 }),
        broker(2),
        broker(3, { replicaCount: 9, preferredCount: 9 }),
      ],
      partitionCount: 1,
      replicationFactor: 2,
      seed: 0,
    });

    expect(lists).toEqual([[2, 1]]);
  });

  test('depends on the seed alone, and on nothing else that changes', () => {
    const request = { brokers: brokers(5), partitionCount: 3, replicationFactor: 2, seed: 3 };

    expect(placeReplicas({ ...request, brokers: brokers(5).reverse() })).toEqual(
      placeReplicas(request),
    );
    expect(placeReplicas({ ...request, seed: 4 })).not.toEqual(placeReplicas(request));
  });

  test('is refused with more replicas than brokers', () => {
    const code = codeOf(() =>
      placeReplicas({ brokers: brokers(2), partitionCount: 1, replicationFactor: 3, seed: 0 }),
    );

    expect(code).toBe('INVALID_REPLICATION_FACTOR');
  });

  test('counts what usable brokers hold already', () => {
    const cluster = TestCluster.withBrokers(3);
    cluster.createTopic('t', [
      [1, 2],
      [2, 1],
    ]);
    cluster.fence(3);

    expect(placementBrokers(cluster.image)).toEqual([
      broker(1, { preferredCount: 1, replicaCount: 2 }),
      broker(2, { preferredCount: 1, replicaCount: 2 }),
    ]);
  });
});
