import { describe, expect, test } from 'vitest';
import type { ElectionRules, Electorate } from '../../../src/controller/election.ts';
import { decideElectLeaders, electLeader } from '../../../src/controller/election.ts';
import { codeOf, codesOf, TestCluster } from './fixtures.ts';

const partition: Electorate = {
  replicas: [1, 2, 3],
  isr: [3, 2],
  leader: 3,
  elr: [],
  lastKnownElr: [],
};

const upExcept = (...down: number[]): ElectionRules => ({
  isAcceptable: (brokerId) => !down.includes(brokerId),
  allowsUnclean: false,
  isrFloor: 1,
  copiesMin: 1,
});

describe('the choice of a leader', () => {
  test('keeps a leader that works', () => {
    expect(electLeader(partition, upExcept())).toBe(3);
  });

  test('takes the first acceptable replica in sync, in the order of the replicas', () => {
    expect(electLeader({ ...partition, isr: [3, 1, 2] }, upExcept(3))).toBe(1);
  });

  test('takes none when no in-sync replica is acceptable', () => {
    expect(electLeader(partition, upExcept(2, 3))).toBe(-1);
  });

  test('takes an eligible one where nobody in sync can lead', () => {
    expect(electLeader({ ...partition, isr: [3], elr: [2] }, upExcept(3))).toBe(2);
  });

  test('takes one in sync before one that is eligible', () => {
    expect(electLeader({ ...partition, isr: [3], elr: [1, 2], leader: -1 }, upExcept())).toBe(3);
  });

  test('takes an eligible one before one out of sync', () => {
    const rules = { ...upExcept(3), allowsUnclean: true };

    expect(electLeader({ ...partition, isr: [3], elr: [2] }, rules)).toBe(2);
  });

  test('takes none out of sync while those that forgot can be compared, unless it is asked', () => {
    const forgotten = { ...partition, isr: [], leader: -1, lastKnownElr: [2] };
    const rules = { ...upExcept(), allowsUnclean: true };

    expect(electLeader(forgotten, rules)).toBe(-1);
    expect(electLeader(forgotten, { ...rules, isAskedFor: true })).toBe(1);
  });

  test('takes a replica out of sync only where that is allowed', () => {
    expect(electLeader(partition, { ...upExcept(2, 3), allowsUnclean: true })).toBe(1);
  });

  test('takes one in sync before one out of sync where both would do', () => {
    expect(electLeader(partition, { ...upExcept(3), allowsUnclean: true })).toBe(2);
  });
});

const elect = (cluster: TestCluster, unclean: boolean, partitions = [0]) =>
  cluster.run(
    decideElectLeaders(
      cluster.image,
      { partitions: partitions.map((number) => ({ topicId: 'id-t', partition: number })), unclean },
      cluster.context,
    ),
  );

describe('an election on request', () => {
  test('brings the preferred leader back', () => {
    const cluster = TestCluster.withBrokers(2);
    cluster.createTopic('t', [[1, 2]]);
    cluster.changePartition('t', 0, { leader: 2 });

    const { results } = elect(cluster, false);

    expect(codesOf(results)).toEqual(['NONE']);
    expect(cluster.partition('t')).toMatchObject({ leader: 1, isr: [1, 2], leaderEpoch: 2 });
  });

  test('is not needed where the preferred replica leads', () => {
    const cluster = TestCluster.withBrokers(2);
    cluster.createTopic('t', [[1, 2]]);

    expect(codesOf(elect(cluster, false).results)).toEqual(['ELECTION_NOT_NEEDED']);
  });

  test('is refused where the preferred replica is out of sync', () => {
    const cluster = TestCluster.withBrokers(2);
    cluster.createTopic('t', [[1, 2]]);
    cluster.fence(1);
    cluster.beat(1);

    expect(codesOf(elect(cluster, false).results)).toEqual(['PREFERRED_LEADER_NOT_AVAILABLE']);
  });

  test('unclean, takes a replica that is up though the topic does not allow it by itself', () => {
    const cluster = TestCluster.withBrokers(2);
    cluster.createTopic('t', [[1, 2]]);
    cluster.changePartition('t', 0, { isr: [1] });
    cluster.fence(1);

    const { results } = elect(cluster, true);

    expect(codesOf(results)).toEqual(['NONE']);
    expect(cluster.partition('t')).toMatchObject({ leader: 2, isr: [2] });
  });

  describe('of a certain replica', () => {
    const electOne = (cluster: TestCluster, leader: number) => {
      const partitions = [{ topicId: 'id-t', partition: 0 }];
      const request = { partitions, unclean: true, leader };
      return codesOf(
        cluster.run(decideElectLeaders(cluster.image, request, cluster.context)).results,
      );
    };
    const leaderless = (): TestCluster => {
      const cluster = TestCluster.withBrokers(3);
      cluster.createTopic('t', [[1, 2, 3]]);
      cluster.changePartition('t', 0, { isr: [1] });
      cluster.fence(1);
      return cluster;
    };

    test('takes that one, though another stands before it', () => {
      const cluster = leaderless();

      expect(electOne(cluster, 3)).toEqual(['NONE']);
      expect(cluster.partition('t')).toMatchObject({ leader: 3, isr: [3] });
    });

    test('takes no other where that one is away', () => {
      const cluster = leaderless();

      expect(electOne(cluster, 1)).toEqual(['ELIGIBLE_LEADERS_NOT_AVAILABLE']);
      expect(cluster.partition('t').leader).toBe(-1);
    });

    test('is refused for more than one partition', () => {
      const { image } = leaderless();

      expect(
        codeOf(() => decideElectLeaders(image, { partitions: [], unclean: true, leader: 2 }, {})),
      ).toBe('INVALID_REQUEST');
    });
  });

  test('unclean, never takes a replica that its broker reports as damaged', () => {
    const cluster = TestCluster.withBrokers(1);
    cluster.createTopic('t', [[1]]);
    cluster.beat(1, { damaged: [{ topicId: 'id-t', partition: 0 }] });
    cluster.context = { isDamaged: ({ brokerId }) => brokerId === 1 };

    expect(codesOf(elect(cluster, true).results)).toEqual(['ELIGIBLE_LEADERS_NOT_AVAILABLE']);
  });

  test('unclean, is not needed where a leader works', () => {
    const cluster = TestCluster.withBrokers(2);
    cluster.createTopic('t', [[1, 2]]);

    expect(codesOf(elect(cluster, true).results)).toEqual(['ELECTION_NOT_NEEDED']);
  });

  test('of an unknown partition is refused', () => {
    const cluster = TestCluster.withBrokers(1);

    expect(codesOf(elect(cluster, false).results)).toEqual(['UNKNOWN_TOPIC_OR_PARTITION']);
  });

  test('of all partitions reports only those that it concerns', () => {
    const cluster = TestCluster.withBrokers(2);
    cluster.createTopic('t', [
      [1, 2],
      [1, 2],
    ]);
    cluster.changePartition('t', 1, { leader: 2 });

    const { results } = elect(cluster, false, []);

    expect(results).toEqual([{ topicId: 'id-t', partition: 1, errorCode: 0 }]);
  });
});
