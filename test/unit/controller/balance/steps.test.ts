import { describe, expect, test } from 'vitest';
import { decideAlterReassignments } from '../../../../src/controller/reassignment.ts';
import { balanceReason, ownMoves } from '../../../../src/metadata/balance-state.ts';
import { CORDON_KEY } from '../../../../src/metadata/broker-configs.ts';
import { targetReplicas } from '../../../../src/metadata/image.ts';
import { configRecord } from '../../../../src/metadata/records.ts';
import { decodeSnapshot, encodeSnapshot } from '../../../../src/metadata/snapshot.ts';
import { BalanceCluster } from './balance-cluster.ts';

/** Six partitions of three replicas on brokers 1 to 3. */
const setUp = (): BalanceCluster =>
  BalanceCluster.of(
    3,
    Array.from({ length: 6 }, (_, at) => [0, 1, 2].map((place) => ((at + place) % 3) + 1)),
  );

/** As often as moves may need. */
const untilDone = (cluster: BalanceCluster): void => {
  for (let turn = 0; turn < 10; turn += 1) {
    cluster.step();
    cluster.catchUp();
  }
};

const reasonIn = (cluster: BalanceCluster): string | undefined => balanceReason(cluster.image);

describe('a broker that joins', () => {
  test('gets its share of replicas and leaders', () => {
    const cluster = setUp();

    cluster.start(4);
    untilDone(cluster);

    expect(Math.max(...cluster.counts()) - Math.min(...cluster.counts())).toBeLessThanOrEqual(1);
    const firsts = cluster
      .refs()
      .map(({ partition }) => cluster.partition('t', partition).replicas[0]);
    expect(firsts).toContain(4);
  });

  test('ends the goal once brokers are even', () => {
    const cluster = setUp();

    cluster.start(4);
    const atFirst = reasonIn(cluster);
    untilDone(cluster);

    expect([atFirst, reasonIn(cluster)]).toEqual(['broker 4 has joined', undefined]);
    expect(ownMoves(cluster.image)).toEqual([]);
  });

  test('gets nothing by itself where auto.balance.enable is off', () => {
    const cluster = setUp();
    cluster.context = { isAutoBalanced: false };

    cluster.start(4);
    untilDone(cluster);

    expect(cluster.counts()).toEqual([6, 6, 6, 0]);
  });

  test('gets nothing where it is cordoned', () => {
    const cluster = setUp();
    const record = configRecord({ type: 'broker', name: '4' }, CORDON_KEY, '*');
    cluster.run({ records: [record], respond: () => undefined });

    cluster.start(4);

    expect(reasonIn(cluster)).toBeUndefined();
  });

  test('changes nothing where it comes back with what it had', () => {
    const cluster = setUp();
    cluster.fence(3);

    cluster.restart(3);

    expect(reasonIn(cluster)).toBeUndefined();
  });

  test('gets no more at a time than may be moved', () => {
    const cluster = setUp();

    cluster.start(4);
    cluster.step({ movesInFlightMax: 2 });
    cluster.step({ movesInFlightMax: 2 });

    expect(cluster.movingCount()).toBe(2);
  });
});

describe('a balance that was asked for', () => {
  test('moves nothing before it is asked for', () => {
    const cluster = setUp();
    cluster.context = {};
    cluster.start(4);

    cluster.step();

    expect(cluster.movingCount()).toBe(0);
  });

  test('goes on under another controller, from what is in a snapshot', () => {
    const cluster = setUp();
    cluster.context = {};
    cluster.start(4);
    cluster.balance(true);
    cluster.step({ movesInFlightMax: 1 });

    cluster.image = decodeSnapshot(encodeSnapshot(cluster.image));
    untilDone(cluster);

    expect(Math.max(...cluster.counts()) - Math.min(...cluster.counts())).toBeLessThanOrEqual(1);
    expect(reasonIn(cluster)).toBeUndefined();
  });

  test('is taken back with the moves that are under way', () => {
    const cluster = setUp();
    cluster.start(4);
    cluster.step({ movesInFlightMax: 2 });

    const cancelledCount = cluster.balance(false);
    untilDone(cluster);

    expect(cancelledCount).toBe(2);
    expect(cluster.counts()).toEqual([6, 6, 6, 0]);
  });

  test('leaves a move as it is that somebody else has turned to another broker', () => {
    const cluster = setUp();
    cluster.start(4);
    cluster.step({ movesInFlightMax: 1 });
    cluster.start(5);
    const [own] = ownMoves(cluster.image);
    const partition = own?.partition ?? -1;
    const replicas = (own?.replicas ?? []).map((id) => (id === 4 ? 5 : id));
    const target = { topic: 't', partition, replicas, cancel: false };
    const request = { targets: [target], allowReplicationFactorChange: false };
    cluster.run(decideAlterReassignments(cluster.image, request, cluster.context));

    const cancelledCount = cluster.balance(false);

    expect(cancelledCount).toBe(0);
    expect(targetReplicas(cluster.partition('t', partition))).toEqual(replicas);
  });

  test('lets go of a broker that has joined and gone for long', () => {
    const cluster = setUp();
    cluster.start(4);
    cluster.step();
    cluster.fence(4);

    cluster.step({ away: [4] });

    expect(cluster.movingCount()).toBe(0);
    expect(cluster.counts()).toEqual([6, 6, 6, 0]);
  });

  test('keeps moves to a broker that is only gone for a moment', () => {
    const cluster = setUp();
    cluster.start(4);
    cluster.step();
    const before = cluster.movingCount();
    cluster.fence(4);

    cluster.step();

    expect(cluster.movingCount()).toBe(before);
  });
});
