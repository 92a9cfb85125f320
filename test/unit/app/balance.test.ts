import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { connect } from '../../../src/app/connect.ts';
import type { BalanceState } from '../../../src/client/admin/balance-admin.ts';
import type { OttlaClient } from '../../../src/client/client.ts';
import { tempDirs } from '../../support/temp-dir.ts';
import { RealCluster } from './real-cluster.ts';

const makeTempDir = tempDirs();
const VALUE_BYTES = 10_000;
const PARTITIONS = 6;

let cluster: RealCluster;
let client: OttlaClient;

beforeEach(async () => {
  cluster = await RealCluster.start(makeTempDir());
  client = connect({ bootstrap: cluster.bootstrap });
  const assignments = Array.from({ length: PARTITIONS }, () => [2]);
  await client.admin().createTopics([{ name: 't', assignments }]);
});

afterEach(async () => {
  await client.close();
  await cluster.stop();
});

const planNow = (): Promise<BalanceState> => client.admin().balance.plan();

const describeNow = (): Promise<BalanceState> => client.admin().balance.describe();

const counts = (): number[] =>
  [2, 3, 4].map((brokerId) => {
    const partitions = Array.from({ length: PARTITIONS }, (_, at) => cluster.partition('t', at));
    return partitions.filter(({ replicas }) => replicas.includes(brokerId)).length;
  });

describe('brokers of which one has everything', () => {
  it('are to share it by a plan that tells the bytes and the time, and changes nothing', async () => {
    await using producer = client.producer();
    const value = Buffer.alloc(VALUE_BYTES, 'v');
    for (let partition = 0; partition < PARTITIONS; partition += 1) {
      await producer.send({ topic: 't', partition, value });
    }

    const { planned, leftBytes, leftMs, reason } = await planNow();

    expect(planned).toHaveLength(4);
    expect(planned.every(({ copyBytes = 0 }) => copyBytes > VALUE_BYTES)).toBe(true);
    expect(leftBytes).toBe(planned.reduce((sum, { copyBytes = 0 }) => sum + copyBytes, 0));
    expect(leftMs).toBeGreaterThan(0);
    expect(reason).toBeUndefined();
    expect(counts()).toEqual([6, 0, 0]);
  });

  it('share it once that is asked for, though the controller ends meanwhile', async () => {
    await client.admin().balance.apply();
    const { reason } = await describeNow();
    await cluster.stopNode(1);
    await cluster.startNode(1);
    await cluster.until(() => cluster.image().topicIdsByName.has('t'));
    await cluster.until(() => counts().every((count) => count === 2));
    await cluster.until(() => !cluster.image().configs.has('balance/goal'));

    expect(reason).toBe('it was asked for');
    expect(await describeNow()).toMatchObject({ reason: undefined, planned: [], underWay: [] });
  });

  it('stay as they are once that is taken back', async () => {
    await client.admin().balance.apply();
    await client.admin().balance.cancel();

    const { reason, underWay, planned } = await describeNow();

    expect([reason, underWay, planned]).toEqual([undefined, [], []]);
  });

  it('are to share it by leaders alone where each has as many replicas', async () => {
    const assignments = [
      [2, 3, 4],
      [2, 3, 4],
      [2, 3, 4],
    ];
    await client.admin().deleteTopics(['t']);
    await client.admin().createTopics([{ name: 'u', assignments }]);

    const { planned, leftBytes } = await planNow();

    expect(planned.map(({ to }) => [...to].sort().join())).toEqual(['2,3,4', '2,3,4']);
    expect([leftBytes, planned.map(({ copyBytes }) => copyBytes)]).toEqual([0, [0, 0]]);
  });
});
