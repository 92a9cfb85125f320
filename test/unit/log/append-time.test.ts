import { describe, expect, it } from 'vitest';
import { readBatchHeader, verifyCrc } from '../../../src/record/batch-header.ts';
import { decodeBatch } from '../../../src/record/batch-reader.ts';
import { batchOf, LogFixture } from './log-fixture.ts';

const startLog = async (config = {}): Promise<LogFixture> => {
  const fixture = new LogFixture();
  fixture.config = { ...fixture.config, timestampType: 'LogAppendTime', ...config };
  await fixture.start();
  return fixture;
};

const storedBytes = ({ log }: LogFixture, fetchOffset: number): Buffer => {
  const range = { maxBytes: 1, endOffset: log.logEndOffset, atLeastOne: true };
  return Buffer.concat(log.read({ fetchOffset, ...range }).parts);
};

describe('with message.timestamp.type=LogAppendTime', () => {
  it('the time of the append is that of all records, and the sum is right', async () => {
    const fixture = await startLog();
    const nowMs = fixture.clock.wallMs();

    const appended = fixture.log.appendAsLeader(batchOf({ count: 3, timestampMs: 7000 }), 1);

    expect(appended.logAppendTimeMs).toBe(nowMs);
    const batch = storedBytes(fixture, 0);
    expect(verifyCrc(batch)).toBe(true);
    const { header, records } = decodeBatch(batch);
    expect(header).toMatchObject({ attributes: 0x08, baseTimestampMs: 7000 });
    expect(records.map(({ timestampMs }) => timestampMs)).toEqual([nowMs, nowMs, nowMs]);
  });

  it('nothing of the batch but flag, time and sum differs from what was sent', async () => {
    const fixture = await startLog();
    const sent = batchOf({ count: 2, producerId: 5, producerEpoch: 0, baseSequence: 0 });
    const before = readBatchHeader(sent);
    const recordsBefore = Buffer.from(sent.subarray(61));

    fixture.log.appendAsLeader(sent, 3);

    const batch = storedBytes(fixture, 0);
    const { attributes, maxTimestampMs, crc } = readBatchHeader(batch);
    expect(readBatchHeader(batch)).toEqual({
      ...before,
      partitionLeaderEpoch: 3,
      attributes,
      maxTimestampMs,
      crc,
    });
    expect(batch.subarray(61)).toEqual(recordsBefore);
  });

  it('a search by time finds the batch by when it was appended', async () => {
    const fixture = await startLog();
    const { log, clock } = fixture;
    log.appendAsLeader(batchOf({ timestampMs: clock.wallMs() + 999_999_999 }), 1);
    await clock.settle(5000);
    log.appendAsLeader(batchOf({ timestampMs: 0 }), 1);
    const secondMs = clock.wallMs();

    expect(log.offsetForTimestamp(secondMs)).toMatchObject({ offset: 1, timestampMs: secondMs });
    expect(log.offsetForTimestamp(secondMs + 1)).toBeUndefined();
    expect(log.maxTimestampMs()).toBe(secondMs);
  });

  it('a repeat is told when the first one was appended', async () => {
    const { log, clock } = await startLog();
    const spec = { producerId: 5, producerEpoch: 0, baseSequence: 0 };
    const { logAppendTimeMs } = log.appendAsLeader(batchOf(spec), 1);
    await clock.settle(5000);

    const repeated = log.appendAsLeader(batchOf(spec), 1);

    expect(repeated).toMatchObject({ kind: 'duplicate', logAppendTimeMs });
  });

  it('a follower keeps the time that the leader gave', async () => {
    const leader = await startLog();
    leader.log.appendAsLeader(batchOf(), 1);
    const follower = await startLog();
    await follower.clock.settle(60_000);

    follower.log.appendAsFollower(storedBytes(leader, 0), 1);

    expect(storedBytes(follower, 0)).toEqual(storedBytes(leader, 0));
  });

  it('a batch that found a full disk is as it was sent, so that it may be sent again', async () => {
    const fixture = await startLog();
    const batch = batchOf({ count: 2 });
    const sent = Buffer.from(batch);
    fixture.disk.failNext({ op: 'write', pathIncludes: '.log', code: 'ENOSPC', keepBytes: 30 });

    expect(() => fixture.log.appendAsLeader(batch, 1)).toThrow(
      expect.objectContaining({ code: 'DISK_FULL' }),
    );

    expect(Buffer.from(batch)).toEqual(sent);
  });
});

describe('with message.timestamp.before.max.ms', () => {
  it('a repeat that is too old by now is still told where the first one stands', async () => {
    const fixture = await startLog({ timestampType: 'CreateTime', timestampBeforeMaxMs: 1000 });
    const { log, clock } = fixture;
    const timestampMs = clock.wallMs();
    const spec = { producerId: 5, producerEpoch: 0, baseSequence: 0, timestampMs };
    log.appendAsLeader(batchOf(spec), 1);
    await clock.settle(5000);

    expect(log.appendAsLeader(batchOf(spec), 1)).toMatchObject({ kind: 'duplicate' });
    expect(() => log.appendAsLeader(batchOf({ ...spec, baseSequence: 1 }), 1)).toThrow(
      expect.objectContaining({ code: 'INVALID_TIMESTAMP' }),
    );
    expect(log.logEndOffset).toBe(1);
  });
});
