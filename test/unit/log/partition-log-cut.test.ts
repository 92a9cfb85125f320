import { describe, expect, it } from 'vitest';
import type { OttlaError } from '../../../src/base/errors.ts';
import { NONE } from '../../../src/base/ids.ts';
import { drainPromises } from '../../support/manual-clock.ts';
import {
  batchOf,
  contentOf,
  filled,
  LogFixture,
  lastSegment,
  namesIn,
  textsOf,
} from './log-fixture.ts';

const failsWith = (code: string): unknown => expect.objectContaining({ code });

const startLog = async (config = {}): Promise<LogFixture> => {
  const fixture = new LogFixture();
  fixture.config = { ...fixture.config, ...config };
  await fixture.start();
  return fixture;
};

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

  it('lets a producer repeat what was cut, when the log is closed meanwhile', async () => {
    const fixture = await startLog();
    const spec = { producerId: 5, producerEpoch: 0 };
    for (const baseSequence of [0, 1, 2]) {
      fixture.log.appendAsLeader(batchOf({ ...spec, baseSequence }), 1);
    }
    await fixture.flush();
    fixture.disk.syncDelayMs = 5;

    const truncating = fixture.log.truncateTo(1);
    expect(await fixture.run(fixture.manager.close())).toBe(true);
    await fixture.run(truncating);
    await fixture.open();

    const kinds = [0, 1].map(
      (baseSequence) => fixture.log.appendAsLeader(batchOf({ ...spec, baseSequence }), 1).kind,
    );
    expect(kinds).toEqual(['duplicate', 'appended']);
  });

  it('is as it was, producers too, when it is closed while the cut waits for room', async () => {
    const fixture = await startLog();
    const spec = { producerId: 5, producerEpoch: 0 };
    for (const baseSequence of [0, 1, 2]) {
      fixture.log.appendAsLeader(batchOf({ ...spec, baseSequence }), 1);
    }
    await fixture.flush();
    fixture.disk.failNext({ op: 'write', pathIncludes: 'checkpoint', code: 'ENOSPC' });

    const truncating = fixture.log.truncateTo(1);
    const ended = expect(truncating).rejects.toEqual(failsWith('REPLICA_NOT_AVAILABLE'));
    await drainPromises();
    expect(await fixture.run(fixture.manager.close())).toBe(true);
    await ended;
    await fixture.open();

    expect(fixture.log.logEndOffset).toBe(3);
    const kinds = [2, 3].map(
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

  it('keeps the epochs of what a power cut brings back, also where a flush is under way', async () => {
    const lost: string[] = [];
    for (let step = 0; step < 30; step += 1) {
      const fixture = await startLog();
      fixture.append(2);
      await fixture.flush();
      await fixture.clock.settle(1100);
      fixture.disk.syncDelayMs = 2;
      const saved = fixture.log.saveMarks().catch(() => undefined);
      await drainPromises();
      fixture.append(1);
      fixture.disk.cutPowerAt(step);

      await fixture.run(fixture.log.resetTo(100)).catch(() => undefined);
      await fixture.run(saved);
      if (fixture.disk.isPowered) fixture.disk.crash();
      fixture.disk.powerOn();
      await fixture.open();

      const batches = contentOf(fixture.log);
      const isLost = batches.some(({ baseOffset }) => fixture.log.epochAt(baseOffset) !== 1);
      if (isLost) lost.push(`cut before change ${step}`);
    }

    expect(lost).toEqual([]);
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

describe('a cut on a full disk', () => {
  const ends = (fixture: LogFixture): number[] => [
    fixture.log.logEndOffset,
    fixture.disk.open(lastSegment(fixture)).sizeBytes(),
  ];
  const fill = (fixture: LogFixture, times: number): void =>
    fixture.disk.failNext({ op: 'write', pathIncludes: 'checkpoint', code: 'ENOSPC', times });

  it('waits for room, and cuts nothing before its mark is lowered', async () => {
    const fixture = await filled();
    const [, sizeBytes] = ends(fixture);
    fill(fixture, 4);

    const cut = fixture.log.truncateTo(7);
    await fixture.clock.settle(1500);
    const waiting = ends(fixture);
    await fixture.run(cut);

    expect(waiting).toEqual([7, sizeBytes]);
    expect(ends(fixture)[1]).toBeLessThan(sizeBytes ?? 0);
    expect(fixture.failures).toEqual([]);
  });

  it('that is stopped there is no damage to the next start', async () => {
    const fixture = await filled();
    fill(fixture, 1000);
    const cut = fixture.log.truncateTo(7).catch(({ code }: OttlaError) => code);
    await fixture.clock.settle(1500);

    await fixture.stop();
    const code = await fixture.run(cut);
    await fixture.kill();

    expect(code).toBe('REPLICA_NOT_AVAILABLE');
    expect(namesIn(fixture).filter((name) => name.includes('quarantined'))).toEqual([]);
    expect(textsOf(fixture.log)).toHaveLength(8);
  });
});
