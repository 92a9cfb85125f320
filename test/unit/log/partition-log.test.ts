import { describe, expect, it } from 'vitest';
import { NONE } from '../../../src/base/ids.ts';
import {
  CONTROL_BIT,
  readBatchHeader,
  writeBatchHeader,
} from '../../../src/record/batch-header.ts';
import { drainPromises } from '../../support/manual-clock.ts';
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

    expect(appended).toEqual({ kind: 'appended', baseOffset: 3, endOffset: 5 });
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

    expect(repeated).toEqual({ kind: 'duplicate', baseOffset: 0, endOffset: 1 });
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

describe('PartitionLog.read', () => {
  /** Ten batches of two records: in memory, or only on disk. */
  const filled = async (where: 'memory' | 'disk'): Promise<LogFixture> => {
    const fixture = new LogFixture();
    if (where === 'disk') fixture.cacheBytes = 0;
    await fixture.start();
    for (let index = 0; index < 10; index += 1) {
      fixture.log.appendAsLeader(batchOf({ count: 2, text: `b${index}` }), 1);
    }
    return fixture;
  };

  describe.each(['memory', 'disk'] as const)('from %s', (where) => {
    it('begins with the batch that contains the offset', async () => {
      const { log } = await filled(where);

      const read = log.read({ fetchOffset: 5, maxBytes: 1, endOffset: 20, atLeastOne: true });

      expect(read.nextOffset).toBe(6);
      expect(readBatchHeader(bodyOf(...read.parts)).baseOffset).toBe(4);
    });

    it('gives whole batches within the bytes allowed', async () => {
      const { log } = await filled(where);
      const sizeBytes = batchOf({ count: 2, text: 'b0' }).length;

      const maxBytes = sizeBytes * 3 - 1;
      const read = log.read({ fetchOffset: 0, maxBytes, endOffset: 20, atLeastOne: true });

      expect(read).toMatchObject({ sizeBytes: sizeBytes * 2, nextOffset: 4 });
    });

    it('gives nothing when not even one batch fits and none is demanded', async () => {
      const { log } = await filled(where);

      const read = log.read({ fetchOffset: 0, maxBytes: 10, endOffset: 20, atLeastOne: false });

      expect(read).toEqual({ parts: [], sizeBytes: 0, nextOffset: 0 });
    });

    it('gives no batch that ends above the limit', async () => {
      const { log } = await filled(where);

      const read = log.read({ fetchOffset: 0, maxBytes: 4096, endOffset: 5, atLeastOne: true });

      expect(read.nextOffset).toBe(4);
    });

    it('gives nothing at the limit and at the end', async () => {
      const { log } = await filled(where);
      const request = { maxBytes: 4096, atLeastOne: true };

      expect(log.read({ ...request, fetchOffset: 6, endOffset: 6 }).parts).toEqual([]);
      expect(log.read({ ...request, fetchOffset: 20, endOffset: 99 }).parts).toEqual([]);
    });

    it('refuses offsets before the start and behind the end', async () => {
      const { log } = await filled(where);
      log.raiseLogStart(4);
      const request = { maxBytes: 4096, endOffset: 20, atLeastOne: true };

      expect(() => log.read({ ...request, fetchOffset: 3 })).toThrow(
        failsWith('OFFSET_OUT_OF_RANGE'),
      );
      expect(() => log.read({ ...request, fetchOffset: 21 })).toThrow(
        failsWith('OFFSET_OUT_OF_RANGE'),
      );
    });
  });

  it('gives the same bytes cold as hot, from every offset', async () => {
    const fixture = await filled('disk');
    const { log } = fixture;

    for (let fetchOffset = 0; fetchOffset < 20; fetchOffset += 1) {
      const request = { fetchOffset, maxBytes: 300, endOffset: 17, atLeastOne: true };
      const cold = await fixture.run(log.readCold(request));
      expect(bodyOf(...cold.parts)).toEqual(bodyOf(...log.read(request).parts));
    }
  });

  it('reads a batch cold that is larger than the slack', async () => {
    const fixture = new LogFixture();
    fixture.cacheBytes = 0;
    fixture.config = { ...fixture.config, segmentBytes: 200_000 };
    await fixture.start();
    fixture.append(1);
    fixture.log.appendAsLeader(batchOf({ valueBytes: 100_000 }), 1);

    const request = { fetchOffset: 1, maxBytes: 10, endOffset: 2, atLeastOne: true };
    const read = await fixture.run(fixture.log.readCold(request));

    expect(read.nextOffset).toBe(2);
  });

  it('gives nothing cold when the log was truncated meanwhile', async () => {
    const fixture = await filled('disk');
    const request = { fetchOffset: 0, maxBytes: 4096, endOffset: 20, atLeastOne: true };

    const reading = fixture.log.readCold(request);
    const truncating = fixture.log.truncateTo(0);

    expect((await fixture.run(reading)).parts).toEqual([]);
    await fixture.run(truncating);
  });

  it('names file and byte of a batch that is damaged on disk, hot and cold', async () => {
    const fixture = await filled('disk');
    const path = `${fixture.log.directory}/${'0'.repeat(20)}.log`;
    const sizeBytes = batchOf({ count: 2, text: 'b0' }).length;
    fixture.disk.corrupt(path, sizeBytes + 65);
    const request = { fetchOffset: 2, maxBytes: 1, endOffset: 20, atLeastOne: true };
    const expected = {
      code: 'CORRUPT_STORE',
      message: expect.stringContaining(`${path} is damaged at byte ${sizeBytes}`),
    };

    expect(() => fixture.log.read(request)).toThrow(expect.objectContaining(expected));
    await expect(fixture.run(fixture.log.readCold(request))).rejects.toMatchObject(expected);
  });

  it('rebuilds an index that is damaged', async () => {
    const fixture = await filled('disk');
    await fixture.flush();
    await fixture.stop();
    await fixture.open();
    for (const { name } of fixture.disk.list(fixture.log.directory)) {
      if (name.endsWith('index')) fixture.disk.corrupt(`${fixture.log.directory}/${name}`, 50);
    }

    expect(contentOf(fixture.log)).toHaveLength(10);
  });
});

describe('PartitionLog.offsetForTimestamp', () => {
  const timed = async (): Promise<LogFixture> => {
    const fixture = await startLog({ segmentBytes: 300 });
    for (const timestampMs of [100, 300, 200, 500, 400]) {
      fixture.log.appendAsLeader(batchOf({ count: 2, timestampMs }), 1);
    }
    return fixture;
  };

  it('finds the first record at or after the time, though times fall in between', async () => {
    const { log } = await timed();

    const offsets = [0, 100, 101, 102, 301, 302, 501].map(
      (timestampMs) => log.offsetForTimestamp(timestampMs)?.offset,
    );

    expect(offsets).toEqual([0, 0, 1, 2, 3, 6, 7]);
  });

  it('finds nothing after the last', async () => {
    const { log } = await timed();

    expect(log.offsetForTimestamp(502)).toBeUndefined();
  });

  it('finds nothing at or above the end it is given', async () => {
    const { log } = await timed();

    expect(log.offsetForTimestamp(500, 6)).toBeUndefined();
  });

  it('finds nothing below the start of the log', async () => {
    const { log } = await timed();
    log.raiseLogStart(3);

    expect(log.offsetForTimestamp(0)?.offset).toBe(3);
  });

  it('knows the greatest timestamp', async () => {
    const { log } = await timed();

    expect(log.maxTimestampMs()).toBe(501);
  });
});

describe('PartitionLog.truncateTo', () => {
  it('cuts over several segments and appends on from there', async () => {
    const fixture = await startLog({ segmentBytes: 200 });
    fixture.append(8);

    await fixture.run(fixture.log.truncateTo(3));
    fixture.append(2, { prefix: 'n', epoch: 2 });

    expect(textsOf(fixture.log)).toEqual(['r0', 'r1', 'r2', 'n3', 'n4']);
  });

  it('cuts a batch that spans the offset as a whole', async () => {
    const fixture = await startLog();
    fixture.append(1);
    fixture.log.appendAsLeader(batchOf({ count: 5 }), 1);

    await fixture.run(fixture.log.truncateTo(4));

    expect(fixture.log.logEndOffset).toBe(1);
  });

  it('lowers the offsets before the first byte is cut (no read of what goes)', async () => {
    const fixture = await startLog();
    fixture.append(6);
    await fixture.flush();

    const truncating = fixture.log.truncateTo(2);

    expect(fixture.log).toMatchObject({ logEndOffset: 2, flushedOffset: 2 });
    expect(textsOf(fixture.log)).toEqual(['r0', 'r1']);
    await fixture.run(truncating);
  });

  it('refuses appends until the cut is durable', async () => {
    const fixture = await startLog();
    fixture.append(6);

    const truncating = fixture.log.truncateTo(2);

    expect(() => fixture.append(1)).toThrow(failsWith('REPLICA_NOT_AVAILABLE'));
    await fixture.run(truncating);
    expect(() => fixture.append(1)).not.toThrow();
  });

  it('ignores a sync that began before it, even at an equal end offset', async () => {
    const fixture = await startLog();
    fixture.append(1);
    await fixture.flush();
    fixture.append(3);
    fixture.disk.holdSyncs();
    fixture.clock.advance(0);
    await drainPromises();
    const truncating = fixture.log.truncateTo(2);

    fixture.disk.releaseSyncs();
    fixture.disk.holdSyncs();
    await fixture.clock.settle();

    expect(fixture.log.flushedOffset).toBeLessThanOrEqual(2);
    fixture.disk.releaseSyncs();
    await fixture.run(truncating);
    expect(fixture.log.flushedOffset).toBe(2);
  });

  it('drops an epoch without records at the very end (KAFKA-10706)', async () => {
    const fixture = await startLog();
    fixture.append(3);
    await fixture.run(fixture.log.assignEpoch(9, 3));

    await fixture.run(fixture.log.truncateTo(3));

    expect(fixture.log.latestEpoch()).toBe(1);
    expect(fixture.log.logEndOffset).toBe(3);
  });

  it('is durable on return', async () => {
    const fixture = await startLog();
    fixture.append(6);
    await fixture.flush();
    await fixture.run(fixture.log.truncateTo(2));

    const { partitions } = await fixture.crash();

    expect(partitions[0]?.outcome).toBe('recovered');
    expect(fixture.log.logEndOffset).toBe(2);
  });

  it('starts anew where it is cut below its start', async () => {
    const fixture = await startLog();
    fixture.append(6);
    fixture.log.raiseLogStart(4);

    await fixture.run(fixture.log.truncateTo(2));

    expect(fixture.log).toMatchObject({ logStartOffset: 2, logEndOffset: 2, sizeBytes: 0 });
  });

  it('lets a producer repeat what was cut', async () => {
    const fixture = await startLog();
    const spec = { producerId: 5, producerEpoch: 0 };
    for (const baseSequence of [0, 1, 2]) {
      fixture.log.appendAsLeader(batchOf({ ...spec, baseSequence }), 1);
    }

    await fixture.run(fixture.log.truncateTo(1));

    const kinds = [0, 1].map(
      (baseSequence) => fixture.log.appendAsLeader(batchOf({ ...spec, baseSequence }), 1).kind,
    );
    expect(kinds).toEqual(['duplicate', 'appended']);
  });

  it('still cuts when the disk is too full for the checkpoint', async () => {
    const fixture = await startLog();
    fixture.append(6);
    fixture.disk.failNext({ op: 'write', pathIncludes: 'checkpoint', code: 'ENOSPC', times: 9 });

    await fixture.run(fixture.log.truncateTo(2));

    expect(textsOf(fixture.log)).toEqual(['r0', 'r1']);
  });
});

describe('PartitionLog.resetTo', () => {
  it('leaves an empty log at the new start, durably', async () => {
    const fixture = await startLog({ segmentBytes: 200 });
    fixture.append(8);
    await fixture.flush();

    await fixture.run(fixture.log.resetTo(100));
    await fixture.crash();

    expect(fixture.log).toMatchObject({ logStartOffset: 100, logEndOffset: 100, sizeBytes: 0 });
    expect(fixture.log.latestEpoch()).toBe(NONE);
  });

  it('serves nothing from memory of what was there', async () => {
    const fixture = await startLog();
    fixture.append(8);

    await fixture.run(fixture.log.resetTo(4));
    fixture.append(1, { prefix: 'n' });

    expect(textsOf(fixture.log)).toEqual(['n4']);
  });
});

describe('PartitionLog retention', () => {
  const aged = async (): Promise<LogFixture> => {
    const fixture = await startLog({ segmentBytes: 200 });
    fixture.append(8);
    await fixture.flush();
    return fixture;
  };

  it('removes files only after the new start is checkpointed', async () => {
    const fixture = await aged();
    const before = fixture.log.segmentCount;
    fixture.log.config = { ...fixture.log.config, retentionBytes: 200 };

    fixture.log.applyRetention(0, 8);
    expect(fixture.log.segmentCount).toBe(before);
    await fixture.clock.settle(1100);

    expect(fixture.log.segmentCount).toBeLessThan(before);
    expect(fixture.log.logStartOffset).toBeGreaterThan(0);
  });

  it('deletes nothing at or above the high watermark', async () => {
    const fixture = await aged();
    fixture.log.config = { ...fixture.log.config, retentionMs: 0 };

    fixture.log.applyRetention(10_000_000, 3);

    expect(fixture.log.logStartOffset).toBeLessThanOrEqual(3);
  });

  it('empties a log all of whose records are too old', async () => {
    const fixture = await aged();
    fixture.log.config = { ...fixture.log.config, retentionMs: 0 };

    fixture.log.applyRetention(10_000_000, 8);
    await fixture.clock.settle(1100);

    expect(fixture.log).toMatchObject({ logStartOffset: 8, logEndOffset: 8, sizeBytes: 0 });
  });

  it('wins room for its checkpoint on a full disk', async () => {
    const fixture = await aged();
    fixture.log.config = { ...fixture.log.config, retentionBytes: 200 };
    const before = fixture.log.segmentCount;

    fixture.log.applyRetention(0, 8);
    fixture.disk.failNext({ op: 'write', pathIncludes: 'checkpoint', code: 'ENOSPC' });
    await fixture.clock.settle(1100);

    expect(fixture.log.segmentCount).toBeLessThan(before);
  });

  it('keeps the epoch of what is left', async () => {
    const fixture = await startLog({ segmentBytes: 200 });
    fixture.append(4, { epoch: 1 });
    fixture.append(4, { epoch: 2 });
    await fixture.flush();

    fixture.log.raiseLogStart(6);
    await fixture.clock.settle(1100);

    expect(fixture.log.epochAt(6)).toBe(2);
    expect(fixture.log.endOffsetForEpoch(1)).toEqual({ leaderEpoch: 1, endOffset: 6 });
  });

  it('forgets idle producers', async () => {
    const fixture = await startLog({ producerExpirationMs: 1000 });
    fixture.log.appendAsLeader(batchOf({ producerId: 5, producerEpoch: 0, baseSequence: 0 }), 1);
    fixture.clock.advance(1001);

    fixture.log.applyRetention(fixture.clock.wallMs(), 0);

    expect(fixture.log.producers.count).toBe(0);
  });
});
