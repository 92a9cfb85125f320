import { describe, expect, it } from 'vitest';
import { batchOf, TOPIC } from '../log-fixture.ts';
import { JournalFixture } from './journal-fixture.ts';

const started = async (logCount?: number): Promise<JournalFixture> => {
  const fixture = new JournalFixture(logCount);
  await fixture.startAll();
  return fixture;
};

/** The device has no room for the next frames, as one that copies blocks when they are written. */
const failFrames = (fixture: JournalFixture, times: number, keepBytes = 0): void => {
  const fault = {
    op: 'write',
    pathIncludes: 'journal/',
    code: 'ENOSPC',
    times,
    keepBytes,
  } as const;
  fixture.disk.failNext(fault);
};

describe('a round for whose frame the disk has no room', () => {
  it('syncs the segments instead, and the directory stays in use', async () => {
    const fixture = await started();
    failFrames(fixture, 1);

    const synced = await fixture.round('a');

    expect(fixture.failures).toEqual([]);
    expect(synced.every((path) => path.endsWith('.log'))).toBe(true);
    expect(fixture.logOf(3).settledOffset).toBe(2);
  });

  it('is followed by rounds that go by the journal, and nothing is missed after a crash', async () => {
    const fixture = await started();
    await fixture.round('a');
    failFrames(fixture, 2);
    await fixture.round('b');
    await fixture.round('c');
    const synced = await fixture.round('d');

    await fixture.crash();

    expect(synced).toEqual(['/data/journal/0']);
    expect(fixture.outcomes()).toEqual(Array(5).fill('recovered'));
    expect(fixture.textsOf(3)).toEqual(['first', 'a', 'b', 'c', 'd']);
  });

  it('brings nothing back that is cut later, though all of its frame reached the disk', async () => {
    const fixture = await started();
    failFrames(fixture, 1, 1_000_000);
    await fixture.round('old');
    fixture.disk.settle();
    await fixture.run(fixture.logOf(0).truncateTo(1));

    await fixture.crash();

    expect(fixture.outcomes()).toEqual(Array(5).fill('recovered'));
    expect(fixture.textsOf(0)).toEqual(['first']);
    expect(fixture.textsOf(1)).toEqual(['first', 'old']);
  });

  it('leaves no frame that would pass for the one that got its number, once that is damaged', async () => {
    const fixture = await started();
    for (let index = 0; index < 12; index += 1) await fixture.round(`r${index}`);
    failFrames(fixture, 1, 1_000_000);
    await fixture.round('whole');
    fixture.disk.settle();
    // Two blocks, for which the first file has no room any more.
    await fixture.round('larger', 1000);
    for (const partition of [0, 1]) {
      fixture.logOf(partition).appendAsLeader(batchOf({ text: 'last' }), 1);
    }
    await fixture.flush();
    fixture.rot('larger');

    await fixture.crash();

    expect(fixture.outcomes()).toEqual(Array(5).fill('recovered'));
    expect(fixture.logOf(3).logEndOffset).toBe(15);
  });
});

describe('a cut for whose frame the disk has no room', () => {
  it('is done when there is room again, and the directory stays in use', async () => {
    const fixture = await started();
    await fixture.round('old');
    for (const after of [0, 1]) {
      const fault = { op: 'write', pathIncludes: 'journal/', code: 'ENOSPC', after } as const;
      fixture.disk.failNext(fault);
    }

    await fixture.run(fixture.logOf(0).truncateTo(1));
    await fixture.crash();

    expect(fixture.failures).toEqual([]);
    expect(fixture.textsOf(0)).toEqual(['first']);
    expect(fixture.textsOf(1)).toEqual(['first', 'old']);
  });
});

describe('a partition that is deleted while the disk has no room', () => {
  it('is gone, and does not wait for room', async () => {
    const fixture = await started();
    await fixture.round('old');
    failFrames(fixture, Number.POSITIVE_INFINITY);

    await fixture.run(fixture.manager.delete(TOPIC, 0));
    await fixture.crash();

    expect(fixture.outcomes()).toEqual(Array(4).fill('recovered'));
    expect(fixture.manager.get(TOPIC, 0)).toBeUndefined();
  });

  it('is gone although a truncation of it waits for room', async () => {
    const fixture = await started();
    await fixture.round('old');
    failFrames(fixture, Number.POSITIVE_INFINITY);
    const truncation = fixture.logOf(0).truncateTo(1);
    const outcome = truncation.catch((error: unknown) => error);
    await fixture.clock.settle(2000);

    fixture.manager.retire(TOPIC, 0);
    const error = await fixture.run(outcome);
    await fixture.run(fixture.manager.delete(TOPIC, 0));

    expect(error).toMatchObject({ code: 'REPLICA_NOT_AVAILABLE' });
    expect(fixture.failures).toEqual([]);
    expect(fixture.manager.get(TOPIC, 0)).toBeUndefined();
  });

  it('is not made anew before there is room to forget what was', async () => {
    const fixture = await started();
    await fixture.round('old');
    failFrames(fixture, Number.POSITIVE_INFINITY);
    await fixture.run(fixture.manager.delete(TOPIC, 0));

    const early = await fixture.make(0).catch((error: unknown) => error);
    fixture.disk.clearFaults();
    await fixture.make(0);
    await fixture.crash();

    expect(early).toMatchObject({ code: 'DISK_FULL' });
    expect(fixture.outcomes()).toEqual(Array(5).fill('recovered'));
    expect(fixture.textsOf(0)).toEqual([]);
  });
});
