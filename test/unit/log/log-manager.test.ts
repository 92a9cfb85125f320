import { describe, expect, it } from 'vitest';
import { LogManager } from '../../../src/log/log-manager.ts';
import {
  batchOf,
  filled,
  LogFixture,
  lastSegment,
  namesIn,
  TOPIC,
  textsOf,
} from './log-fixture.ts';

describe('LogManager.open', () => {
  it('refuses a directory that is missing: a lost disk is not a new one (KAFKA-16157)', async () => {
    const fixture = new LogFixture();
    const options = fixture.optionsOf('/elsewhere');

    await expect(LogManager.open(options)).rejects.toMatchObject({ code: 'CONFIG' });
  });

  it('refuses a directory that another process holds', async () => {
    const fixture = await filled();

    await expect(fixture.open()).rejects.toMatchObject({ code: 'CONFIG' });
  });

  it('gives the lock back when it cannot open', async () => {
    const fixture = await filled();
    await fixture.stop();
    fixture.disk.failNext({ op: 'remove', pathIncludes: 'clean-shutdown', code: 'EIO' });
    await expect(fixture.open()).rejects.toMatchObject({ code: 'STORAGE_ERROR' });

    const { partitions } = await fixture.open();

    expect(partitions).toHaveLength(1);
  });

  it('brings back a clean stop without reading the segments', async () => {
    const fixture = await filled();
    expect(await fixture.stop()).toBe(true);
    let readCount = 0;
    fixture.disk.onOperation = (op, path) => {
      if (op === 'read' && path.endsWith('.log') && path !== lastSegment(fixture)) readCount += 1;
    };

    const { partitions, cleanShutdown } = await fixture.open();

    expect(cleanShutdown).toEqual({ brokerEpoch: 7 });
    expect(partitions).toMatchObject([
      { outcome: 'clean', topicName: 'orders', detail: undefined },
    ]);
    expect(fixture.log).toMatchObject({ logEndOffset: 8, flushedOffset: 8 });
    expect(readCount).toBe(0);
  });

  it('remembers producers over a clean stop', async () => {
    const fixture = await filled();
    const spec = { producerId: 5, producerEpoch: 0, baseSequence: 3 };
    fixture.log.appendAsLeader(batchOf(spec), 1);
    await fixture.stop();
    await fixture.open();

    const repeated = fixture.log.appendAsLeader(batchOf(spec), 1);

    expect(repeated).toMatchObject({ kind: 'duplicate', baseOffset: 8 });
  });

  it('remembers producers over a power cut, by snapshot and headers', async () => {
    const fixture = await filled();
    const specs = [0, 1, 2, 3, 4].map((baseSequence) => ({
      producerId: 5,
      producerEpoch: 0,
      baseSequence,
    }));
    for (const spec of specs) fixture.log.appendAsLeader(batchOf(spec), 1);
    await fixture.flush();
    await fixture.crash();

    const kinds = specs.map((spec) => fixture.log.appendAsLeader(batchOf(spec), 1).kind);

    expect(new Set(kinds)).toEqual(new Set(['duplicate']));
  });

  it('takes a crash while loading for no clean stop, twice over (KAFKA-10471)', async () => {
    const fixture = await filled();
    await fixture.stop();
    for (let attempt = 0; attempt < 2; attempt += 1) {
      fixture.disk.failNext({ op: 'open', pathIncludes: '.log', code: 'EIO' });
      await expect(fixture.open()).rejects.toMatchObject({ code: 'STORAGE_ERROR' });
      fixture.disk.crash();
    }

    const { cleanShutdown, partitions } = await fixture.open();

    expect(cleanShutdown).toBeUndefined();
    expect(partitions[0]?.outcome).toBe('recovered');
  });

  it('writes no clean marker when something could not be flushed', async () => {
    const fixture = await filled();
    fixture.append(1);
    fixture.disk.failNext({ op: 'sync', pathIncludes: '.log', code: 'EIO' });

    expect(await fixture.stop()).toBe(false);

    expect(namesIn(fixture)).not.toContain('clean-shutdown');
  });

  it('does not raise the flushed offset in recovery before the sync (KAFKA-10101)', async () => {
    const fixture = await filled();
    fixture.append(2);
    fixture.disk.kill();
    await fixture.open();
    expect(fixture.log.flushedOffset).toBe(10);

    const { partitions } = await fixture.crash();

    expect(partitions[0]?.outcome).toBe('recovered');
    expect(fixture.log.logEndOffset).toBe(10);
  });

  it('keeps a segment that was begun just before the flush (KAFKA-3968)', async () => {
    const fixture = await filled();
    const segmentCount = fixture.log.segmentCount;
    while (fixture.log.segmentCount === segmentCount) fixture.append(1);
    const { logEndOffset } = fixture.log;
    await fixture.flush();

    await fixture.crash();

    expect(fixture.log.logEndOffset).toBe(logEndOffset);
  });

  it('restores the high watermark as a hint', async () => {
    const fixture = await filled();
    fixture.log.highWatermarkHint = 6;
    await fixture.stop();
    await fixture.open();

    expect(fixture.log.highWatermarkHint).toBe(6);
  });

  it('restores the start that was checkpointed', async () => {
    const fixture = await filled();
    fixture.log.raiseLogStart(5);
    await fixture.clock.settle(1100);

    await fixture.crash();

    expect(fixture.log.logStartOffset).toBe(5);
    expect(textsOf(fixture.log)).toEqual(['r5', 'r6', 'r7']);
  });
});

describe('LogManager.create and delete', () => {
  it('makes the identity durable before any data', async () => {
    const fixture = new LogFixture();
    await fixture.start();

    const { partitions } = await fixture.crash();

    expect(partitions).toMatchObject([{ topicName: 'orders' }]);
  });

  it('gives two callers at once the same log', async () => {
    const fixture = new LogFixture();
    await fixture.open();
    const identity = { topicId: TOPIC, topicName: 'orders', partition: 0 };

    const [one, two] = await fixture.run(
      Promise.all([fixture.manager.create(identity), fixture.manager.create(identity)]),
    );

    expect(one).toBe(two);
  });

  it('deletes durably', async () => {
    const fixture = await filled();

    await fixture.run(fixture.manager.delete(TOPIC, 0));
    const { partitions } = await fixture.crash();

    expect(partitions).toEqual([]);
  });

  it('sweeps what was being deleted when the power went', async () => {
    const fixture = await filled();
    fixture.disk.failNext({ op: 'remove', pathIncludes: '.deleted', code: 'EIO' });
    await fixture.run(fixture.manager.delete(TOPIC, 0));
    await fixture.crash();

    expect(namesIn(fixture)).toEqual(['checkpoint']);
  });

  it('leaves a whole partition or none when the power goes at any step of a deletion', async () => {
    const outcomes = new Set<string>();

    for (let step = 0; step < 15; step += 1) {
      const fixture = await filled();
      fixture.disk.cutPowerAt(step);
      await fixture.run(fixture.manager.delete(TOPIC, 0)).catch(() => undefined);
      fixture.disk.powerOn();
      const { partitions } = await fixture.kill();
      outcomes.add(partitions[0]?.outcome ?? 'none');
    }

    expect(outcomes).toEqual(new Set(['recovered', 'none']));
  });

  it('refuses the use of a log that was deleted', async () => {
    const fixture = await filled();
    const { log } = fixture;
    const batch = batchOf();

    await fixture.run(fixture.manager.delete(TOPIC, 0));

    expect(() => log.appendAsLeader(batch, 1)).toThrow(
      expect.objectContaining({ code: 'REPLICA_NOT_AVAILABLE' }),
    );
  });

  it('does not miss a stray that was set aside when the checkpoint could not be written', async () => {
    const fixture = await filled();
    fixture.disk.failNext({ op: 'rename', pathIncludes: 'checkpoint', code: 'EIO' });
    await fixture.run(fixture.manager.setAsideStray(TOPIC, 0)).catch(() => undefined);

    const { partitions } = await fixture.kill();

    expect(partitions).toEqual([]);
  });

  it('sets a stray aside and keeps its data', async () => {
    const fixture = await filled();

    await fixture.run(fixture.manager.setAsideStray(TOPIC, 0));

    expect(fixture.manager.list()).toEqual([]);
    expect(namesIn(fixture)).toContain(`${TOPIC}-0.stray-0`);
  });
});

describe('a power cut at every step', () => {
  /** A short life with a roll, a truncation, a checkpoint and a clean stop. */
  const live = async (fixture: LogFixture): Promise<void> => {
    fixture.append(5);
    await fixture.flush();
    await fixture.clock.settle(1100);
    await fixture.run(fixture.log.assignEpoch(2, 5));
    await fixture.run(fixture.log.truncateTo(2));
    fixture.append(4, { epoch: 2, prefix: 'n' });
    await fixture.stop();
  };

  it('loses nothing that was flushed and quarantines nothing', async () => {
    const whole = new LogFixture();
    whole.config = { ...whole.config, segmentBytes: 200 };
    await whole.start();
    const before = whole.disk.changeCount;
    await live(whole);
    const stepCount = whole.disk.changeCount - before;

    for (let step = 0; step < stepCount; step += 1) {
      const fixture = new LogFixture();
      fixture.config = whole.config;
      await fixture.start();
      fixture.disk.cutPowerAt(step);
      await live(fixture).catch(() => undefined);
      const { flushedOffset } = fixture.log;
      fixture.disk.powerOn();
      const { partitions } = await fixture.open();
      expect(partitions[0]?.outcome, `step ${step}`).toBe('recovered');
      expect(fixture.log.logEndOffset, `step ${step}`).toBeGreaterThanOrEqual(flushedOffset);
    }

    expect(stepCount).toBeGreaterThan(40);
  });
});
