import { describe, expect, test } from 'vitest';
import { decideUnregisterBroker } from '../../../src/controller/unregister.ts';
import { isHealed } from '../../../src/metadata/balance-state.ts';
import {
  CORDON_KEY,
  DECOMMISSION_KEY,
  isDecommissioned,
} from '../../../src/metadata/broker-configs.ts';
import { configResource } from '../../../src/metadata/image.ts';
import { configRecord } from '../../../src/metadata/records.ts';
import { BalanceCluster } from './balance/balance-cluster.ts';
import { TestCluster } from './fixtures.ts';

const RESOURCE = { type: 'broker', name: '4' };

/** Brokers 1 to 4, and a topic of the first three. */
const setUp = (): TestCluster => {
  const cluster = TestCluster.withBrokers(4);
  cluster.createTopic('t', [[1, 2, 3]]);
  return cluster;
};

const unregister = (cluster: TestCluster, brokerId: number, isHeard = false) =>
  cluster.run(decideUnregisterBroker(cluster.image, { brokerId }, () => isHeard));

describe('a broker that is to be forgotten', () => {
  test('is gone with its settings, so that another with its number takes replicas', () => {
    const cluster = setUp();
    const records = [
      configRecord(RESOURCE, DECOMMISSION_KEY, 'true'),
      configRecord(RESOURCE, CORDON_KEY, '*'),
    ];
    cluster.run({ records, respond: () => undefined });
    cluster.fence(4);

    const { metadataIndex } = unregister(cluster, 4);

    expect(cluster.image.brokers.has(4)).toBe(false);
    expect(cluster.image.configs.has(configResource('broker', '4'))).toBe(false);
    expect(metadataIndex).toBe(cluster.image.index);
    cluster.start(4, { directoryId: 'another', incarnationId: 'another' });
    expect(isDecommissioned(cluster.image, 4)).toBe(false);
  });

  test('is refused while it is in service', () => {
    const cluster = setUp();

    expect(() => unregister(cluster, 4)).toThrow(/broker 4 is in service: stop it for good/);
  });

  test('is refused while it is heard from, though it is fenced: it is starting', () => {
    const cluster = setUp();
    cluster.fence(4);

    expect(() => unregister(cluster, 4, true)).toThrow(/broker 4 still runs: stop it for good/);
  });

  test('is refused while it has a replica, in sync or not', () => {
    const cluster = setUp();
    cluster.fence(3);

    expect(() => unregister(cluster, 3)).toThrow(
      /has 1 replica\(s\): 'ottla broker decommission 3/,
    );
  });

  test('may be asked for again: nothing changes', () => {
    const cluster = setUp();
    cluster.fence(4);
    unregister(cluster, 4);
    const { index } = cluster.image;

    const again = unregister(cluster, 4);

    expect(again).toEqual({ metadataIndex: 0 });
    expect(cluster.image.index).toBe(index);
  });

  test('does not come back by a heartbeat of its old registration', () => {
    const cluster = setUp();
    cluster.fence(4);
    const late = cluster.heartbeat(4);
    unregister(cluster, 4);

    expect(() => cluster.beat(4, late)).toThrow();
  });
});

describe('a broker whose replicas were rebuilt on others', () => {
  const AWAY = { away: [3] };

  /** Broker 3 has ended, and what it had is on broker 4. */
  const rebuilt = (): BalanceCluster => {
    const cluster = BalanceCluster.of(4, [[1, 2, 3]]);
    cluster.fence(3);
    cluster.step(AWAY);
    cluster.catchUp();
    return cluster;
  };

  test('leaves no word of that when it is forgotten', () => {
    const cluster = rebuilt();
    cluster.step(AWAY);
    const before = isHealed(cluster.image, 3);

    unregister(cluster, 3);

    expect([before, isHealed(cluster.image, 3)]).toEqual([true, false]);
  });

  test('leaves none when it is forgotten before the controller looks at that', () => {
    const cluster = rebuilt();
    unregister(cluster, 3);

    cluster.step(AWAY);

    expect(isHealed(cluster.image, 3)).toBe(false);
  });
});
