import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { loadCodec } from '../../../../src/record/compression.ts';
import { DelayedCluster, delayed, sentBatch } from './delayed-cluster.ts';

const START_WALL_MS = Date.UTC(2026, 0, 1);

describe('a delayed record', () => {
  it('is seen by nobody before it is due, and then by all, with its headers', async () => {
    const world = await DelayedCluster.start();
    const sent = world.send(1, sentBatch([delayed('a', 1000)]));
    await world.run(900);
    const before = world.values(1);

    await world.run(300);

    expect(before).toEqual([]);
    expect(sent.outcome).toMatchObject({ code: 'NONE', baseOffset: -1 });
    const [record, ...others] = world.records(1);
    expect(others).toEqual([]);
    expect(
      record?.headers.map(({ key, value }) => [key, Buffer.from(value ?? []).toString()]),
    ).toEqual([
      ['ottla-delay-ms', '1000'],
      ['ottla-held-timestamp', '1000'],
      ['ottla-held-offset', '0'],
    ]);
    expect(record?.timestampMs).toBeGreaterThanOrEqual(START_WALL_MS + 1000);
    world.cluster.expectHealthy();
  });

  it('is delivered in order of when it is due, not of when it was sent', async () => {
    const world = await DelayedCluster.start();

    world.send(1, sentBatch([delayed('late', 600), delayed('early', 300)]));
    world.send(1, sentBatch([{ value: 'now' }]));
    await world.run(1000);

    expect(world.values(1)).toEqual(['now', 'early', 'late']);
  });

  it('that is past due is delivered at once, in its own place', async () => {
    const world = await DelayedCluster.start();

    const headers = { 'ottla-deliver-at': '5' };
    const sent = world.send(1, sentBatch([{ value: 'a', headers }]));
    await world.run(100);

    expect(sent.outcome).toMatchObject({ code: 'NONE', baseOffset: 0 });
    expect(world.values(1)).toEqual(['a']);
  });

  it('waits for the wall clock of the leader, which may be set', async () => {
    const world = await DelayedCluster.start();
    world.send(1, sentBatch([delayed('a', 3_600_000)]));
    await world.run(500);

    world.cluster.clock.jumpWall(-1000);
    await world.run(1500);
    const early = world.values(1);
    world.cluster.clock.jumpWall(3_600_000);
    await world.run(1500);

    expect(early).toEqual([]);
    expect(world.values(1)).toEqual(['a']);
  });

  it('is delivered where all that is due together is more than a segment takes', async () => {
    const world = await DelayedCluster.start(3, { 'segment.bytes': '1024' });
    const values = Array.from({ length: 20 }, (_, at) => `${at}-${'x'.repeat(100)}`);

    for (const value of values) world.send(1, sentBatch([delayed(value, 500)]));
    await world.run(2000);

    expect(world.values(1)).toEqual(values);
    world.cluster.expectHealthy();
  });

  it('is delivered where it was as large as a segment may be, and grows by that', async () => {
    const world = await DelayedCluster.start(1, {
      'min.insync.replicas': '1',
      'segment.bytes': '1024',
    });

    // The first is refused for its size, the last has room to spare.
    const sizes = Array.from({ length: 200 }, (_, at) => 1000 - at);
    const sent = sizes.map((size) => world.send(1, sentBatch([delayed('x'.repeat(size), 300)])));
    await world.run(2000);

    const codes = sent.map(({ outcome }) => outcome?.code);
    const taken = codes.filter((code) => code === 'NONE').length;
    expect([codes.at(0), codes.at(-1)]).toEqual(['RECORD_LIST_TOO_LARGE', 'NONE']);
    expect(world.values(1)).toHaveLength(taken);
  });

  it('of a compressed batch is held and delivered in the codec of its producer', async () => {
    const world = await DelayedCluster.start();
    const codec = await loadCodec('lz4');

    const sent = world.send(1, sentBatch([delayed('a', 300), delayed('b', 300)], { codec }));
    // The pool has a time of its own.
    for (let step = 0; step < 1000 && world.values(1).length < 2; step += 1) {
      await world.run(20);
      await sleep(2);
    }

    expect(sent.outcome).toMatchObject({ code: 'NONE', baseOffset: -1 });
    expect(world.values(1)).toEqual(['a', 'b']);
  });
});

describe('a batch of records that are due and of some that are not', () => {
  it('delivers those that are due at once, in order, before what is sent next', async () => {
    const world = await DelayedCluster.start();

    const records = [{ value: 'a' }, delayed('later', 400), { value: 'b' }];
    const sent = world.send(1, sentBatch(records));
    world.send(1, sentBatch([{ value: 'c' }]));
    await world.run(200);
    const before = world.values(1);
    await world.run(400);

    expect(sent.outcome).toMatchObject({ code: 'NONE', baseOffset: -1 });
    expect(before).toEqual(['a', 'b', 'c']);
    expect(world.values(1)).toEqual(['a', 'b', 'c', 'later']);
  });

  it('does not deliver them twice where only the held batch is committed for a while', async () => {
    const world = await DelayedCluster.start();
    const { cluster } = world;
    const replica = cluster.broker(1).replica('t');
    // The followers are sent what was held without what was delivered behind it.
    const large = { value: 'x'.repeat(900_000) };
    world.send(1, sentBatch([large, delayed('later', 60_000)]));
    const watermarks = new Set<number>();
    replica.watch({ onHighWatermark: ({ highWatermark }) => watermarks.add(highWatermark) });

    await world.run(1000);

    expect([...watermarks]).toEqual([2, 3]);
    expect(world.values(1)).toEqual([large.value]);
    cluster.expectHealthy();
  });

  it('fails at once where delivering the former finds the disk broken', async () => {
    const world = await DelayedCluster.start(1, { 'min.insync.replicas': '1' });
    const { disk } = world.cluster.broker(1);
    disk.failNext({ op: 'write', pathIncludes: '.log', after: 1, code: 'EIO' });

    const sent = world.send(1, sentBatch([delayed('later', 2000), { value: 'now' }]));
    await world.run(0);

    expect(sent.outcome?.code).toBe('STORAGE_ERROR');
  });
});

describe('a producer with sequences', () => {
  const producer = { producerId: 7, producerEpoch: 0 };

  it('is answered -1 for a held batch that it sends again, which is held once', async () => {
    const world = await DelayedCluster.start();
    const first = sentBatch([delayed('a', 500)], { ...producer, baseSequence: 0 });
    world.send(1, Uint8Array.from(first));
    await world.run(50);

    const again = world.send(1, Uint8Array.from(first));
    const next = world.send(1, sentBatch([{ value: 'b' }], { ...producer, baseSequence: 1 }));
    await world.run(1000);

    expect(again.outcome).toMatchObject({ code: 'NONE', baseOffset: -1, isDuplicate: true });
    expect(next.outcome).toMatchObject({ code: 'NONE', baseOffset: 1 });
    expect(world.values(1)).toEqual(['b', 'a']);
  });

  it('is answered so by the next leader, after a power cut of all', async () => {
    const world = await DelayedCluster.start();
    const { cluster } = world;
    const first = sentBatch([delayed('a', 3000)], { ...producer, baseSequence: 0 });
    world.send(1, Uint8Array.from(first));
    await world.run(100);
    for (const broker of cluster.brokers) broker.crash({ power: true });
    for (const broker of cluster.brokers) await broker.start();
    await world.run(1000);
    world.leads(2);
    await world.run(300);

    const again = world.send(2, Uint8Array.from(first));
    await world.run(4000);

    expect(again.outcome).toMatchObject({ code: 'NONE', baseOffset: -1, isDuplicate: true });
    expect(world.values(2)).toEqual(['a']);
    cluster.expectHealthy();
  });
});

describe('a header that does not say when', () => {
  it.each([
    [{ 'ottla-delay-ms': 'soon' }, /digits/],
    [{ 'ottla-delay-ms': '-1' }, /digits/],
    [{ 'ottla-deliver-at': '1.5' }, /digits/],
    [{ 'ottla-deliver-at': '99999999999999999999' }, /2\^53/],
    [{ 'ottla-delay-ms': '1', 'ottla-deliver-at': '1' }, /one of them/],
  ])(
    '%j is refused with its record, and nothing of the batch is appended',
    async (headers, reason) => {
      const world = await DelayedCluster.start(1, { 'min.insync.replicas': '1' });

      const sent = world.send(1, sentBatch([delayed('a', 5), { value: 'b', headers }]));
      await world.run(100);

      expect(sent.outcome).toMatchObject({
        code: 'INVALID_RECORD',
        refusedRecords: [{ index: 1, reason: expect.stringMatching(reason) }],
      });
      expect(world.cluster.broker(1).replica('t').log.logEndOffset).toBe(0);
    },
  );

  it('is one like any other on a topic that holds nothing back', async () => {
    const world = await DelayedCluster.start(1, {
      'delay.enable': 'false',
      'min.insync.replicas': '1',
    });

    const sent = world.send(1, sentBatch([delayed('a', 60_000), delayed('b', -1)]));
    await world.run(100);

    expect(sent.outcome).toMatchObject({ code: 'NONE', baseOffset: 0 });
    expect(world.values(1)).toEqual(['a', 'b']);
  });
});
