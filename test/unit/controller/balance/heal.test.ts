import { describe, expect, test } from 'vitest';
import { AbsentBrokers } from '../../../../src/controller/balance/absent-brokers.ts';
import { ongoingCount } from '../../../../src/controller/decommission.ts';
import { decideAlterReassignments } from '../../../../src/controller/reassignment.ts';
import { balanceReason, ownMoves } from '../../../../src/metadata/balance-state.ts';
import { targetReplicas } from '../../../../src/metadata/image.ts';
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

/** One look and what comes of it, as often as moves may need. */
const heal = (cluster: BalanceCluster, away: readonly number[], movesInFlightMax = 10): void => {
  for (let turn = 0; turn < 30; turn += 1) {
    cluster.step({ away, movesInFlightMax });
    cluster.catchUp();
  }
};

describe('a heal amid which a replica that was to stay is lost, too', () => {
  const replicaLists = (cluster: BalanceCluster) =>
    cluster.refs().map(({ partition }) => cluster.partition('t', partition).replicas);
  const spread = Array.from({ length: 60 }, (_, at) => [0, 1, 2].map((k) => ((at + k) % 6) + 1));

  for (const [name, lists] of [
    ['spread over six brokers', spread],
    ['all on the same three', Array.from({ length: 20 }, () => [1, 2, 3])],
  ] as const) {
    test(`ends with both rebuilt, and the rest is healed as well: ${name}`, () => {
      const cluster = BalanceCluster.of(6, lists);
      cluster.fence(3);
      cluster.step({ away: [3] });

      cluster.fence(2);
      heal(cluster, [2, 3]);

      const left = replicaLists(cluster);
      expect(left.filter((list) => list.includes(2) || list.includes(3))).toEqual([]);
      expect([cluster.movingCount(), ownMoves(cluster.image)]).toEqual([0, []]);
      expect(left.every((list) => list.length === 3)).toBe(true);
    });
  }

  test('keeps what the new broker has copied already', () => {
    const cluster = BalanceCluster.of(6, [[1, 2, 3]]);
    cluster.fence(3);
    cluster.step({ away: [3] });
    const [copying = 0] = cluster.partition('t').addingReplicas;

    cluster.fence(2);
    cluster.catchUp((id) => id === copying);
    cluster.step({ away: [2, 3] });

    expect(cluster.partition('t').isr).toEqual([1, copying]);
    expect(targetReplicas(cluster.partition('t'))).toContain(copying);
  });

  test('remembers every broker whose replica was rebuilt', () => {
    const cluster = BalanceCluster.of(6, [[1, 2, 3]]);
    cluster.fence(3);
    cluster.step({ away: [3] });

    cluster.fence(2);
    cluster.step({ away: [2, 3] });

    expect(ownMoves(cluster.image).map(({ owners }) => owners)).toEqual([[3, 2]]);
  });

  test('waits without holding up others where no other broker can have it', () => {
    const cluster = BalanceCluster.of(5, [
      [1, 2, 3],
      [1, 4, 5],
    ]);
    cluster.cordon(5);
    cluster.fence(3);
    cluster.step({ away: [3] });
    cluster.catchUp((id) => id === 1);
    cluster.fence(2);
    cluster.step({ away: [2, 3] });
    cluster.catchUp();
    cluster.balance(true);

    heal(cluster, [2, 3]);

    expect(cluster.movingCount()).toBe(1);
    expect(ongoingCount(cluster.image, cluster.context)).toBe(0);
    expect(balanceReason(cluster.image)).toBeUndefined();
  });

  test('holds up no other while the log directory of its new replica is offline', () => {
    const cluster = BalanceCluster.of(5, [
      [1, 2, 3],
      [1, 2, 3],
    ]);
    const first = { away: [3], movesInFlightMax: 1 };
    cluster.fence(3);
    cluster.step(first);
    cluster.step(first);
    const before = cluster.movingCount();

    cluster.context = { ...cluster.context, isDamaged: ({ brokerId }) => brokerId > 3 };
    cluster.step(first);

    expect([before, cluster.movingCount()]).toEqual([1, 2]);
  });

  test('goes back where both are in sync again in time', () => {
    const cluster = BalanceCluster.of(6, [[1, 2, 3]]);
    cluster.fence(3);
    cluster.step({ away: [3] });
    cluster.fence(2);
    cluster.step({ away: [2, 3] });

    cluster.restart(2);
    cluster.restart(3);
    cluster.catchUp((id) => id <= 3);
    cluster.step();

    expect(cluster.movingCount()).toBe(0);
    expect([...cluster.partition('t').replicas].sort()).toEqual([1, 2, 3]);
  });
});

describe('a move off a broker that is decommissioned', () => {
  const decommissioning = (lists: readonly (readonly number[])[]): BalanceCluster => {
    const cluster = BalanceCluster.of(6, lists);
    cluster.decommission(3);
    cluster.leave();
    return cluster;
  };

  test('is given another target where a replica that was to stay is lost', () => {
    const cluster = decommissioning([[1, 2, 3]]);

    cluster.fence(2);
    heal(cluster, [2]);

    const { replicas } = cluster.partition('t');
    expect(replicas).toHaveLength(3);
    expect(replicas.filter((id) => id === 2 || id === 3)).toEqual([]);
  });

  test('is given another target where its new broker is lost', () => {
    const cluster = decommissioning([[1, 2, 3]]);
    const [lost = 0] = cluster.partition('t').addingReplicas;

    cluster.fence(lost);
    heal(cluster, [lost]);

    const { replicas } = cluster.partition('t');
    expect([cluster.movingCount(), replicas.includes(lost), replicas.includes(3)]).toEqual([
      0,
      false,
      false,
    ]);
  });

  test('holds up no other once it has copied, and waits for one that is down', () => {
    const cluster = decommissioning(Array.from({ length: 20 }, () => [1, 2, 3]));

    cluster.fence(2);
    for (let turn = 0; turn < 5; turn += 1) {
      cluster.catchUp();
      cluster.leave();
    }

    expect(cluster.movingCount()).toBe(20);
  });
});

describe('a move that a person asked for', () => {
  test('is left as it is, though a broker of its target stays away', () => {
    const cluster = BalanceCluster.of(6, [[1, 2, 3]]);
    const target = { topic: 't', partition: 0, replicas: [1, 2, 4], cancel: false };
    const request = { targets: [target], allowReplicationFactorChange: false };
    cluster.run(decideAlterReassignments(cluster.image, request, cluster.context));

    cluster.fence(4);
    cluster.step({ away: [4] });

    expect(targetReplicas(cluster.partition('t'))).toEqual([1, 2, 4]);
  });
});

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
