import { describe, expect, test } from 'vitest';
import type { ReplicaFetchers } from '../../../src/broker/replication/replica-fetchers.ts';
import type { ReplicaDown, ReplicaUp } from '../../../src/gen/ottla.ts';
import { ReplicaService } from '../../../src/gen/ottla.ts';
import { batchOf, TestCluster, valuesOf } from './harness/test-cluster.ts';

const CATCH_UP = { farBytes: 200_000, nearBytes: 20_000 };
const RECORDS = 200;
/** One response holds 1 MiB of a partition. */
const VALUE = 'x'.repeat(30_000);

interface Shape {
  readonly replicas?: readonly number[];
  readonly configs?: Record<string, string>;
}

/** Broker 2 is in sync with `u` and has nothing of the 6 MB of `t`, both led by broker 1. */
const behind = async ({ replicas = [1, 2], configs = {} }: Shape = {}): Promise<TestCluster> => {
  const cluster = await TestCluster.start(2);
  cluster.controller.createTopic('u', [1, 2]);
  await cluster.run(50);
  cluster.broker(2).crash({ power: false });
  cluster.controller.createTopic('t', replicas, { isr: [1], configs });
  await cluster.run(50);
  const leader = cluster.broker(1).replica('t');
  for (let index = 0; index < RECORDS; index += 1) {
    cluster.produce(leader, batchOf([`${index} ${VALUE}`]), { acks: 1 });
  }
  await cluster.run(50);
  cluster.broker(2).catchUp = CATCH_UP;
  return cluster;
};

const fetchersOf = (cluster: TestCluster): ReplicaFetchers => cluster.broker(2).node.fetchers;

const laneOfT = (cluster: TestCluster): string | undefined => fetchersOf(cluster).laneOf('t-0');

/** Lets time pass until the replica of `t` is on the lane. */
const untilOn = async (cluster: TestCluster, lane: string): Promise<void> => {
  for (let ms = 0; ms < 5000 && laneOfT(cluster) !== lane; ms += 1) await cluster.run(1);
  expect(laneOfT(cluster)).toBe(lane);
};

const isCaughtUp = (cluster: TestCluster): boolean =>
  cluster.broker(2).replica('t').log.flushedOffset === RECORDS;

describe('a follower far behind', () => {
  test('catches up on a stream of its own and comes back near the end', async () => {
    const cluster = await behind();
    await cluster.broker(2).start();

    await untilOn(cluster, 'catchup');
    const others = fetchersOf(cluster).laneOf('u-0');
    const endWhileAway = cluster.broker(2).replica('t').log.logEndOffset;
    await untilOn(cluster, 'data');
    await cluster.run(1000);

    expect(others).toBe('data');
    expect(endWhileAway).toBeLessThan(RECORDS);
    expect(valuesOf(cluster.broker(2).replica('t'))).toEqual(
      valuesOf(cluster.broker(1).replica('t')),
    );
    cluster.expectHealthy();
  });

  test('keeps to the rate that it may catch up with', async () => {
    const cluster = await behind();
    cluster.broker(2).catchUpMaxBytesPerSecond = 1_000_000;
    await cluster.broker(2).start();
    await untilOn(cluster, 'catchup');

    await cluster.run(1500);
    const early = cluster.broker(2).replica('t').log.sizeBytes;
    for (let ms = 0; ms < 10_000 && !isCaughtUp(cluster); ms += 100) await cluster.run(100);

    // One second at once, what that time brings, and the answer that runs into debt.
    expect(early).toBeLessThan(4_600_000);
    expect(isCaughtUp(cluster)).toBe(true);
    cluster.expectHealthy();
  });

  test('delays no acknowledgement of a partition in sync', async () => {
    const cluster = await behind();
    await cluster.broker(2).start();
    await untilOn(cluster, 'catchup');

    const produced = cluster.produce(cluster.broker(1).replica('u'), batchOf(['hot']));
    await cluster.run(15);

    expect(produced.code).toBe('NONE');
    expect(isCaughtUp(cluster)).toBe(false);
  });

  test('counts again for acknowledgements when it is back', async () => {
    const cluster = await behind();
    await cluster.broker(2).start();
    await untilOn(cluster, 'catchup');
    await untilOn(cluster, 'data');
    await cluster.run(1500);

    const leader = cluster.broker(1).replica('t');
    const produced = cluster.produce(leader, batchOf(['after']));
    await cluster.run(50);

    expect(leader.core.committedIsr).toEqual([1, 2]);
    expect(produced.code).toBe('NONE');
    expect(leader.core.followerProgress(2)?.positionOf('fsync')).toBe(RECORDS + 1);
  });

  test('goes on over connections that break at any moment of its way', async () => {
    const cluster = await behind();
    await cluster.broker(2).start();

    for (let round = 0; round < 40; round += 1) {
      await cluster.run(25 + round);
      cluster.network.reset('b1', 'b2');
    }
    await cluster.run(3000);

    expect(isCaughtUp(cluster)).toBe(true);
    expect(laneOfT(cluster)).toBe('data');
    expect(cluster.broker(1).replica('t').core.committedIsr).toEqual([1, 2]);
    cluster.expectHealthy();
  });

  test('follows the next leader from the beginning of its way', async () => {
    const cluster = await behind();
    await cluster.broker(2).start();
    await untilOn(cluster, 'catchup');

    cluster.controller.change('t', { leader: -1 });
    await cluster.run(20);
    const laneWithoutLeader = laneOfT(cluster);
    cluster.controller.change('t', { leader: 1 });
    await cluster.run(3000);

    expect(laneWithoutLeader).toBeUndefined();
    expect(isCaughtUp(cluster)).toBe(true);
  });
});

const ADDED = { reassignment: { addingReplicas: [2], removingReplicas: [] } };

/** How long broker 2 needs, from when it is far behind until it is near the end. */
const catchUpMs = async (cluster: TestCluster): Promise<number> => {
  await cluster.broker(2).start();
  await untilOn(cluster, 'catchup');
  const beginMs = cluster.clock.monotonicMs();
  await untilOn(cluster, 'data');
  return cluster.clock.monotonicMs() - beginMs;
};

/** Of a replica that was there before. */
const returnMs = async (): Promise<number> => catchUpMs(await behind());

describe('a copy for a reassignment', () => {
  test('rests between answers, and gets in sync', async () => {
    const atOnceMs = await returnMs();
    const cluster = await behind();
    cluster.controller.change('t', ADDED);

    const copyMs = await catchUpMs(cluster);
    await cluster.run(1500);

    expect(copyMs).toBeGreaterThan(4 * atOnceMs);
    expect(cluster.broker(1).replica('t').core.committedIsr).toEqual([1, 2]);
    cluster.expectHealthy();
  });

  test('takes what it can get where the partition is short of copies in sync', async () => {
    const atOnceMs = await returnMs();
    const configs = { 'min.insync.replicas': '2' };
    const cluster = await behind({ replicas: [1, 2, 3], configs });
    cluster.controller.change('t', ADDED);

    const copyMs = await catchUpMs(cluster);

    expect(copyMs).toBeLessThan(2 * atOnceMs);
  });

  test('takes what it can get where it would never reach what is produced', async () => {
    const cluster = await behind();
    cluster.controller.change('t', ADDED);
    await cluster.broker(2).start();
    await untilOn(cluster, 'catchup');

    // 60 MB a second, which is more than comes to one that rests.
    const leader = cluster.broker(1).replica('t');
    for (let ms = 0; ms < 300; ms += 1) {
      cluster.produce(leader, batchOf([VALUE, VALUE]), { acks: 1 });
      await cluster.run(1);
    }

    const copy = cluster.broker(2).replica('t');
    expect(leader.log.logEndOffset - copy.log.logEndOffset).toBeLessThan(RECORDS / 4);
    cluster.expectHealthy();
  });
});

/** A raw stream of follower 2 to leader 1, after its hello. */
const openStream = (cluster: TestCluster, streamNumber: number, isCatchUp = false) => {
  const codes: number[] = [];
  let isClosed = false;
  const stream = cluster.network
    .transportFor(`f${streamNumber}${isCatchUp}`)
    .open<ReplicaUp, ReplicaDown>(cluster.broker(1).peerAddress, ReplicaService.replicate, {
      lane: 'data',
      listener: {
        onMessage: ({ header }) => codes.push(header.errorCode),
        onClose: () => {
          isClosed = true;
        },
      },
    });
  const value = {
    clusterId: 'test-cluster',
    brokerId: 2,
    brokerEpoch: 1_000_000,
    leaderBrokerId: 1,
    isCatchUp,
    streamNumber,
  };
  stream.send({ kind: 'hello', value });
  return { codes, isClosed: () => isClosed };
};

describe('a leader', () => {
  test('ends the stream that a newer one of the same kind replaces', async () => {
    const cluster = await TestCluster.start(1);
    const old = openStream(cluster, 1);
    const other = openStream(cluster, 2, true);
    await cluster.run(10);

    const next = openStream(cluster, 3);
    await cluster.run(10);

    expect([old, other, next].map(({ isClosed }) => isClosed())).toEqual([true, false, false]);
  });

  test('refuses a stream that arrives after the one that replaced it', async () => {
    const cluster = await TestCluster.start(1);
    const next = openStream(cluster, 2);
    await cluster.run(10);

    const late = openStream(cluster, 1);
    await cluster.run(10);

    expect(late.isClosed()).toBe(true);
    expect(next.isClosed()).toBe(false);
  });
});
