import { describe, expect, it } from 'vitest';
import { silentLogger } from '../../../src/env/logger.ts';
import { DEFAULT_LOG_CONFIG } from '../../../src/log/log-config.ts';
import { LogManager } from '../../../src/log/log-manager.ts';
import {
  batchOf,
  DIRECTORY,
  LogFixture,
  PARTITION_DIRECTORY,
  TOPIC,
  textsOf,
} from './log-fixture.ts';

const CHECKPOINT = `${DIRECTORY}/checkpoint`;
const namesIn = (fixture: LogFixture, path = DIRECTORY): string[] =>
  fixture.disk.list(path).map(({ name }) => name);

/** Eight flushed and checkpointed records, in several segments. */
const filled = async (): Promise<LogFixture> => {
  const fixture = new LogFixture();
  fixture.config = { ...fixture.config, segmentBytes: 200 };
  await fixture.start();
  fixture.append(8);
  await fixture.flush();
  await fixture.clock.settle(1100);
  return fixture;
};

const lastSegment = (fixture: LogFixture): string =>
  `${PARTITION_DIRECTORY}/${namesIn(fixture, PARTITION_DIRECTORY)
    .filter((name) => name.endsWith('.log'))
    .at(-1)}`;

const firstSegment = `${PARTITION_DIRECTORY}/${'0'.repeat(20)}.log`;

describe('LogManager.open', () => {
  it('refuses a directory that is missing: a lost disk is not a new one (KAFKA-16157)', async () => {
    const fixture = new LogFixture();
    const options = {
      disk: fixture.disk,
      clock: fixture.clock,
      logger: silentLogger,
      directory: '/elsewhere',
      configOf: () => DEFAULT_LOG_CONFIG,
      onFlushed: () => undefined,
      onFailure: () => undefined,
    };

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

describe('damage after an unclean stop', () => {
  it('is a torn tail behind the flushed mark: the log is cut there', async () => {
    const fixture = await filled();
    fixture.append(1);
    fixture.disk.settle();
    const path = lastSegment(fixture);
    fixture.disk.corrupt(path, fixture.disk.open(path).sizeBytes() - 1);

    const { partitions } = await fixture.kill();

    expect(partitions[0]).toMatchObject({
      outcome: 'recovered',
      detail: expect.stringContaining('CRC-32C'),
    });
    expect(fixture.log).toMatchObject({ logEndOffset: 8, flushedOffset: 8 });
  });

  it('takes all later segments with it', async () => {
    const fixture = await filled();
    fixture.append(1);
    const path = lastSegment(fixture);
    const sizeBytes = fixture.disk.open(path).sizeBytes();
    fixture.append(7);
    fixture.disk.settle();
    fixture.disk.corrupt(path, sizeBytes - 1);

    await fixture.kill();

    expect(fixture.log.logEndOffset).toBe(8);
    fixture.append(1, { prefix: 'n' });
    expect(textsOf(fixture.log).at(-1)).toBe('n8');
  });

  /** Each leaves durable data behind that cannot be believed. */
  const rots: ReadonlyArray<readonly [string, (fixture: LogFixture) => void]> = [
    ['a flipped byte in a record', (f) => f.disk.corrupt(firstSegment, 70)],
    ['a flipped byte in a base offset', (f) => f.disk.corrupt(firstSegment, 7, 1)],
    ['a flipped byte in a length', (f) => f.disk.corrupt(firstSegment, 11, 1)],
    ['a flipped byte in the magic', (f) => f.disk.corrupt(firstSegment, 16, 1)],
    ['a segment cut short', (f) => f.disk.open(firstSegment).truncate(50)],
    ['a first segment that is gone', (f) => f.disk.remove(firstSegment)],
    [
      'a first segment in whose place a directory stands',
      (f) => {
        f.disk.remove(firstSegment);
        f.disk.mkdir(firstSegment);
      },
    ],
    ['a last segment that is gone', (f) => f.disk.remove(lastSegment(f))],
    [
      'an identity that is damaged',
      (f) => f.disk.corrupt(`${PARTITION_DIRECTORY}/partition.json`, 20),
    ],
    ['an identity that is gone', (f) => f.disk.remove(`${PARTITION_DIRECTORY}/partition.json`)],
    ['a partition directory that is gone', (f) => f.disk.remove(PARTITION_DIRECTORY)],
  ];

  it.each(rots)('is rot before the mark: %s quarantines the partition', async (_, damage) => {
    const fixture = await filled();
    for (const { name } of fixture.disk.list(PARTITION_DIRECTORY)) {
      if (name.endsWith('index')) fixture.disk.remove(`${PARTITION_DIRECTORY}/${name}`);
    }
    damage(fixture);
    fixture.disk.settle();

    const { partitions } = await fixture.kill();

    expect(partitions).toMatchObject([{ outcome: 'quarantined' }]);
    expect(partitions[0]?.detail).toBeTruthy();
    expect(fixture.log).toMatchObject({ logStartOffset: 0, logEndOffset: 0 });
  });

  it('keeps the damaged data beside the new log', async () => {
    const fixture = await filled();
    const sizeBytes = fixture.disk.open(lastSegment(fixture)).sizeBytes();
    const name = lastSegment(fixture).slice(PARTITION_DIRECTORY.length);
    fixture.disk.corrupt(lastSegment(fixture), 70);
    fixture.disk.settle();

    await fixture.kill();

    const kept = `${PARTITION_DIRECTORY}.quarantined-0${name}`;
    expect(fixture.disk.open(kept).sizeBytes()).toBe(sizeBytes);
  });

  it('says quarantined at every start until it is told that the replica is whole', async () => {
    const fixture = await filled();
    fixture.disk.corrupt(lastSegment(fixture), 70);
    fixture.disk.settle();
    await fixture.kill();
    await fixture.stop();
    const again = await fixture.open();
    expect(again.partitions[0]?.outcome).toBe('quarantined');

    await fixture.run(fixture.manager.clearQuarantine(TOPIC, 0));
    await fixture.stop();

    const { partitions } = await fixture.open();
    expect(partitions[0]?.outcome).toBe('clean');
  });

  it('rebuilds the leader epochs from the headers when their file is damaged, epoch 0 too', async () => {
    const fixture = new LogFixture();
    await fixture.start();
    fixture.append(2, { epoch: 0 });
    fixture.append(2, { epoch: 3 });
    await fixture.flush();
    await fixture.clock.settle(1100);
    fixture.disk.corrupt(`${PARTITION_DIRECTORY}/leader-epochs`, 20);
    fixture.disk.settle();

    await fixture.kill();

    expect(fixture.log.endOffsetForEpoch(0)).toEqual({ leaderEpoch: 0, endOffset: 2 });
    expect(fixture.log.latestEpoch()).toBe(3);
  });

  it('keeps an epoch that was assigned and has no record yet', async () => {
    const fixture = await filled();
    await fixture.run(fixture.log.assignEpoch(9, 8));

    await fixture.crash();

    expect(fixture.log.latestEpoch()).toBe(9);
  });

  it('builds producers from older snapshots or headers when a snapshot is damaged (KAFKA-9892)', async () => {
    const fixture = await filled();
    const spec = { producerId: 5, producerEpoch: 0, baseSequence: 0 };
    fixture.log.appendAsLeader(batchOf(spec), 1);
    fixture.append(8);
    await fixture.flush();
    for (const name of namesIn(fixture, PARTITION_DIRECTORY)) {
      if (name.endsWith('.producers')) fixture.disk.corrupt(`${PARTITION_DIRECTORY}/${name}`, 9);
    }
    fixture.disk.settle();

    await fixture.kill();

    expect(fixture.log.appendAsLeader(batchOf(spec), 1).kind).toBe('duplicate');
  });

  it('judges by the segments when the checkpoint is damaged: a sealed one is believed durable', async () => {
    const fixture = await filled();
    fixture.disk.corrupt(CHECKPOINT, 30);
    for (const { name } of fixture.disk.list(PARTITION_DIRECTORY)) {
      if (name.endsWith('index')) fixture.disk.remove(`${PARTITION_DIRECTORY}/${name}`);
    }
    fixture.disk.corrupt(firstSegment, 70);
    fixture.disk.settle();

    const { partitions } = await fixture.kill();

    expect(partitions[0]?.outcome).toBe('quarantined');
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

  it('quarantines a log at run time and begins an empty one', async () => {
    const fixture = await filled();

    const opened = await fixture.run(fixture.manager.quarantine(fixture.log, 'rot at byte 9'));

    expect(opened).toMatchObject({ outcome: 'quarantined', topicName: 'orders' });
    expect(fixture.log).toBe(opened.log);
    const { partitions } = await fixture.crash();
    expect(partitions).toMatchObject([{ outcome: 'quarantined', detail: 'rot at byte 9' }]);
  });

  it('sets the data aside once, however often a full disk refuses the empty log', async () => {
    const fixture = await filled();
    const { log } = fixture;
    const tries = [1, 2, 3].map(() => 'partition.json');
    for (const pathIncludes of tries) {
      fixture.disk.failNext({ op: 'write', pathIncludes, code: 'ENOSPC' });
      const refused = fixture.run(fixture.manager.quarantine(log, 'rot at byte 9'));
      await expect(refused).rejects.toMatchObject({ code: 'DISK_FULL' });
    }

    const opened = await fixture.run(fixture.manager.quarantine(log, 'rot at byte 9'));

    expect(opened).toMatchObject({ outcome: 'quarantined', topicName: 'orders' });
    const kept = namesIn(fixture).filter((name) => name.includes('.quarantined-'));
    expect(kept).toEqual([`${TOPIC}-0.quarantined-0`]);
    await fixture.run(fixture.manager.quarantine(opened.log, 'rot once more'));
    expect(namesIn(fixture)).toContain(`${TOPIC}-0.quarantined-1`);
  });

  it('recovers each of two partitions by itself', async () => {
    const fixture = await filled();
    const identity = { topicId: TOPIC, topicName: 'orders', partition: 1 };
    const other = await fixture.run(fixture.manager.create(identity));
    other.appendAsLeader(batchOf({ text: 'other' }), 1);
    await fixture.flush();
    fixture.disk.corrupt(lastSegment(fixture), 70);
    fixture.disk.settle();

    const { partitions } = await fixture.kill();

    expect(partitions.map(({ outcome }) => outcome)).toEqual(['quarantined', 'recovered']);
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
