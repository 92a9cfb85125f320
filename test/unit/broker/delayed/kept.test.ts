import { describe, expect, it } from 'vitest';
import { deleteRecords } from '../../../../src/broker/replication/delete-records.ts';
import { applyRetention } from '../../../../src/broker/retention.ts';
import { DelayedCluster, delayed, sentBatch } from './delayed-cluster.ts';

const CLEANER_PAUSE_MS = 16_000;
/** The key `k`, as bytes are printed; its values are a, b and c: 97, 98 and 99. */
const BYTES_OF_K = '107';

const filler = (count: number): Uint8Array =>
  sentBatch(Array.from({ length: count }, (_, i) => ({ value: `filler ${i} ${'x'.repeat(50)}` })));

describe('a record that waits', () => {
  it('outlives the segment it was held in', async () => {
    const world = await DelayedCluster.start(3, {
      'segment.bytes': '2000',
      'retention.bytes': '4000',
    });
    const { cluster } = world;
    world.send(1, sentBatch([delayed('a', 20_000)]));
    for (let index = 0; index < 20; index += 1) {
      world.send(1, filler(10));
      await world.run(20);
    }
    const replica = cluster.broker(1).replica('t');

    for (let round = 0; round < 3; round += 1) {
      for (const { node } of cluster.brokers) {
        for (const each of node.replicas.partitions()) {
          applyRetention(each, cluster.clock.wallMs());
        }
      }
      await world.run(300);
    }
    const startOffset = replica.log.logStartOffset;
    cluster.broker(1).crash({ power: true });
    cluster.controller.change('t', { leader: 2, isr: [2, 3] });
    await world.run(25_000);

    expect(startOffset).toBeGreaterThan(50);
    expect(world.values(2).filter((value) => value === 'a')).toEqual(['a']);
    expect(cluster.broker(2).replica('t').log.logStartOffset).toBeGreaterThan(50);
    cluster.expectHealthy();
  });

  it('outlives the deletion of all records before it', async () => {
    const world = await DelayedCluster.start();
    const { cluster } = world;
    world.send(1, sentBatch([delayed('a', 5000), { value: 'b' }]));
    await world.run(200);
    const replica = cluster.broker(1).replica('t');
    const endOffset = replica.highWatermark;

    const { deadlines } = cluster.broker(1).node.clientContext();
    const deletion = deleteRecords(replica, { beforeOffset: -1, timeoutMs: 3000 }, deadlines);
    let lowWatermark: number | undefined;
    void deletion.then((offset) => {
      lowWatermark = offset;
    });
    await world.run(1000);
    const left = world.values(1);
    await world.run(6000);

    expect(lowWatermark).toBe(endOffset);
    expect(left).toEqual([]);
    expect(world.values(1)).toEqual(['a']);
    cluster.expectHealthy();
  });

  it('is no value of its key before it is delivered, and none for ever after', async () => {
    const world = await DelayedCluster.start(3, {
      'cleanup.policy': 'compact',
      'segment.bytes': '600',
      'min.cleanable.dirty.ratio': '0',
      'min.insync.replicas': '1',
      'delete.retention.ms': '1000',
    });
    const { cluster } = world;
    const fill = async (): Promise<void> => {
      for (let index = 0; index < 40; index += 1) {
        const key = `other ${index % 3}`;
        world.send(1, sentBatch([{ key, value: 'x'.repeat(50) }]));
      }
      await world.run(2 * CLEANER_PAUSE_MS);
    };
    const valuesOfKey = (): string[] =>
      world
        .records(1)
        .flatMap(({ key, value }) => (String(key) === BYTES_OF_K ? [String(value)] : []));
    world.send(1, sentBatch([{ key: 'k', value: 'a' }]));
    world.send(1, sentBatch([{ ...delayed('b', 60_000), key: 'k' }]));
    await fill();
    const before = valuesOfKey();

    await world.run(60_000);
    await fill();
    const after = valuesOfKey();
    world.send(1, sentBatch([{ key: 'k', value: 'c' }]));
    await fill();
    for (const broker of cluster.brokers) {
      broker.crash({ power: true });
      broker.stores.wipe('/data/delayed');
    }
    for (const broker of cluster.brokers) await broker.start();
    await world.run(5000);

    expect([before, after, valuesOfKey()]).toEqual([['97'], ['98'], ['99']]);
    cluster.expectHealthy();
  });
});

describe('a replica that comes late to a compacted log', () => {
  it('delivers nothing again whose delivery it has missed', async () => {
    const world = await DelayedCluster.start(3, {
      'cleanup.policy': 'compact',
      'segment.bytes': '600',
      'min.cleanable.dirty.ratio': '0',
      'min.insync.replicas': '1',
    });
    const { cluster } = world;
    const fill = async (): Promise<void> => {
      for (let index = 0; index < 40; index += 1) {
        const key = `other ${index % 3}`;
        world.send(1, sentBatch([{ key, value: 'x'.repeat(50) }]));
      }
      await world.run(40_000);
    };
    world.send(1, sentBatch([{ ...delayed('old', 5000), key: 'k' }]));
    await world.run(1000);
    cluster.broker(3).crash({ power: false });
    cluster.controller.change('t', { isr: [1, 2] });
    await world.run(10_000);

    world.send(1, sentBatch([{ key: 'k', value: 'new' }]));
    await fill();
    await cluster.broker(3).start();
    await world.run(5000);
    cluster.controller.change('t', { leader: 3 });
    await world.run(5000);

    const ofKey = world.records(3).filter(({ key }) => Buffer.from(key ?? []).toString() === 'k');
    expect(ofKey.map(({ value }) => Buffer.from(value ?? []).toString()).at(-1)).toBe('new');
    cluster.expectHealthy();
  });
});
