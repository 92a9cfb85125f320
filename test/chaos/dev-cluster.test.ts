import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connect, json } from '../../src/index.ts';
import { startDevCluster } from '../../src/testing/index.ts';

// Temporary directories of others must not count here.
const own = mkdtempSync(join(tmpdir(), 'ottla-leftovers-'));
const before = process.env['TMPDIR'];

beforeAll(() => {
  process.env['TMPDIR'] = own;
});

afterAll(() => {
  if (before === undefined) delete process.env['TMPDIR'];
  else process.env['TMPDIR'] = before;
  rmSync(own, { recursive: true, force: true });
});

const leftovers = (): string[] => readdirSync(own);

/** Ports that this process listens on. */
const serverCount = (): number =>
  process.getActiveResourcesInfo().filter((kind) => kind === 'TCPServerWrap').length;

describe('startDevCluster', () => {
  it.each([1, 3] as const)(
    'gives a test a cluster of %s node(s) that keeps records',
    async (nodes) => {
      await using cluster = await startDevCluster({ nodes, topics: ['orders'] });
      await using producer = cluster.client.producer();

      const { offset } = await producer.send({ topic: 'orders', key: 'a', value: 'first' });

      expect(offset).toBe(0);
      await using reader = cluster.client.reader({ topic: 'orders', from: 'earliest' });
      for await (const { value } of reader) {
        expect(Buffer.from(value ?? '').toString()).toBe('first');
        break;
      }
    },
  );

  it('replicates over three nodes what is sent to one', async () => {
    await using cluster = await startDevCluster({ nodes: 3, topics: ['orders'] });

    const { partitions } = await cluster.client.admin().describeTopic('orders');

    expect(partitions[0]?.isr).toHaveLength(3);
  });

  it('takes configuration and topics with settings', async () => {
    await using cluster = await startDevCluster({
      config: { 'num.partitions': 4 },
      topics: ['defaults', { name: 'own', partitions: 2, configs: { 'retention.ms': 1000 } }],
    });
    const admin = cluster.client.admin();

    const [defaults, second] = await admin.describeTopics(['defaults', 'own']);

    expect([defaults?.partitions.length, second?.partitions.length]).toEqual([4, 2]);
    const configs = await admin.describeConfigs({ type: 'topic', name: 'own' });
    expect(configs.find(({ key }) => key === 'retention.ms')?.value).toBe('1000');
  });

  it('refuses an unknown configuration key by name, and leaves nothing behind', async () => {
    const starting = startDevCluster({ config: { 'num.partition': 4 } });

    await expect(starting).rejects.toThrow(/unknown configuration key 'num.partition'/);
    expect(leftovers()).toEqual([]);
  });

  it('leaves no data behind when it is stopped', async () => {
    const cluster = await startDevCluster();
    expect(leftovers()).toHaveLength(1);

    await Promise.all([cluster.stop(), cluster.stop()]);

    expect(leftovers()).toEqual([]);
  });

  it.each([2, 5, '3'])('refuses %o nodes by name, and leaves nothing behind', async (nodes) => {
    const starting = startDevCluster({ nodes: nodes as 1 });

    await expect(starting).rejects.toThrow(`option nodes=${nodes} is none of 1, 3`);
    await expect(starting).rejects.toMatchObject({ code: 'CONFIG' });
    expect(leftovers()).toEqual([]);
  });

  it('makes no client once it is stopped', async () => {
    const cluster = await startDevCluster();

    const stopping = cluster.stop();
    expect(() => cluster.client).toThrow('the cluster is closed');
    await stopping;

    expect(() => cluster.client).toThrow('the cluster is closed');
  });

  it('ends a start with ABORTED when its signal fires, and leaves nothing behind', async () => {
    const abort = new AbortController();
    const serversBefore = serverCount();

    const starting = startDevCluster({ signal: abort.signal });
    abort.abort();

    await expect(starting).rejects.toMatchObject({ code: 'ABORTED' });
    await expect(starting).rejects.toThrow('startDevCluster was aborted by the caller');
    expect(leftovers()).toEqual([]);
    expect(serverCount()).toBe(serversBefore);
  });

  it('ends a start with ABORTED when its signal fires while topics are made', async () => {
    const abort = new AbortController();
    const topic = {
      get name(): string {
        abort.abort();
        return 't';
      },
    };

    const starting = startDevCluster({ topics: [topic], signal: abort.signal });

    await expect(starting).rejects.toMatchObject({ code: 'ABORTED' });
    expect(leftovers()).toEqual([]);
  });

  it('is stopped at once by a signal, whatever its client has under way', async () => {
    const cluster = await startDevCluster({ topics: ['t'] });
    const producer = cluster.client.producer({ lingerMs: 600_000 });
    const sent = producer.send({ topic: 't', value: 'v' });
    const refused = expect(sent).rejects.toMatchObject({ code: 'CLOSED' });

    await cluster.stop({ signal: AbortSignal.abort() });

    await refused;
    expect(leftovers()).toEqual([]);
  });

  it('lets a client with older metadata use partitions that another one added', async () => {
    await using cluster = await startDevCluster({ nodes: 3, topics: ['t'] });
    await using other = connect({ bootstrap: cluster.bootstrap });
    await using producer = cluster.client.producer();
    await producer.send({ topic: 't', value: 'early' });
    await other.admin().createPartitions([{ name: 't', totalPartitions: 5 }]);

    const at = { topic: 't', partition: 4 };
    const sent = producer.send({ ...at, value: 'late' });
    await using reader = cluster.client.reader({ assignments: [at], from: 'earliest' });

    expect(await sent).toMatchObject({ partition: 4, offset: 0 });
    for await (const { value } of reader) {
      expect(Buffer.from(value ?? '').toString()).toBe('late');
      break;
    }
  });

  it('lets two clusters run side by side', async () => {
    await using one = await startDevCluster({ topics: ['t'] });
    await using two = await startDevCluster({ topics: ['t'] });
    await using producer = one.client.producer({ serializers: { value: json<{ n: number }>() } });

    await producer.send({ topic: 't', value: { n: 1 } });

    const at = 'latest' as const;
    const question = { topic: 't', partition: 0, at };
    expect((await one.client.admin().listOffsets([question]))[0]?.offset).toBe(1);
    expect((await two.client.admin().listOffsets([question]))[0]?.offset).toBe(0);
  });
});
