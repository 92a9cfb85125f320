import { describe, expect, test } from 'vitest';
import { errorCodeOf } from '../../../src/base/errors.ts';
import { LeadershipProof } from '../../../src/broker/replication/leadership-proof.ts';
import type { Transport } from '../../../src/env/transport.ts';
import { OFFSETS_TOPIC } from '../../../src/metadata/internal-topics.ts';
import { NO_REASSIGNMENT } from '../../../src/metadata/records.ts';
import { CoordinatorRig } from './groups/coordinator-rig.ts';
import { openFetch } from './harness/client-streams.ts';
import { batchOf, TestCluster } from './harness/test-cluster.ts';

const threeBrokers = async (): Promise<TestCluster> => {
  const cluster = await TestCluster.start(3);
  cluster.controller.createTopic('t', [1, 2, 3]);
  await cluster.run(50);
  return cluster;
};

/** Asks broker 1 for what lies beyond the end of its log; the code of its answer. */
const askBeyondEnd = async (cluster: TestCluster, waitMs = 50): Promise<string> => {
  const { ask, frames } = openFetch(cluster);
  ask(1, { fetchOffset: 7 });
  await cluster.run(waitMs);
  return errorCodeOf(frames[0]?.header.partitions[0]?.errorCode ?? 0);
};

describe('a leader that is asked for more than it has', () => {
  test('says so when those in sync with it know of no other', async () => {
    const cluster = await threeBrokers();

    expect(await askBeyondEnd(cluster)).toBe('OFFSET_OUT_OF_RANGE');
    cluster.expectHealthy();
  });

  test('says that it may not lead when it was deposed and has not heard of it', async () => {
    const cluster = await threeBrokers();
    cluster.controller.hold('b1');
    cluster.controller.change('t', { leader: 2 });
    await cluster.run(50);
    const produced = cluster.produce(cluster.broker(2).replica('t'), batchOf(['a']), { acks: 1 });

    const code = await askBeyondEnd(cluster);

    expect(produced.code).toBe('NONE');
    expect(code).toBe('NOT_LEADER_OR_FOLLOWER');
    cluster.expectHealthy();
  });

  test('says that it may not lead when it hears none of them', async () => {
    const cluster = await threeBrokers();
    cluster.network.cut('b1', 'b2');
    cluster.network.cut('b1', 'b3');

    expect(await askBeyondEnd(cluster, 2000)).toBe('NOT_LEADER_OR_FOLLOWER');
  });

  test('says that it may not lead when its successor has led, and has no replica any more', async () => {
    const cluster = await TestCluster.start(3);
    cluster.controller.createTopic('t', [1, 2]);
    await cluster.run(50);
    cluster.controller.hold('b1');
    cluster.controller.change('t', { leader: 2 });
    await cluster.run(50);
    cluster.controller.change('t', {
      replicas: [3],
      isr: [3],
      leader: 3,
      directories: [''],
      reassignment: NO_REASSIGNMENT,
    });
    await cluster.run(200);

    expect(await askBeyondEnd(cluster, 1500)).toBe('NOT_LEADER_OR_FOLLOWER');
  });

  test('does not wait for one that is fenced', async () => {
    const cluster = await threeBrokers();
    cluster.broker(3).crash({ power: false });
    cluster.controller.fence(3);
    await cluster.run(50);

    expect(await askBeyondEnd(cluster)).toBe('OFFSET_OUT_OF_RANGE');
  });
});

describe('a coordinator', () => {
  test('that was deposed and has not heard of it tells nothing of what was committed', async () => {
    const rig = await CoordinatorRig.start();
    await rig.commit(1);
    rig.cluster.controller.hold('b1');
    rig.cluster.controller.change(OFFSETS_TOPIC, { leader: 2, isr: [2, 3] });
    await rig.run(500);
    await rig.commit(2, {}, 2);

    expect(await rig.committed(1)).toBe('NOT_COORDINATOR');
    expect(await rig.committed(2)).toBe(2);
    rig.cluster.expectHealthy();
  });
});

describe('those who ask together', () => {
  test('share one question, but not one that was under way before', async () => {
    const cluster = await threeBrokers();
    const partition = cluster.broker(1).replica('t');
    let askedCount = 0;
    const call = async (): Promise<unknown> => {
      askedCount += 1;
      await Promise.resolve();
      return { leaderEpoch: 0 };
    };
    const { image } = cluster.controller;
    const transport = { ...cluster.client, call } as unknown as Transport;
    const proof = new LeadershipProof({ brokerId: 1, transport, image: () => image });

    await Promise.all(Array.from({ length: 10 }, () => proof.prove(partition)));

    // Two rounds to two peers.
    expect(askedCount).toBe(4);
  });
});
