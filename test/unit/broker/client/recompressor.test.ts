import { describe, expect, it, vi } from 'vitest';
import { errorNumber, OttlaError } from '../../../../src/base/errors.ts';
import type {
  PreparedBatch,
  RecompressedPartition,
} from '../../../../src/broker/client/recompressor.ts';
import { Recompressor } from '../../../../src/broker/client/recompressor.ts';
import { DEFAULT_LOG_CONFIG } from '../../../../src/log/log-config.ts';
import { HEADER_BYTES, readBatchHeader } from '../../../../src/record/batch-header.ts';
import { decodeBatch } from '../../../../src/record/batch-reader.ts';
import type { CodecName } from '../../../../src/record/codec.ts';
import { loadCodec } from '../../../../src/record/compression.ts';
import { drainPromises } from '../../../support/manual-clock.ts';
import { batchOf as batchIn, bytesOf, changed, record } from '../../record/batches.ts';
import { openProduce } from '../harness/client-streams.ts';
import { batchOf, TestCluster, valuesOf } from '../harness/test-cluster.ts';

type Config = RecompressedPartition['log']['config'];

const leader = (change: Partial<Config> = {}): RecompressedPartition => ({
  isLeader: true,
  log: {
    name: 'log t-0',
    config: { ...DEFAULT_LOG_CONFIG, compressionType: 'gzip', maxMessageBytes: 1 << 20, ...change },
  },
});

const rig = (defer: (callback: () => void) => unknown = setImmediate) => {
  const fatal: Error[] = [];
  const counter = {
    count: 0,
    add(by: number) {
      this.count += by;
    },
  };
  const held = { bytes: 0, mostBytes: 0 };
  const heldBytes = {
    take: (bytes: number): void => {
      held.bytes += bytes;
      held.mostBytes = Math.max(held.mostBytes, held.bytes);
    },
    giveBack: (bytes: number): void => {
      held.bytes -= bytes;
    },
  };
  const recompressor = new Recompressor({
    clock: { defer, wallMs: () => 0 },
    heldBytes,
    recompressed: counter,
    mayRepeat: () => true,
    onFatal: (error) => fatal.push(error),
  });
  const ready: Array<readonly [name: string, outcome: string]> = [];
  const prepared: PreparedBatch[] = [];
  /** Appends under a name, as a door does. */
  const pass = (partition: RecompressedPartition, name: string, batch: Uint8Array): void => {
    const note = (outcome: PreparedBatch | OttlaError): void => {
      if (!(outcome instanceof OttlaError)) prepared.push(outcome);
      ready.push([name, outcome instanceof OttlaError ? outcome.code : codecOf(outcome.batch)]);
    };
    if (recompressor.holds(partition, batch)) recompressor.take(partition, batch, note);
    else note({ batch });
  };
  return { counter, fatal, held, prepared, ready, pass };
};

const codecOf = (batch: Uint8Array): string =>
  String(readBatchHeader(batch).attributes & 7)
    .replace('0', 'none')
    .replace('1', 'gzip');

const bomb = 'z'.repeat(9 << 20);
const large = batchOf(['x'.repeat(300_000)]);
const small = batchOf(['y']);
const compressed = async (name: CodecName, text = 'z'): Promise<Uint8Array> =>
  batchIn([record({ value: bytesOf(text) })], { codec: await loadCodec(name) });

describe('the compression of a topic', () => {
  it('is given in the order in which the batches came, to those behind that have it too', async () => {
    const { ready, pass, counter, fatal } = rig();
    const partition = leader();
    const done = await compressed('gzip');

    pass(partition, 'large', large);
    pass(partition, 'small', small);
    pass(partition, 'done', done);
    await vi.waitFor(() => expect(ready).toHaveLength(3));

    expect(ready.map(([name]) => name)).toEqual(['large', 'small', 'done']);
    expect(ready.map(([, codec]) => codec)).toEqual(['gzip', 'gzip', 'gzip']);
    expect(counter.count).toBe(2);
    expect(fatal).toEqual([]);
  });

  it.each([
    { title: 'of the producer', partition: leader({ compressionType: 'producer' }) },
    { title: 'that the batch has', partition: leader({ compressionType: 'none' }) },
    { title: 'of a partition that is led elsewhere', partition: { ...leader(), isLeader: false } },
  ])('$title lets a batch pass in the same event, untouched', ({ partition }) => {
    const { ready, pass, counter } = rig();

    pass(partition, 'small', small);

    expect(ready).toEqual([['small', 'none']]);
    expect(counter.count).toBe(0);
  });

  it('holds no other partition up', async () => {
    const { ready, pass } = rig();
    const slow = leader();
    for (let at = 0; at < 5; at += 1) pass(slow, 'slow', large);

    pass(leader(), 'other', small);
    await vi.waitFor(() => expect(ready).toHaveLength(6));

    expect(ready.findIndex(([name]) => name === 'other')).toBeLessThan(5);
  });

  it('is not given to what the log refuses, which hears its own reason', async () => {
    const { ready, pass, counter } = rig();
    const tooLarge = leader({ maxMessageBytes: 100 });

    pass(tooLarge, 'large', large);
    pass(
      leader(),
      'damaged',
      changed(small, (view) => view.fill(0xee, 62), 'unsummed'),
    );
    await vi.waitFor(() => expect(ready).toHaveLength(2));

    expect(ready.map(([, outcome]) => outcome)).toEqual(['none', 'none']);
    expect(counter.count).toBe(0);
  });

  it('of records that do not decompress is an error of that batch alone', async () => {
    const { ready, pass, fatal } = rig();
    const partition = leader();

    pass(
      partition,
      'damaged',
      changed(await compressed('lz4'), (view) => view.fill(0xee, 61)),
    );
    pass(partition, 'small', small);
    await vi.waitFor(() => expect(ready).toHaveLength(2));

    expect(ready).toEqual([
      ['damaged', 'INVALID_RECORD'],
      ['small', 'gzip'],
    ]);
    expect(fatal).toEqual([]);
  });
});

describe('what a batch costs to open', () => {
  it.each(['gzip', 'snappy', 'lz4', 'zstd'] as const)(
    'in %s is bounded by max.message.bytes where it is to be uncompressed',
    async (codec) => {
      const { ready, pass, held } = rig();
      const partition = leader({ compressionType: 'none', maxMessageBytes: 20_000 });

      pass(partition, 'bomb', await compressed(codec, 'z'.repeat(200_000)));
      await vi.waitFor(() => expect(ready).toHaveLength(1));

      expect(ready).toEqual([['bomb', 'MESSAGE_TOO_LARGE']]);
      expect(held.mostBytes).toBe(0);
    },
  );

  it('is bounded by a multiple of max.message.bytes where it is to be compressed', async () => {
    const { ready, pass, held } = rig();
    const partition = leader({ compressionType: 'lz4', maxMessageBytes: 20_000 });

    pass(partition, 'bomb', await compressed('gzip', bomb));
    await vi.waitFor(() => expect(ready).toHaveLength(1));

    expect(ready).toEqual([['bomb', 'MESSAGE_TOO_LARGE']]);
    expect(held.mostBytes).toBe(0);
  });

  it('counts as held while it is open, and is given back', async () => {
    const { ready, pass, held } = rig();

    pass(leader({ compressionType: 'none' }), 'large', await compressed('gzip', 'z'.repeat(9000)));
    await vi.waitFor(() => expect(ready).toHaveLength(1));

    expect(ready).toEqual([['large', 'none']]);
    expect(held.mostBytes).toBeGreaterThan(9000);
    expect(held.bytes).toBe(0);
  });

  it('is that of two batches at a time, however many partitions have one', async () => {
    const { ready, pass, held } = rig();
    const ends: Array<(packed: Uint8Array) => void> = [];
    const pack = vi.spyOn(await loadCodec('gzip'), 'compressInPool');
    pack.mockImplementation(() => new Promise((resolve) => ends.push(resolve)));

    for (let at = 0; at < 6; at += 1) pass(leader(), 'large', large);
    while (ready.length < 6) {
      await vi.waitFor(() => expect(ends).toHaveLength(2));
      for (let turns = 0; turns < 10; turns += 1) await new Promise(setImmediate);
      for (const end of ends.splice(0)) end(Uint8Array.of(0));
      await drainPromises();
    }
    pack.mockRestore();

    expect(held).toEqual({ bytes: 0, mostBytes: 2 * (large.length - HEADER_BYTES) });
  });

  it('is given back where it does not compress', async () => {
    const { ready, pass, held } = rig();
    const pack = vi.spyOn(await loadCodec('gzip'), 'compressInPool');
    pack.mockRejectedValue(new RangeError('too much'));

    pass(leader(), 'large', large);
    await vi.waitFor(() => expect(ready).toHaveLength(1));
    pack.mockRestore();

    expect(ready).toEqual([['large', 'UNSUPPORTED_COMPRESSION_TYPE']]);
    expect(held).toEqual({ bytes: 0, mostBytes: large.length - HEADER_BYTES });
  });

  it('leaves timers and sockets a turn before every batch of any line', async () => {
    const deferred: Array<() => void> = [];
    const { ready, pass } = rig((callback) => deferred.push(callback));
    const batch = await compressed('zstd', 'z'.repeat(10_000));
    const partitions = [1, 2, 3].map(() => leader({ compressionType: 'none' }));
    let turns = 0;

    for (const partition of [...partitions, ...partitions, ...partitions]) {
      pass(partition, 'zstd', batch);
    }
    while (ready.length < 9) {
      const turn = deferred.shift();
      if (turn !== undefined) turns += 1;
      turn?.();
      await drainPromises();

      expect(deferred.length).toBeLessThanOrEqual(1);
      expect(ready.length).toBeLessThanOrEqual(turns);
    }

    expect(turns).toBe(9);
  });
});

describe('records that the leader looks at', () => {
  const compacted = leader({ compressionType: 'producer', cleanupPolicy: 'compact' });

  it.each(['gzip', 'snappy', 'lz4', 'zstd'] as const)(
    'are opened before, in %s, where that may take long',
    async (name) => {
      const { pass, prepared, held } = rig();
      const batch = await compressed(name, 'z'.repeat(2_000_000));

      pass(compacted, 'large', batch);
      await vi.waitFor(() => expect(prepared).toHaveLength(1));

      const plain = await compressed('none', 'z'.repeat(2_000_000));
      expect(prepared[0]?.batch).toBe(batch);
      expect(Buffer.from(plain).equals(prepared[0]?.opened ?? batch)).toBe(true);
      expect(held.mostBytes).toBeGreaterThan(2_000_000);
      expect(held.bytes).toBe(0);
    },
  );

  it('are left to it where they are small, and none are opened that nobody looks at', async () => {
    const { pass, prepared } = rig();

    pass(compacted, 'small', await compressed('gzip'));
    pass(
      leader({ compressionType: 'producer' }),
      'large',
      await compressed('gzip', 'z'.repeat(2_000_000)),
    );

    expect(prepared.map(({ opened }) => opened)).toEqual([undefined, undefined]);
  });

  it('are bounded by a multiple of max.message.bytes', async () => {
    const { ready, pass, held } = rig();
    const config = { cleanupPolicy: 'compact', maxMessageBytes: 20_000 } as const;

    pass(
      leader({ compressionType: 'producer', ...config }),
      'bomb',
      await compressed('gzip', bomb),
    );
    await vi.waitFor(() => expect(ready).toHaveLength(1));

    expect(ready).toEqual([['bomb', 'MESSAGE_TOO_LARGE']]);
    expect(held.bytes).toBe(0);
  });
});

describe('a produce stream to a topic with compression.type=gzip', () => {
  it('keeps sequences, offsets and order, and its replicas have what the leader has', async () => {
    const cluster = await TestCluster.start(2);
    cluster.controller.createTopic('t', [1, 2], { configs: { 'compression.type': 'gzip' } });
    await cluster.run(100);
    const { send, replies } = openProduce(cluster);
    const producer = { producerId: 9, producerEpoch: 0 };

    for (let at = 0; at < 10; at += 1) {
      const text = `${at}${'.'.repeat(at % 2 === 0 ? 50_000 : 1)}`;
      send(at, [['t', batchOf([text], { ...producer, baseSequence: at })]]);
    }
    await vi.waitFor(async () => {
      await cluster.run(5);
      expect(replies).toHaveLength(10);
    });

    expect(replies.map(({ requestId, results }) => [requestId, results[0]?.baseOffset])).toEqual(
      Array.from({ length: 10 }, (_, at) => [at, at]),
    );
    const values = valuesOf(cluster.broker(1).replica('t'));
    expect(values.map((value) => value[0])).toEqual([...'0123456789']);
    expect(valuesOf(cluster.broker(2).replica('t'))).toEqual(values);
    const { log } = cluster.broker(1).replica('t');
    const read = { fetchOffset: 0, maxBytes: 1 << 20, endOffset: 10, atLeastOne: true };
    const [first = new Uint8Array()] = log.read(read).parts;
    expect(decodeBatch(first.subarray(0, readBatchHeader(first).sizeBytes)).header).toMatchObject({
      attributes: 1,
      ...producer,
    });
    cluster.expectHealthy();
  });
});

describe('a produce stream to a compacted topic', () => {
  it('has large batches judged by their records, in order, and stored as they were sent', async () => {
    const cluster = await TestCluster.start(1);
    cluster.controller.createTopic('t', [1], { configs: { 'cleanup.policy': 'compact' } });
    await cluster.run(100);
    const { send, replies } = openProduce(cluster);
    const codec = await loadCodec('gzip');
    const value = bytesOf('z'.repeat(2_000_000));
    const keyed = batchIn([record({ key: bytesOf('k'), value })], { codec });
    const sent = Buffer.from(keyed.subarray(HEADER_BYTES));

    send(0, [['t', keyed]]);
    send(1, [['t', batchIn([record({ key: null, value })], { codec })]]);
    send(2, [['t', batchIn([record()])]]);
    await vi.waitFor(async () => {
      await cluster.run(5);
      expect(replies).toHaveLength(3);
    });

    expect(replies.flatMap(({ results }) => results)).toMatchObject([
      { errorCode: 0, baseOffset: 0 },
      { errorCode: errorNumber('INVALID_RECORD'), refusedRecords: [{ index: 0 }] },
      { errorCode: 0, baseOffset: 1 },
    ]);
    const { log } = cluster.broker(1).replica('t');
    const [stored] = log.read({
      fetchOffset: 0,
      maxBytes: 1,
      endOffset: 1,
      atLeastOne: true,
    }).parts;
    expect(Buffer.from(stored ?? []).subarray(HEADER_BYTES)).toEqual(sent);
    cluster.expectHealthy();
  });
});
