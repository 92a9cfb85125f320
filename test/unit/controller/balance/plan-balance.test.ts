import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { planBalance } from '../../../../src/controller/balance/plan-balance.ts';
import type {
  BalanceBroker,
  BalancePartition,
  BalancePlan,
  BalanceRequest,
  Standing,
} from '../../../../src/controller/balance/request.ts';

const GIB = 1024 ** 3;

const brokersOf = (
  count: number,
  overrides: Readonly<Record<number, Partial<BalanceBroker>>> = {},
): BalanceBroker[] =>
  Array.from({ length: count }, (_, at) => ({
    brokerId: at + 1,
    rack: '',
    standing: 'takes',
    ...overrides[at + 1],
  }));

const partitionsOf = (
  lists: readonly (readonly number[])[],
  sizeOf: (partition: number) => number | undefined = () => undefined,
): BalancePartition[] =>
  lists.map((replicas, partition) => ({
    topicId: 'id-t',
    partition,
    replicas,
    sizeBytes: sizeOf(partition),
    isMovable: true,
  }));

/** Partition n begins at broker n and goes on in turn. */
const inTurn = (partitionCount: number, brokerCount: number, factor: number): number[][] =>
  Array.from({ length: partitionCount }, (_, partition) =>
    Array.from({ length: factor }, (_unused, place) => ((partition + place) % brokerCount) + 1),
  );

const requestOf = (
  brokers: readonly BalanceBroker[],
  partitions: readonly BalancePartition[],
  overrides: Partial<BalanceRequest> = {},
): BalanceRequest => ({ brokers, partitions, scope: 'all', ...overrides });

const nameOf = ({ topicId, partition }: { topicId: string; partition: number }): string =>
  `${topicId}-${partition}`;

/** The partitions once the plan has been carried out. */
const carriedOut = ({ partitions }: BalanceRequest, { moves }: BalancePlan): BalancePartition[] => {
  const targets = new Map(moves.map((move) => [nameOf(move), move.to]));
  return partitions.map((it) => ({ ...it, replicas: targets.get(nameOf(it)) ?? it.replicas }));
};

const replicaCount = (partitions: readonly BalancePartition[], brokerId: number): number =>
  partitions.filter(({ replicas }) => replicas.includes(brokerId)).length;

const leaderCount = (partitions: readonly BalancePartition[], brokerId: number): number =>
  partitions.filter(({ replicas }) => replicas[0] === brokerId).length;

const byteCount = (partitions: readonly BalancePartition[], brokerId: number): number =>
  partitions
    .filter(({ replicas }) => replicas.includes(brokerId))
    .reduce((sum, { sizeBytes = 0 }) => sum + sizeBytes, 0);

const spread = (counts: readonly number[]): number => Math.max(...counts) - Math.min(...counts);

const newReplicas = ({ moves }: BalancePlan): number =>
  moves.reduce((sum, { newReplicaCount }) => sum + newReplicaCount, 0);

const sharedRacks = (brokers: readonly BalanceBroker[], replicas: readonly number[]): number => {
  const domains = replicas.map((id) => {
    const rack = brokers.find(({ brokerId }) => brokerId === id)?.rack ?? '';
    return rack === '' ? `broker ${id}` : rack;
  });
  return replicas.length - new Set(domains).size;
};

interface Shape {
  readonly standings?: readonly Standing[];
  readonly rackCountMax?: number;
  readonly sizeMax?: number;
  readonly movable?: fc.Arbitrary<boolean>;
}

/** Clusters as bad as they come. */
const clusters = ({
  standings = ['takes', 'takes', 'takes', 'keeps', 'leaves'],
  rackCountMax = 3,
  sizeMax = 20,
  movable = fc.integer({ min: 0, max: 9 }).map((it) => it > 0),
}: Shape = {}): fc.Arbitrary<BalanceRequest> =>
  fc.integer({ min: 1, max: 7 }).chain((brokerCount) =>
    fc.record({
      scope: fc.constant('all' as const),
      brokers: fc
        .array(
          fc.record({
            rack: fc.integer({ min: 0, max: rackCountMax }).map((it) => (it === 0 ? '' : `r${it}`)),
            standing: fc.constantFrom(...standings),
          }),
          { minLength: brokerCount, maxLength: brokerCount },
        )
        .map((all) => all.map((it, at): BalanceBroker => ({ ...it, brokerId: at + 1 }))),
      partitions: fc
        .array(
          fc.record({
            replicas: fc.shuffledSubarray(
              Array.from({ length: brokerCount }, (_, at) => at + 1),
              { minLength: 1, maxLength: Math.min(3, brokerCount) },
            ),
            sizeBytes: fc.option(
              fc.integer({ min: 0, max: sizeMax }).map((it) => (it * GIB) / 10),
              { nil: undefined },
            ),
            topicId: fc.constantFrom('id-a', 'id-b'),
            isMovable: movable,
          }),
          { maxLength: 40 },
        )
        .map((all) => all.map((it, partition): BalancePartition => ({ ...it, partition }))),
    }),
  );

describe('any cluster', () => {
  test('that a plan was carried out in needs none', () => {
    fc.assert(
      fc.property(clusters(), (request) => {
        const plan = planBalance(request);

        const next = planBalance({ ...request, partitions: carriedOut(request, plan) });

        expect(next.moves).toEqual([]);
      }),
      { numRuns: 150 },
    );
  });

  test('keeps as many replicas of each partition, and gets new ones only where they are taken', () => {
    fc.assert(
      fc.property(clusters(), (request) => {
        const { moves } = planBalance(request);

        for (const { from, to } of moves) {
          const arrived = to.filter((id) => !from.includes(id));
          const takers = request.brokers.filter(({ standing }) => standing === 'takes');
          expect(to.length).toBe(from.length);
          expect(new Set(to).size).toBe(to.length);
          expect(arrived.every((id) => takers.some(({ brokerId }) => brokerId === id))).toBe(true);
        }
      }),
      { numRuns: 60 },
    );
  });

  test('leaves what cannot move and what only keeps its replicas as they are', () => {
    fc.assert(
      fc.property(clusters(), (request) => {
        const result = carriedOut(request, planBalance(request));

        const keepers = request.brokers.filter(({ standing }) => standing === 'keeps');
        for (const [at, { replicas, isMovable }] of request.partitions.entries()) {
          const now = result[at]?.replicas ?? [];
          if (!isMovable) expect(now).toEqual(replicas);
          for (const { brokerId } of keepers) {
            expect(now.includes(brokerId)).toBe(replicas.includes(brokerId));
          }
        }
      }),
      { numRuns: 60 },
    );
  });

  test('has nothing left on a broker that leaves but what no other broker could take', () => {
    fc.assert(
      fc.property(clusters(), (request) => {
        const plan = planBalance(request);

        const takers = request.brokers.filter(({ standing }) => standing === 'takes');
        const leavers = request.brokers.filter(({ standing }) => standing === 'leaves');
        let stuckCount = 0;
        for (const { replicas, isMovable } of carriedOut(request, plan)) {
          const left = leavers.filter(({ brokerId }) => replicas.includes(brokerId));
          if (!isMovable || left.length === 0) continue;
          stuckCount += left.length;
          expect(takers.every(({ brokerId }) => replicas.includes(brokerId))).toBe(true);
        }
        expect(plan.stuckReplicaCount).toBe(stuckCount);
      }),
      { numRuns: 60 },
    );
  });

  test('brings no two replicas of a partition into one rack', () => {
    fc.assert(
      fc.property(clusters({ standings: ['takes', 'takes', 'keeps'] }), (request) => {
        for (const { from, to } of planBalance(request).moves) {
          expect(sharedRacks(request.brokers, to)).toBeLessThanOrEqual(
            sharedRacks(request.brokers, from),
          );
        }
      }),
      { numRuns: 60 },
    );
  });

  test('without racks gets even replicas with the fewest moves, or was even enough', () => {
    const shape: Shape = { standings: ['takes'], rackCountMax: 0, sizeMax: 0 };
    fc.assert(
      fc.property(clusters({ ...shape, movable: fc.constant(true) }), (request) => {
        const plan = planBalance(request);

        const ids = request.brokers.map(({ brokerId }) => brokerId);
        const before = ids.map((id) => replicaCount(request.partitions, id));
        const now = ids.map((id) => replicaCount(carriedOut(request, plan), id));
        const allowed = newReplicas(plan) > 0 ? 1 : Math.max(1, 0.1 * (sum(before) / ids.length));
        expect(spread(now)).toBeLessThanOrEqual(allowed);
        expect(newReplicas(plan)).toBe(
          sum(now.map((count, at) => Math.max(0, count - (before[at] ?? 0)))),
        );
      }),
      { numRuns: 60 },
    );
  });
});

const sum = (values: readonly number[]): number => values.reduce((all, value) => all + value, 0);

describe('a plan', () => {
  test('gives a new broker its share of replicas and of leaders, and moves nothing else', () => {
    const request = requestOf(brokersOf(4), partitionsOf(inTurn(24, 3, 3)));

    const plan = planBalance(request);

    const result = carriedOut(request, plan);
    expect([1, 2, 3, 4].map((id) => replicaCount(result, id))).toEqual([18, 18, 18, 18]);
    expect([1, 2, 3, 4].map((id) => leaderCount(result, id))).toEqual([6, 6, 6, 6]);
    expect(newReplicas(plan)).toBe(18);
  });

  test('takes as much of each topic to a new broker', () => {
    const partitions = [
      ...partitionsOf(inTurn(12, 3, 2)),
      ...partitionsOf(inTurn(12, 3, 2)).map((it) => ({ ...it, topicId: 'id-u' })),
    ];
    const request = requestOf(brokersOf(4), partitions);

    const arrived = planBalance(request).moves.filter(({ to }) => to.includes(4));

    const countOf = (topicId: string): number =>
      arrived.filter((move) => move.topicId === topicId).length;
    expect([countOf('id-t'), countOf('id-u')]).toEqual([6, 6]);
  });

  test('is empty where brokers differ by no more than the tolerance', () => {
    const lists = [...inTurn(60, 3, 1), [1], [1], [1]];
    const request = requestOf(brokersOf(3), partitionsOf(lists));

    expect(planBalance({ ...request, tolerance: { share: 0.15, bytes: 0 } }).moves).toEqual([]);
    expect(planBalance({ ...request, tolerance: { share: 0.1, bytes: 0 } }).moves).toHaveLength(2);
  });

  test('exchanges a large replica for a small one where replicas are even and bytes are not', () => {
    const sizes = [40, 40, 40, 2, 2, 2].map((it) => it * GIB);
    const request = requestOf(
      brokersOf(2),
      partitionsOf([[1], [1], [1], [2], [2], [2]], (at) => sizes[at]),
    );

    const plan = planBalance(request);

    const result = carriedOut(request, plan);
    expect([1, 2].map((id) => replicaCount(result, id))).toEqual([3, 3]);
    expect([1, 2].map((id) => byteCount(result, id) / GIB)).toEqual([82, 44]);
    expect(newReplicas(plan)).toBe(2);
  });

  test('copies nothing for bytes that do not matter', () => {
    const request = requestOf(
      brokersOf(2),
      partitionsOf([[1], [1], [2], [2]], (at) => (at < 2 ? 100_000_000 : 0)),
    );

    expect(planBalance(request).moves).toEqual([]);
  });

  test('only changes the order where leaders are uneven and replicas are even', () => {
    const request = requestOf(
      brokersOf(3),
      partitionsOf([
        [1, 2, 3],
        [1, 2, 3],
        [1, 2, 3],
      ]),
    );

    const plan = planBalance(request);

    expect([1, 2, 3].map((id) => leaderCount(carriedOut(request, plan), id))).toEqual([1, 1, 1]);
    expect(newReplicas(plan)).toBe(0);
  });

  test('hands leaders on by a third where two share no partition', () => {
    const request = requestOf(
      brokersOf(3),
      partitionsOf([
        [1, 2],
        [1, 2],
        [1, 2],
        [2, 3],
        [2, 3],
        [3, 2],
        [2, 1],
      ]),
      { tolerance: { share: 0, bytes: GIB } },
    );

    const result = carriedOut(request, planBalance(request));

    expect(spread([1, 2, 3].map((id) => leaderCount(result, id)))).toBeLessThanOrEqual(1);
  });

  test('takes replicas apart that share a rack once another rack can have one', () => {
    const racks = { 1: { rack: 'a' }, 2: { rack: 'a' }, 3: { rack: 'b' } };
    const request = requestOf(brokersOf(3, racks), partitionsOf([[1, 2]]));

    const [move] = planBalance(request).moves;

    expect(move?.to).toEqual([1, 3]);
  });

  test('leaves a rack of one broker with a replica of everything', () => {
    const racks = { 1: { rack: 'a' }, 2: { rack: 'b' }, 3: { rack: 'b' } };
    const lists = inTurn(6, 2, 1).map(([id = 0]) => [1, id + 1]);
    const request = requestOf(brokersOf(3, racks), partitionsOf(lists));

    const { moves } = planBalance(request);

    expect(moves.every(({ newReplicaCount }) => newReplicaCount === 0)).toBe(true);
  });

  test('moves everything off a broker that leaves, evenly to those that stay', () => {
    const brokers = brokersOf(4, { 4: { standing: 'leaves' } });
    const request = requestOf(brokers, partitionsOf(inTurn(16, 4, 3)), { scope: 'leaving' });

    const plan = planBalance(request);

    const result = carriedOut(request, plan);
    expect([1, 2, 3, 4].map((id) => replicaCount(result, id))).toEqual([16, 16, 16, 0]);
    expect(newReplicas(plan)).toBe(12);
  });

  test('tells the replicas of a leaving broker that no other can take', () => {
    const brokers = brokersOf(3, { 3: { standing: 'leaves' } });
    const request = requestOf(brokers, partitionsOf(inTurn(6, 3, 3)));

    const plan = planBalance(request);

    expect(plan.stuckReplicaCount).toBe(6);
    expect(newReplicas(plan)).toBe(0);
  });

  test('only about what leaves touches nothing else', () => {
    const request = requestOf(brokersOf(3), partitionsOf(inTurn(9, 1, 1)), { scope: 'leaving' });

    expect(planBalance(request).moves).toEqual([]);
  });

  test('is the same however the brokers are listed', () => {
    fc.assert(
      fc.property(clusters(), (request) => {
        const brokers = request.brokers.toReversed();

        expect(planBalance({ ...request, brokers })).toEqual(planBalance(request));
      }),
      { numRuns: 30 },
    );
  });
});

describe('a plan that may only have so many moves', () => {
  test('has no more, says so, and leads as near as is tolerated when it is made again', () => {
    const brokers = brokersOf(4);
    let partitions = partitionsOf(inTurn(40, 3, 3));
    const sizes: number[] = [];
    let isWhole = false;

    while (!isWhole) {
      const request = requestOf(brokers, partitions, { movesMax: 7 });
      const plan = planBalance(request);
      sizes.push(plan.moves.length);
      isWhole = plan.isWhole;
      partitions = carriedOut(request, plan);
    }

    const counts = [1, 2, 3, 4].map((brokerId) => replicaCount(partitions, brokerId));
    expect(Math.max(...sizes)).toBeLessThanOrEqual(8);
    expect(sizes.length).toBeGreaterThan(3);
    expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(3);
  });
});
