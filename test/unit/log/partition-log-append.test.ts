import { describe, expect, it } from 'vitest';
import { silentLogger } from '../../../src/env/logger.ts';
import {
  CONTROL_BIT,
  readBatchHeader,
  writeBatchHeader,
} from '../../../src/record/batch-header.ts';
import { batchOf, bodyOf, contentOf, LogFixture, stampedBatch, textsOf } from './log-fixture.ts';

const failsWith = (code: string): unknown => expect.objectContaining({ code });

const startLog = async (config = {}): Promise<LogFixture> => {
  const fixture = new LogFixture();
  fixture.config = { ...fixture.config, ...config };
  await fixture.start();
  return fixture;
};

/** A control batch as a transaction coordinator writes it. */
const markerBatch = (): Uint8Array => {
  const batch = batchOf({ producerId: 5, producerEpoch: 0 });
  writeBatchHeader(batch, { ...readBatchHeader(batch), attributes: CONTROL_BIT, baseSequence: -1 });
  return batch;
};

describe('PartitionLog.appendAsLeader', () => {
  it('gives a batch the next offsets and the leader epoch, in its own bytes', async () => {
    const { log } = await startLog();
    log.appendAsLeader(batchOf({ count: 3 }), 4);
    const batch = batchOf({ count: 2 });

    const appended = log.appendAsLeader(batch, 5);

    const place = { baseOffset: 3, endOffset: 5 };
    expect(appended).toEqual({ kind: 'appended', ...place, logAppendTimeMs: -1, isHeld: false });
    expect(readBatchHeader(batch)).toMatchObject({ baseOffset: 3, partitionLeaderEpoch: 5 });
  });

  it('counts the bytes as durable only after the flush', async () => {
    const fixture = await startLog();
    fixture.append(2);
    expect(fixture.log.flushedOffset).toBe(0);

    await fixture.flush();

    expect(fixture.log.flushedOffset).toBe(2);
  });

  it('answers a repeat with the first offsets and appends nothing', async () => {
    const { log } = await startLog();
    const spec = { producerId: 5, producerEpoch: 0, baseSequence: 0 };
    log.appendAsLeader(batchOf(spec), 1);

    const repeated = log.appendAsLeader(batchOf(spec), 1);

    const place = { baseOffset: 0, endOffset: 1 };
    expect(repeated).toEqual({ kind: 'duplicate', ...place, logAppendTimeMs: -1, isHeld: false });
    expect(log.logEndOffset).toBe(1);
  });

  it('refuses a sequence that does not follow', async () => {
    const { log } = await startLog();
    log.appendAsLeader(batchOf({ producerId: 5, producerEpoch: 0, baseSequence: 0 }), 1);
    const gap = batchOf({ producerId: 5, producerEpoch: 0, baseSequence: 2 });

    expect(() => log.appendAsLeader(gap, 1)).toThrow(failsWith('OUT_OF_ORDER_SEQUENCE_NUMBER'));
  });

  it('refuses a batch with a wrong CRC', async () => {
    const { log } = await startLog();
    const batch = batchOf();
    batch[batch.length - 1] = 0xff;

    expect(() => log.appendAsLeader(batch, 1)).toThrow(failsWith('CORRUPT_MESSAGE'));
  });

  it('refuses two batches at once', async () => {
    const { log } = await startLog();

    expect(() => log.appendAsLeader(bodyOf(batchOf(), batchOf()), 1)).toThrow(
      failsWith('INVALID_RECORD'),
    );
  });

  it('refuses a batch above max.message.bytes', async () => {
    const { log } = await startLog({ maxMessageBytes: 200 });

    expect(() => log.appendAsLeader(batchOf({ valueBytes: 300 }), 1)).toThrow(
      failsWith('MESSAGE_TOO_LARGE'),
    );
  });

  it('refuses a batch above segment.bytes', async () => {
    const { log } = await startLog({ segmentBytes: 200 });

    expect(() => log.appendAsLeader(batchOf({ valueBytes: 300 }), 1)).toThrow(
      failsWith('RECORD_LIST_TOO_LARGE'),
    );
  });

  it('refuses a leader whose epoch is over', async () => {
    const fixture = await startLog();
    await fixture.run(fixture.log.assignEpoch(3, 0));

    expect(() => fixture.log.appendAsLeader(batchOf(), 2)).toThrow(
      failsWith('FENCED_LEADER_EPOCH'),
    );
  });

  it('takes a control batch from the broker and from no one else', async () => {
    const { log } = await startLog();

    expect(() => log.appendAsLeader(markerBatch(), 1)).toThrow(failsWith('INVALID_RECORD'));
    const appended = log.appendAsLeader(markerBatch(), 1, { isFromBroker: true });

    expect(appended.kind).toBe('appended');
  });

  it('rolls before a segment would grow over its bound', async () => {
    const fixture = await startLog({ segmentBytes: 200 });

    fixture.append(4);

    expect(fixture.log.segmentCount).toBeGreaterThan(1);
    expect(textsOf(fixture.log)).toEqual(['r0', 'r1', 'r2', 'r3']);
  });

  it('rolls when a segment is too old', async () => {
    const fixture = await startLog({ segmentMs: 1000 });
    fixture.append(1);
    fixture.clock.advance(1000);

    fixture.append(1);

    expect(fixture.log.segmentCount).toBe(2);
  });

  it.each([
    ['rolls when its segment is too old by its first batch', 1000, 2],
    ['goes on in its segment while that is young', 999, 1],
  ])('%s, also after a restart', async (_, ageMs, segmentCount) => {
    const fixture = await startLog({ segmentMs: 1000 });
    const timestampMs = fixture.clock.wallMs();
    fixture.log.appendAsLeader(batchOf({ timestampMs }), 1);
    await fixture.stop();
    await fixture.open();
    fixture.clock.advance(timestampMs + ageMs - fixture.clock.wallMs());

    fixture.append(1);

    expect(fixture.log.segmentCount).toBe(segmentCount);
  });

  it('takes a segment whose first batch has no time, or one to come, for new', async () => {
    for (const aheadMs of [Number.NEGATIVE_INFINITY, 1000 * 60]) {
      const fixture = await startLog({ segmentMs: 1000 });
      const timestampMs = Math.max(-1, fixture.clock.wallMs() + aheadMs);
      fixture.log.appendAsLeader(batchOf({ timestampMs }), 1);
      await fixture.stop();
      await fixture.open();

      fixture.append(1);

      expect(fixture.log.segmentCount).toBe(1);
    }
  });

  it('leaves log and file as they were when the disk is full, and takes the same bytes later', async () => {
    const fixture = await startLog();
    fixture.append(1);
    const sizeBytes = fixture.log.sizeBytes;
    const spec = { producerId: 5, producerEpoch: 0, baseSequence: 0, text: 'later' };
    const batch = batchOf(spec);
    fixture.disk.failNext({ op: 'write', pathIncludes: '.log', code: 'ENOSPC', keepBytes: 30 });

    expect(() => fixture.log.appendAsLeader(batch, 1)).toThrow(failsWith('DISK_FULL'));
    expect(fixture.disk.open(`${fixture.log.directory}/${'0'.repeat(20)}.log`).sizeBytes()).toBe(
      sizeBytes,
    );
    fixture.log.appendAsLeader(batch, 1);

    expect(textsOf(fixture.log)).toEqual(['r0', 'later']);
    expect(fixture.failures).toEqual([]);
  });

  it('warns of a full disk every ten seconds, however many records it refuses', async () => {
    const fixture = new LogFixture();
    const warnings: string[] = [];
    fixture.logger = { ...silentLogger, warn: (message) => warnings.push(message) };
    await fixture.start();
    const refuse = (): void => {
      fixture.disk.failNext({ op: 'write', pathIncludes: '.log', code: 'ENOSPC' });
      expect(() => fixture.append(1)).toThrow(failsWith('DISK_FULL'));
    };

    for (let i = 0; i < 3; i += 1) refuse();
    const first = warnings.length;
    await fixture.clock.settle(10_000);
    for (let i = 0; i < 3; i += 1) refuse();

    expect([first, warnings.length]).toEqual([1, 2]);
    expect(warnings[0]).toMatch(/^disk is full, records are refused: free space/);
  });

  it('remembers nothing of a producer whose write failed (KAFKA-6683)', async () => {
    const fixture = await startLog();
    const spec = { producerId: 5, producerEpoch: 0, baseSequence: 0 };
    fixture.disk.failNext({ op: 'write', pathIncludes: '.log', code: 'ENOSPC' });
    expect(() => fixture.log.appendAsLeader(batchOf(spec), 1)).toThrow(failsWith('DISK_FULL'));

    const again = fixture.log.appendAsLeader(batchOf(spec), 1);

    expect(again.kind).toBe('appended');
  });

  it('takes the directory offline after a failed write and refuses everything', async () => {
    const fixture = await startLog();
    fixture.append(1);
    fixture.disk.failNext({ op: 'write', pathIncludes: '.log', code: 'EIO' });

    expect(() => fixture.append(1)).toThrow(failsWith('STORAGE_ERROR'));

    expect(() => fixture.append(1)).toThrow(failsWith('STORAGE_ERROR'));
    expect(() => contentOf(fixture.log)).toThrow(failsWith('STORAGE_ERROR'));
    expect(fixture.failures).toHaveLength(1);
  });

  it('gives no offset twice when an index cannot be written (KAFKA-7866)', async () => {
    const fixture = await startLog({ segmentBytes: 200 });
    fixture.disk.failNext({ op: 'write', pathIncludes: 'index', code: 'EIO', times: 100 });

    fixture.append(6);

    expect(contentOf(fixture.log).map(({ baseOffset }) => baseOffset)).toEqual([0, 1, 2, 3, 4, 5]);
  });
});

describe('PartitionLog.appendAsFollower', () => {
  it('takes whole batches as the leader stamped them, over several segments', async () => {
    const { log } = await startLog({ segmentBytes: 200 });
    const body = bodyOf(
      ...[0, 2, 4, 6].map((base) => stampedBatch(base, 3, { count: 2, text: `b${base}` })),
    );

    const { endOffset } = log.appendAsFollower(body, 3);

    expect(endOffset).toBe(8);
    expect(log.segmentCount).toBeGreaterThan(1);
    expect(textsOf(log)).toEqual(['b0', 'b2', 'b4', 'b6']);
  });

  it('learns the epochs from the headers', async () => {
    const { log } = await startLog();
    log.appendAsFollower(bodyOf(stampedBatch(0, 0), stampedBatch(1, 2), stampedBatch(2, 2)), 5);

    expect([log.epochAt(0), log.epochAt(1), log.latestEpoch()]).toEqual([0, 2, 2]);
    expect(log.endOffsetForEpoch(0)).toEqual({ leaderEpoch: 0, endOffset: 1 });
  });

  it('refuses a gap, an overlap and a batch that is cut off, and appends nothing of the body', async () => {
    const { log } = await startLog();
    log.appendAsFollower(stampedBatch(0, 1), 1);
    const sound = stampedBatch(1, 1);
    const bodies = [
      bodyOf(sound, stampedBatch(3, 1)),
      bodyOf(sound, stampedBatch(1, 1)),
      bodyOf(sound, stampedBatch(2, 1)).subarray(0, sound.length * 2 - 1),
      bodyOf(sound, new Uint8Array(7)),
    ];

    for (const body of bodies) {
      expect(() => log.appendAsFollower(body, 1)).toThrow(failsWith('CORRUPT_MESSAGE'));
    }

    expect(log.logEndOffset).toBe(1);
  });

  it('refuses a batch of an epoch above the one it was fetched in (KAFKA-18723)', async () => {
    const { log } = await startLog();

    expect(() => log.appendAsFollower(stampedBatch(0, 4), 3)).toThrow(failsWith('CORRUPT_MESSAGE'));
  });

  it('refuses a batch whose epoch is below that of the last record', async () => {
    const { log } = await startLog();
    log.appendAsFollower(stampedBatch(0, 4), 4);

    expect(() => log.appendAsFollower(stampedBatch(1, 3), 4)).toThrow(failsWith('CORRUPT_MESSAGE'));
  });

  it('refuses a batch with a wrong CRC', async () => {
    const { log } = await startLog();
    const batch = stampedBatch(0, 1);
    batch[70] = (batch[70] ?? 0) ^ 1;

    expect(() => log.appendAsFollower(batch, 1)).toThrow(failsWith('CORRUPT_MESSAGE'));
  });

  it('asks for no order of sequences and still knows repeats when it leads', async () => {
    const { log } = await startLog();
    const spec = { producerId: 5, producerEpoch: 0, baseSequence: 40 };
    log.appendAsFollower(
      bodyOf(stampedBatch(0, 1, { ...spec, baseSequence: 7 }), stampedBatch(1, 1, spec)),
      1,
    );

    const repeated = log.appendAsLeader(batchOf(spec), 2);

    expect(repeated).toMatchObject({ kind: 'duplicate', baseOffset: 1 });
  });

  it('accepts a first batch that begins below the start of an empty log (KAFKA-6975)', async () => {
    const fixture = await startLog();
    await fixture.run(fixture.log.resetTo(12));

    fixture.log.appendAsFollower(stampedBatch(10, 1, { count: 5, text: 'wide' }), 1);

    expect(fixture.log).toMatchObject({ logStartOffset: 12, logEndOffset: 15 });
    expect(textsOf(fixture.log)).toEqual(['wide']);
    await fixture.flush();
    await fixture.crash();
    expect(fixture.log).toMatchObject({ logStartOffset: 12, logEndOffset: 15 });
    expect(textsOf(fixture.log)).toEqual(['wide']);
  });
});
