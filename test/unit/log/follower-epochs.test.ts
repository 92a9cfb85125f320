import { describe, expect, it } from 'vitest';
import {
  bodyOf,
  DIRECTORY,
  firstSegment,
  LogFixture,
  namesIn,
  PARTITION_DIRECTORY,
  stampedBatch,
  TOPIC,
} from './log-fixture.ts';

const HISTORY = `${PARTITION_DIRECTORY}/leader-epochs`;
const CHECKPOINT_MS = 1100;

/** One record of epoch 1 is durable here, and the history of it too. */
const follower = async (): Promise<LogFixture> => {
  const fixture = new LogFixture();
  await fixture.start();
  await follow(fixture, 1);
  await fixture.clock.settle(2 * CHECKPOINT_MS);
  return fixture;
};

/** One more record, of the leader of an epoch, is appended and durable. */
const follow = async (fixture: LogFixture, leaderEpoch: number): Promise<void> => {
  const batch = stampedBatch(fixture.log.logEndOffset, leaderEpoch);
  fixture.log.appendAsFollower(bodyOf(batch), leaderEpoch);
  await fixture.flush();
};

const historyOf = ({ disk }: LogFixture): string => Buffer.from(disk.peek(HISTORY)).toString();

const markOf = ({ disk }: LogFixture): string | undefined =>
  Buffer.from(disk.peek(`${DIRECTORY}/checkpoint`))
    .toString()
    .split('\n')
    .find((line) => line.startsWith(`${TOPIC}-0 `));

describe('a follower that has the first record of a new leader', () => {
  it('has it durable before the history of epochs is', async () => {
    const fixture = await follower();

    await follow(fixture, 2);

    expect(fixture.log.flushedOffset).toBe(2);
    expect(historyOf(fixture)).toContain('1 0\n');
    expect(historyOf(fixture)).not.toContain('2 1\n');
  });

  it('knows the epoch after a power cut, by the record', async () => {
    const fixture = await follower();
    await follow(fixture, 2);

    await fixture.crash();

    expect(fixture.log.endOffsetForEpoch(1)).toEqual({ leaderEpoch: 1, endOffset: 1 });
    expect(fixture.log.latestEpoch()).toBe(2);
  });

  it('has the history durable with the next checkpoint', async () => {
    const fixture = await follower();
    await follow(fixture, 2);

    await fixture.clock.settle(CHECKPOINT_MS);

    expect(historyOf(fixture)).toContain('2 1\n');
    expect(markOf(fixture)).toBe(`${TOPIC}-0 2 0 0`);
  });

  it('has a mark at that record as long as a full disk keeps the history from being written', async () => {
    const fixture = await follower();
    await follow(fixture, 2);
    fixture.disk.failNext({ op: 'write', pathIncludes: 'leader-epochs.tmp', code: 'ENOSPC' });

    await fixture.clock.settle(CHECKPOINT_MS);
    const held = markOf(fixture);
    await fixture.crash();

    expect(held).toBe(`${TOPIC}-0 1 0 0 2`);
    expect(fixture.log.endOffsetForEpoch(1)).toEqual({ leaderEpoch: 1, endOffset: 1 });
    expect(fixture.failures).toEqual([]);
  });

  it('starts on a disk that is still too full for the history, and writes it once there is room', async () => {
    const fixture = await follower();
    await follow(fixture, 2);
    const fault = { op: 'write', pathIncludes: 'leader-epochs.tmp', code: 'ENOSPC' } as const;
    fixture.disk.failNext({ ...fault, times: 3 });

    await fixture.crash();
    const heldAfterStart = markOf(fixture);
    await fixture.clock.settle(4 * CHECKPOINT_MS);

    expect(heldAfterStart).toBe(`${TOPIC}-0 1 0 0 2`);
    expect(historyOf(fixture)).toContain('2 1\n');
    expect(markOf(fixture)).toBe(`${TOPIC}-0 2 0 0`);
  });

  it('knows where the epoch began when the checkpoint is lost, and a newer segment was begun', async () => {
    const fixture = await follower();
    for (let count = 0; count < 30; count += 1) await follow(fixture, 2);
    fixture.disk.remove(`${DIRECTORY}/checkpoint`);

    await fixture.kill();

    expect(fixture.log.segmentCount).toBeGreaterThan(1);
    expect(fixture.log.endOffsetForEpoch(1)).toEqual({ leaderEpoch: 1, endOffset: 1 });
  });

  it('is deleted once no write of the history waits for another any more', async () => {
    const fixture = await follower();
    await follow(fixture, 2);
    fixture.disk.holdSyncs();
    await fixture.clock.settle(CHECKPOINT_MS);
    fixture.log.appendAsFollower(bodyOf(stampedBatch(2, 3)), 3);
    fixture.log.raiseLogStart(1);
    await fixture.clock.settle(CHECKPOINT_MS);
    fixture.disk.syncDelayMs = 5;

    const deleted = fixture.manager.delete(TOPIC, 0);
    fixture.disk.releaseSyncs();
    await fixture.run(deleted);

    expect(fixture.failures).toEqual([]);
  });

  it('is set aside with all its bytes when one behind the mark that waits is damaged', async () => {
    const fixture = await follower();
    for (let count = 0; count < 3; count += 1) await follow(fixture, 2);
    fixture.disk.failNext({ op: 'write', pathIncludes: 'leader-epochs.tmp', code: 'ENOSPC' });
    await fixture.clock.settle(CHECKPOINT_MS);
    const sizeBytes = fixture.disk.peek(firstSegment).length;
    fixture.disk.corrupt(firstSegment, Math.floor(sizeBytes * 0.6));

    const { partitions } = await fixture.crash();

    const aside = namesIn(fixture).find((name) => name.includes('.quarantined-'));
    const kept = firstSegment.replace(PARTITION_DIRECTORY, `${DIRECTORY}/${aside}`);
    expect(partitions.map(({ outcome }) => outcome)).toEqual(['quarantined']);
    expect(fixture.disk.peek(kept).length).toBe(sizeBytes);
  });
});
