import { describe, expect, it } from 'vitest';
import type { OttlaError } from '../../../src/base/errors.ts';
import {
  batchOf,
  DIRECTORY,
  filled,
  firstSegment,
  LogFixture,
  lastSegment,
  namesIn,
  PARTITION_DIRECTORY,
  TOPIC,
  textsOf,
} from './log-fixture.ts';

/** As a power cut may, where nothing was flushed. */
const loseFirstSegment = ({ disk }: LogFixture): void => disk.remove(firstSegment);

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

  it('says so too where that can no longer be read of a log without records', async () => {
    const fixture = await filled();
    fixture.disk.corrupt(lastSegment(fixture), 70);
    fixture.disk.settle();
    await fixture.kill();
    loseFirstSegment(fixture);
    fixture.disk.corrupt(`${PARTITION_DIRECTORY}/partition.json`, 20);
    fixture.disk.settle();

    const { partitions } = await fixture.kill();

    expect(partitions).toMatchObject([{ outcome: 'quarantined' }]);
    expect(partitions[0]?.detail).toContain('partition.json is damaged');
  });

  it('is none in a directory whose identity never got its name: no log was there yet', async () => {
    const fixture = new LogFixture();
    await fixture.start();
    loseFirstSegment(fixture);
    fixture.disk.rename(
      `${PARTITION_DIRECTORY}/partition.json`,
      `${PARTITION_DIRECTORY}/partition.json.tmp`,
    );
    fixture.disk.settle();

    const { partitions } = await fixture.kill();

    expect(partitions).toEqual([]);
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
    fixture.disk.corrupt(`${DIRECTORY}/checkpoint`, 30);
    for (const { name } of fixture.disk.list(PARTITION_DIRECTORY)) {
      if (name.endsWith('index')) fixture.disk.remove(`${PARTITION_DIRECTORY}/${name}`);
    }
    fixture.disk.corrupt(firstSegment, 70);
    fixture.disk.settle();

    const { partitions } = await fixture.kill();

    expect(partitions[0]?.outcome).toBe('quarantined');
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

describe('damage that a read has met', () => {
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
    for (let attempt = 0; attempt < 3; attempt += 1) {
      fixture.disk.failNext({ op: 'write', pathIncludes: 'partition.json', code: 'ENOSPC' });
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

  it('lets a truncation under way end before the files are moved from under it', async () => {
    const fixture = await filled();
    const { log } = fixture;
    fixture.disk.holdSyncs();
    const truncated = log.truncateTo(3).then(
      () => 'cut',
      (error: OttlaError) => error.code,
    );

    const aside = fixture.manager.quarantine(log, 'rot at byte 9').catch(() => undefined);
    await fixture.clock.settle(0);
    fixture.disk.releaseSyncs();
    const [outcome, opened] = await fixture.run(Promise.all([truncated, aside]));

    expect([outcome, opened?.outcome]).toEqual(['cut', 'quarantined']);
    expect(fixture.manager.failure).toBeUndefined();
  });
});
