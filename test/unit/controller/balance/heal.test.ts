import { describe, expect, test } from 'vitest';
import { AbsentBrokers } from '../../../../src/controller/balance/absent-brokers.ts';
import { balanceReason, ownMoves } from '../../../../src/metadata/balance-state.ts';
import { TestCluster } from '../fixtures.ts';
import { BalanceCluster } from './balance-cluster.ts';

/** Four partitions of three replicas on five brokers; broker 1 has three of them. */
const setUp = (): BalanceCluster =>
  BalanceCluster.of(5, [
    [1, 2, 3],
    [2, 3, 1],
    [3, 1, 2],
    [4, 5, 2],
  ]);

const AWAY = { away: [1] };

describe('a broker that stays away', () => {
  test('has its replicas rebuilt on others, with as many as before', () => {
    const cluster = setUp();
    cluster.fence(1);

    cluster.step(AWAY);
    cluster.catchUp();

    const lists = cluster.refs().map(({ partition }) => cluster.partition('t', partition));
    expect(lists.every(({ replicas, isr }) => replicas.length === 3 && isr.length === 3)).toBe(
      true,
    );
    expect(lists.some(({ replicas }) => replicas.includes(1))).toBe(false);
  });

  test('keeps them where healing is off', () => {
    const cluster = setUp();
    cluster.fence(1);

    cluster.step({ ...AWAY, isHealing: false });

    expect(cluster.movingCount()).toBe(0);
  });

  test('keeps them where no other broker can have one', () => {
    const cluster = BalanceCluster.of(3, [[1, 2, 3]]);
    cluster.fence(1);

    cluster.step(AWAY);

    expect(cluster.movingCount()).toBe(0);
  });

  test('keeps them while half of the brokers are down', () => {
    const cluster = BalanceCluster.of(4, [
      [1, 2],
      [3, 4],
    ]);
    cluster.fence(1);
    cluster.fence(2);

    cluster.step({ away: [1, 2] });

    expect(cluster.movingCount()).toBe(0);
  });

  test('is healed a few partitions at a time', () => {
    const cluster = setUp();
    cluster.fence(1);

    cluster.step({ ...AWAY, movesInFlightMax: 2 });
    cluster.step({ ...AWAY, movesInFlightMax: 2 });

    expect(cluster.movingCount()).toBe(2);
  });
});

const healCount = (cluster: BalanceCluster): number =>
  ownMoves(cluster.image).filter((move) => move.kind === 'heal').length;

describe('a move that was to make brokers even', () => {
  test('gives way to a heal where it waits for a broker that stays away', () => {
    const cluster = BalanceCluster.of(3, [
      [1, 2, 3],
      [2, 3, 1],
      [3, 1, 2],
    ]);
    cluster.start(4);
    cluster.start(5);
    cluster.step();
    const moving = cluster.refs().find(({ partition }) => {
      const { addingReplicas, removingReplicas } = cluster.partition('t', partition);
      return addingReplicas.length > 0 && !removingReplicas.includes(1);
    });
    cluster.fence(1);

    cluster.step(AWAY);
    cluster.step(AWAY);
    cluster.catchUp();

    const { replicas } = cluster.partition('t', moving?.partition);
    expect(moving).toBeDefined();
    expect(replicas).not.toContain(1);
  });
});

describe('a broker that comes back amid its heal', () => {
  test('keeps its replicas where it is in sync before the new ones are', () => {
    const cluster = setUp();
    cluster.fence(1);
    cluster.step(AWAY);

    cluster.restart(1);
    cluster.catchUp((id) => id === 1);
    cluster.step();

    expect(cluster.movingCount()).toBe(0);
    expect(cluster.counts()[0]).toBe(3);
  });

  test('loses those whose new replicas are in sync first', () => {
    const cluster = setUp();
    cluster.fence(1);
    cluster.step(AWAY);

    cluster.restart(1);
    cluster.catchUp((id) => id !== 1);

    expect(cluster.counts()[0]).toBe(0);
  });

  test('is waited for while neither it nor the new replica is in sync', () => {
    const cluster = setUp();
    cluster.fence(1);
    cluster.step(AWAY);

    cluster.restart(1);
    cluster.step();

    expect([healCount(cluster), cluster.movingCount()]).toEqual([3, 3]);
  });

  test('has no further heal begun', () => {
    const cluster = setUp();
    cluster.fence(1);
    cluster.step({ ...AWAY, movesInFlightMax: 1 });

    cluster.restart(1);
    cluster.step();

    expect([healCount(cluster), cluster.movingCount()]).toEqual([1, 1]);
  });

  test('gets its share again where it has lost some', () => {
    const cluster = setUp();
    cluster.fence(1);
    cluster.step(AWAY);
    cluster.restart(1);
    cluster.catchUp((id) => id !== 1);

    cluster.step();

    expect(balanceReason(cluster.image)).toBe('broker 1 has come back');
  });

  test('gets nothing more where it has kept all', () => {
    const cluster = setUp();
    cluster.fence(1);
    cluster.step(AWAY);

    cluster.restart(1);
    cluster.catchUp((id) => id === 1);
    cluster.step();

    expect(balanceReason(cluster.image)).toBeUndefined();
  });
});

describe('a broker that comes back after its heal', () => {
  test('gets its share again', () => {
    const cluster = setUp();
    cluster.fence(1);
    cluster.step(AWAY);
    cluster.catchUp();
    cluster.step(AWAY);

    cluster.restart(1);

    expect(balanceReason(cluster.image)).toBe('broker 1 has come back');
  });
});

describe('brokers that are away', () => {
  test('are so once they were out of service for the whole delay', () => {
    const cluster = TestCluster.withBrokers(2);
    const absent = new AbsentBrokers();
    absent.onImage(cluster.image, 0);
    cluster.fence(1);
    absent.onImage(cluster.image, 1000);

    expect([...absent.awayFor(500, 1499)]).toEqual([]);
    expect([...absent.awayFor(500, 1500)]).toEqual([1]);
  });

  test('are counted anew after each return', () => {
    const cluster = TestCluster.withBrokers(2);
    const absent = new AbsentBrokers();
    for (const nowMs of [0, 400]) {
      cluster.fence(1);
      absent.onImage(cluster.image, nowMs);
      cluster.start(1, { incarnationId: `run-${nowMs}` });
      absent.onImage(cluster.image, nowMs + 10);
    }
    cluster.fence(1);
    absent.onImage(cluster.image, 800);

    expect([...absent.awayFor(500, 1299)]).toEqual([]);
  });

  test('are counted from a new controller on, too', () => {
    const cluster = TestCluster.withBrokers(2);
    cluster.fence(1);
    const absent = new AbsentBrokers();

    absent.onImage(cluster.image, 5000);

    expect([...absent.awayFor(500, 5499)]).toEqual([]);
  });
});
