import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { connect } from '../../../src/app/connect.ts';
import type { OttlaClient } from '../../../src/client/client.ts';
import { tempDirs } from '../../support/temp-dir.ts';
import { RealCluster } from './real-cluster.ts';

const makeTempDir = tempDirs();
/** The offsets of all groups are on one broker. */
const OVERRIDES = ['offsets.topic.num.partitions=1', 'offsets.topic.replication.factor=1'];

let cluster: RealCluster;
let client: OttlaClient;

beforeEach(async () => {
  cluster = await RealCluster.start(makeTempDir(), OVERRIDES);
  client = connect({ bootstrap: cluster.bootstrap });
  await client.admin().createTopics([
    {
      name: 't',
      assignments: [
        [2, 3],
        [3, 2],
        [4, 2],
        [4, 3],
      ],
    },
  ]);
});

afterEach(async () => {
  await client.close();
  await cluster.stop();
});

const stateOf = async (brokerId: number) =>
  (await client.admin().brokers.list()).find((broker) => broker.brokerId === brokerId);

describe('a broker that is taken out of use', () => {
  it('is drained of its leaders, and leads again what prefers it when it is taken back', async () => {
    await client.admin().brokers.drain(4);
    const drained = await stateOf(4);
    await client.admin().brokers.uncordon(4);
    await cluster.until(() => cluster.partition('t', 2).leader === 4);

    expect(drained).toMatchObject({
      isCordoned: true,
      isDrained: true,
      isDecommissioned: false,
      replicaCount: 2,
      leaderCount: 0,
    });
    expect(await stateOf(4)).toMatchObject({ isCordoned: false, isDrained: false });
  });

  it('loses all its replicas when it is decommissioned, though the controller ends meanwhile', async () => {
    await using producer = client.producer();
    await producer.send({ topic: 't', partition: 2, value: 'kept' });

    await client.admin().brokers.decommission(4);
    await cluster.stopNode(1);
    await cluster.startNode(1);
    // Its log is committed anew, by an entry of its own term, before it is applied.
    await cluster.until(() => cluster.image().topicIdsByName.has('t'));
    await cluster.until(() =>
      [2, 3].every((partition) => !cluster.partition('t', partition).replicas.includes(4)),
    );

    expect(await stateOf(4)).toMatchObject({
      isDecommissioned: true,
      replicaCount: 0,
      leavingCount: 0,
    });
    expect([...cluster.partition('t', 2).replicas].sort()).toEqual([2, 3]);
    const reader = client.reader({
      assignments: [{ topic: 't', partition: 2, from: 'earliest' }],
    });
    for await (const record of reader) {
      expect(Buffer.from(record.value ?? []).toString()).toBe('kept');
      break;
    }
  });

  it('cannot leave while the others are too few for what it has', async () => {
    await client.admin().createTopics([{ name: 'wide', assignments: [[2, 3, 4]] }]);

    await expect(client.admin().brokers.decommission(4)).rejects.toMatchObject({
      code: 'INVALID_CONFIG',
    });
    expect(await stateOf(4)).toMatchObject({ isDecommissioned: false });
  });

  it('is forgotten once it is empty and stopped, and is a new one when it comes back', async () => {
    const { brokers } = client.admin();
    await brokers.decommission(4);
    await expect(brokers.unregister(4)).rejects.toThrow(/broker 4 is in service: stop it for good/);
    await cluster.until(() =>
      [2, 3].every((partition) => !cluster.partition('t', partition).replicas.includes(4)),
    );
    await cluster.stopNode(4);
    await cluster.until(() => cluster.image().brokers.get(4)?.isFenced === true);

    await brokers.unregister(4);
    const left = (await brokers.list()).map(({ brokerId }) => brokerId);
    await cluster.startNode(4);
    await cluster.until(() => cluster.image().brokers.get(4)?.isFenced === false);

    expect(left).toEqual([2, 3]);
    expect(await stateOf(4)).toMatchObject({ isDecommissioned: false, isCordoned: false });
    await expect(brokers.unregister(5)).rejects.toThrow(/broker 5 is not registered/);
  });
});
