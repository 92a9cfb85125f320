import { describe, expect, test } from 'vitest';
import { decidePreferredLeaders, LeaderBalancer } from '../../../src/controller/leader-balance.ts';
import { TestCluster } from './fixtures.ts';

const setUp = (): TestCluster => {
  const cluster = TestCluster.withBrokers(2);
  cluster.createTopic('t', [[1, 2]]);
  cluster.changePartition('t', 0, { leader: 2 });
  return cluster;
};

describe('the balance of leaders', () => {
  test('moves a partition that two checks in a row found off its first replica', () => {
    const cluster = setUp();
    const balancer = new LeaderBalancer();

    const first = balancer.duePartitions(cluster.image);
    const second = balancer.duePartitions(cluster.image);
    cluster.run(decidePreferredLeaders(cluster.image, second));

    expect(first).toEqual([]);
    expect(cluster.partition('t')).toMatchObject({ leader: 1, leaderEpoch: 2 });
  });

  test('leaves a partition whose first replica was out of sync in between', () => {
    const cluster = setUp();
    const balancer = new LeaderBalancer();

    balancer.duePartitions(cluster.image);
    cluster.changePartition('t', 0, { isr: [2] });
    balancer.duePartitions(cluster.image);
    cluster.changePartition('t', 0, { isr: [1, 2] });

    expect(balancer.duePartitions(cluster.image)).toEqual([]);
  });

  test('leaves a partition while its first replica is at rest, and moves it then', () => {
    const cluster = setUp();
    const balancer = new LeaderBalancer();
    const isResting = (brokerId: number): boolean => brokerId === 1;

    const atRest = [1, 2, 3].flatMap(() => balancer.duePartitions(cluster.image, isResting));
    const then = balancer.duePartitions(cluster.image);

    expect(atRest).toEqual([]);
    expect(then).toEqual([{ topicId: 'id-t', partition: 0 }]);
  });

  test('leaves a partition whose first replica is fenced when it comes to it', () => {
    const cluster = setUp();
    const due = [{ topicId: 'id-t', partition: 0 }];
    cluster.fence(1);

    const { records } = decidePreferredLeaders(cluster.image, due);

    expect(records).toEqual([]);
  });
});
