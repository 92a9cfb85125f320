import { describe, expect, it } from 'vitest';
import { decodeCheckpoint } from '../../../../src/log/checkpoint.ts';
import { IdleLogs } from '../../../../src/log/journal/idle-logs.ts';
import { ManualClock } from '../../../support/manual-clock.ts';
import { DIRECTORY, TOPIC } from '../log-fixture.ts';
import { JournalFixture } from './journal-fixture.ts';

const LOOK_MS = 15_000;
const CHECKPOINT = `${DIRECTORY}/checkpoint`;

/** A journal with entries of this many logs, on a disk that takes its time from then on. */
const onSlowDisk = async (logCount: number): Promise<JournalFixture> => {
  const fixture = new JournalFixture(logCount);
  await fixture.startAll();
  await fixture.round('a');
  fixture.disk.syncDelayMs = 3000;
  return fixture;
};

describe('an idle log', () => {
  it('may be deleted while it waits to be settled, and the others are', async () => {
    const fixture = await onSlowDisk(12);
    const settling: string[] = [];
    fixture.disk.onOperation = (op, path) => {
      if (op === 'sync' && path.endsWith('.log')) settling.push(path);
    };
    while (settling.length === 0) await fixture.clock.settle(1000);

    await fixture.run(fixture.manager.delete(TOPIC, 11));
    await fixture.clock.settle(LOOK_MS);

    expect(fixture.failures).toEqual([]);
    expect(fixture.logOf(10).settledOffset).toBe(2);
  });

  it('is settled beside few others, however long that takes', async () => {
    const clock = new ManualClock();
    const flushing = { isListed: true, isIdle: true, isBehind: true, isEnding: false };
    const log = { flushing: { ...flushing, onLook: () => undefined } };
    let settlingCount = 0;
    const idleLogs = new IdleLogs({
      clock,
      logs: () => Array(20).fill(log),
      settle: () => {
        settlingCount += 1;
        return new Promise<void>(() => undefined);
      },
      onSettled: () => undefined,
    });

    for (let look = 0; look < 4; look += 1) {
      idleLogs.onListed();
      await clock.settle(LOOK_MS);
    }

    expect(settlingCount).toBe(4);
  });
});

describe('a log that is cut while its directory stops', () => {
  it('leaves the others listed that are not settled', async () => {
    const fixture = await onSlowDisk(3);

    const stopped = fixture.manager.close();
    const cut = fixture
      .logOf(0)
      .truncateTo(1)
      .catch(() => undefined);
    const unlisted: number[] = [];
    for (let passedMs = 0; passedMs < 10_000; passedMs += 500) {
      await fixture.clock.settle(500);
      const marks = decodeCheckpoint(fixture.disk.peek(CHECKPOINT), CHECKPOINT) ?? [];
      const behind = marks.filter((mark) => mark.flushedOffset > mark.settledOffset);
      unlisted.push(...behind.filter((mark) => !mark.isListed).map(({ partition }) => partition));
    }
    await fixture.run(Promise.all([stopped, cut]));

    expect(unlisted).toEqual([]);
  });
});
