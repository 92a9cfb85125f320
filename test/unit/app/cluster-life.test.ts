import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connect } from '../../../src/app/connect.ts';
import type { OttlaClient } from '../../../src/client/client.ts';
import { PRODUCER_ID_BLOCK_COUNT } from '../../../src/controller/producer-ids.ts';
import type { RaftEnvelope } from '../../../src/gen/ottla.ts';
import { ClientService } from '../../../src/gen/ottla.ts';
import { METADATA_VERSION_MAX } from '../../../src/metadata/versions.ts';
import { SystemClock } from '../../../src/platform/system-clock.ts';
import { GrpcTransport } from '../../../src/rpc/grpc-transport.ts';
import { tempDirs } from '../../support/temp-dir.ts';
import { BROKERS, CHUNK_BYTES, RealCluster } from './real-cluster.ts';

const makeTempDir = tempDirs();
const REPLICAS = [[2, 3, 4]];

let cluster: RealCluster;
let client: OttlaClient;

beforeAll(async () => {
  cluster = await RealCluster.start(makeTempDir());
  client = connect({ bootstrap: cluster.bootstrap });
  await client.admin().createTopics([{ name: 't', assignments: REPLICAS }]);
});

afterAll(async () => {
  await client.close();
  await cluster.stop();
});

/** The image of every broker has gone as far as the controller's had when this was called. */
const untilFollowed = async (brokers: readonly number[] = BROKERS): Promise<void> => {
  const { index } = cluster.image();
  await cluster.until(() => brokers.every((id) => cluster.image(id).index >= index));
};

describe('brokers that are no voters', () => {
  it('follow the metadata log to the same image', async () => {
    await untilFollowed();

    for (const id of BROKERS) {
      expect(cluster.node(id).parts.raft.status().role).toBe('observer');
      expect([...cluster.image(id).topicIdsByName]).toEqual([...cluster.image().topicIdsByName]);
    }
  });

  it('know the metadata.version that the first controller wrote', async () => {
    await untilFollowed();

    const versions = BROKERS.map((id) => cluster.image(id).metadataVersion);

    expect(versions).toEqual(BROKERS.map(() => METADATA_VERSION_MAX));
  });
});

describe('producer ids', () => {
  const transport = new GrpcTransport(new SystemClock());
  const nextId = async (broker: number): Promise<number> => {
    const { producerId } = await transport.call(
      cluster.clientAddress(broker),
      ClientService.initProducerId,
      { request: {}, deadlineMs: 5000 },
    );
    return producerId;
  };
  afterAll(() => transport.close());

  it('come from blocks of their own on each broker, and from new ones after a restart', async () => {
    const before = [await nextId(3), await nextId(3), await nextId(4)];
    await cluster.stopNode(4);
    await cluster.startNode(4);
    const after = await nextId(4);

    const [first = 0, second, other = 0] = before;
    expect(second).toBe(first + 1);
    expect(other - first).toBe(PRODUCER_ID_BLOCK_COUNT);
    expect(after - other).toBe(PRODUCER_ID_BLOCK_COUNT);
  });
});

describe('records that are deleted', () => {
  it('are gone from every replica when it is answered, and from there only', async () => {
    await client.admin().createTopics([{ name: 'trimmed', assignments: REPLICAS }]);
    await using producer = client.producer();
    for (const value of ['a', 'b', 'c']) await producer.send({ topic: 'trimmed', value });
    const topicId = cluster.image().topicIdsByName.get('trimmed') ?? '';

    const deletion = { topic: 'trimmed', partition: 0, before: 2 };
    const deleted = await client.admin().deleteRecords([deletion]);

    const starts = BROKERS.map(
      (id) => cluster.node(id).parts.logs?.get(topicId, 0)?.logStartOffset,
    );
    expect(deleted).toEqual([{ topic: 'trimmed', partition: 0, lowWatermark: 2 }]);
    expect(starts).toEqual([2, 2, 2]);
    await expect(client.admin().deleteRecords([{ ...deletion, before: 4 }])).rejects.toThrow(
      'deleting records of trimmed partition 0 before 4: that lies above what is committed',
    );
  });
});

describe('a broker that stops in order', () => {
  it('has handed its leaders over when it is gone, and gets them back after its restart', async () => {
    await cluster.until(() => cluster.partition('t').isr.length === 3);
    const before = cluster.partition('t');
    await using producer = client.producer();
    const offsets = [(await producer.send({ topic: 't', value: 'before' })).offset];

    await cluster.stopNode(2);
    const whileGone = cluster.partition('t');
    const asked = cluster.image().brokers.get(2);
    offsets.push((await producer.send({ topic: 't', value: 'meanwhile' })).offset);
    await cluster.startNode(2);
    await cluster.until(() => cluster.partition('t').leader === 2);
    offsets.push((await producer.send({ topic: 't', value: 'after' })).offset);

    expect(before.leader).toBe(2);
    expect(asked?.inControlledShutdown).toBe(true);
    expect(whileGone).toMatchObject({ leader: 3, isr: [3, 4] });
    expect(cluster.partition('t').isr).toEqual(expect.arrayContaining([2, 3, 4]));
    expect(offsets).toEqual([0, 1, 2]);
  });
});

describe('a broker that missed what is compacted away', () => {
  /** Counts the chunks that come to nodes which start while it is installed. */
  const countChunks = (): { count: number; totalBytes: number } => {
    const seen = { count: 0, totalBytes: 0 };
    cluster.wrapTransport = (transport) => ({
      listen: (address, handlers) => transport.listen(address, handlers),
      call: (address, method, options) => transport.call(address, method, options),
      close: () => transport.close(),
      open: (address, method, options) => {
        const { listener } = options;
        return transport.open(address, method, {
          ...options,
          listener: {
            ...(listener.onDrain === undefined ? {} : { onDrain: () => listener.onDrain?.() }),
            onClose: (error) => listener.onClose(error),
            onMessage: (message) => {
              const { body } = message as Partial<RaftEnvelope>;
              if (body?.kind === 'installSnapshot') {
                seen.count += 1;
                seen.totalBytes = body.value.totalBytes;
              }
              listener.onMessage(message);
            },
          },
        });
      },
    });
    return seen;
  };

  it('gets a snapshot in chunks, and the same image from it', async () => {
    await cluster.stopNode(4);
    const topics = Array.from({ length: 40 }, (_, at) => ({
      name: `missed-${at}`,
      assignments: [[2, 3]],
    }));
    for (const topic of topics) await client.admin().createTopics([topic]);
    const chunks = countChunks();

    await cluster.startNode(4);
    await untilFollowed();

    expect(chunks.count).toBeGreaterThan(2);
    expect(chunks.count).toBeGreaterThanOrEqual(Math.ceil(chunks.totalBytes / CHUNK_BYTES));
    expect([...cluster.image(4).topicIdsByName].sort()).toEqual(
      [...cluster.image().topicIdsByName].sort(),
    );
  });
});
