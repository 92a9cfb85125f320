import { describe, expect, it } from 'vitest';
import { DIRECTORY, namesIn } from '../log-fixture.ts';
import { JournalFixture } from './journal-fixture.ts';

const JOURNAL = `${DIRECTORY}/journal`;

/** Worth its making after two rounds of five logs. */
const largeJournal = (logCount?: number): JournalFixture => {
  const fixture = new JournalFixture(logCount);
  fixture.journal.totalBytes = 1024 * 1024;
  return fixture;
};

/** Two rounds without a journal, and time for it to be made. */
const untilMade = async (fixture: JournalFixture): Promise<void> => {
  await fixture.startAll();
  for (const text of ['a', 'b']) await fixture.round(text);
  for (let turns = 0; turns < 20; turns += 1) await fixture.clock.settle(1);
  fixture.appendToAll('first with it');
  await fixture.flush();
  await fixture.checkpoint();
};

describe('a large journal', () => {
  it('is not made where few logs wait together', async () => {
    const fixture = largeJournal(1);
    await fixture.startAll();

    for (let round = 0; round < 50; round += 1) await fixture.round('a');

    expect([fixture.disk.exists(JOURNAL), fixture.isJournalRequired]).toEqual([false, false]);
  });

  it('is made once it would have spared enough syncs, and used from then on', async () => {
    const fixture = largeJournal();
    await untilMade(fixture);

    const synced = await fixture.round('c');

    expect(synced).toEqual([`${JOURNAL}/0`]);
    expect(fixture.isJournalRequired).toBe(true);
  });

  it('is used from its first checkpoint on by the next start', async () => {
    const fixture = largeJournal();
    await untilMade(fixture);
    await fixture.stop();
    await fixture.open();
    fixture.appendToAll('first of this run');
    await fixture.flush();
    await fixture.checkpoint();

    const synced = await fixture.round('c');

    expect(synced).toEqual([`${JOURNAL}/0`]);
  });

  it('is not made any more once the directory is being closed', async () => {
    const fixture = largeJournal();
    await fixture.startAll();
    fixture.appendToAll('a');
    const flushed = fixture.manager.flushNow();

    const isClean = await fixture.stop();

    await flushed;
    expect(isClean).toBe(true);
    expect([fixture.disk.exists(JOURNAL), fixture.isJournalRequired]).toEqual([false, false]);
  });

  it('is whole before a stop ends that came while it was made', async () => {
    const fixture = largeJournal();
    await fixture.startAll();
    for (const text of ['a', 'b']) await fixture.round(text);

    const isClean = await fixture.stop();

    expect(isClean).toBe(true);
    expect(fixture.disk.list(JOURNAL).map(({ name }) => name)).toEqual(['0', '1']);
    expect(fixture.isJournalRequired).toBe(false);
  });

  it('loses and leaves nothing, whenever power goes while it is made', async () => {
    for (let at = 0; ; at += 1) {
      const fixture = largeJournal(4);
      await fixture.startAll();
      fixture.disk.cutPowerAt(at);
      const rounds = async (): Promise<void> => {
        for (const text of ['a', 'b', 'c', 'd']) await fixture.round(text);
      };
      await rounds().catch(() => undefined);
      const wasCut = !fixture.disk.isPowered;
      const acknowledged = fixture.logOf(3).flushedOffset;
      fixture.disk.powerOn();

      await fixture.crash();

      expect(fixture.outcomes(), `power cut at change ${at}`).toEqual(Array(4).fill('recovered'));
      expect(fixture.textsOf(3).length).toBeGreaterThanOrEqual(acknowledged);
      expect(namesIn(fixture).filter((name) => name.startsWith('journal.'))).toEqual([]);
      if (!wasCut) break;
    }
  });

  it('is done without where the disk has no room for it', async () => {
    const fixture = largeJournal();
    fixture.disk.failNext({ op: 'write', pathIncludes: 'journal', code: 'ENOSPC' });
    await untilMade(fixture);

    const synced = await fixture.round('c');

    expect(synced.every((path) => path.endsWith('.log'))).toBe(true);
    expect([fixture.failures, fixture.disk.exists(JOURNAL)]).toEqual([[], false]);
  });

  it('is not begun where it would leave no room for the records', async () => {
    const fixture = largeJournal();
    fixture.disk.capacityBytes = 1.5 * fixture.journal.totalBytes;
    const written: string[] = [];
    fixture.disk.onOperation = (op, path) => {
      if (op === 'write' && path.includes('/journal.')) written.push(path);
    };

    await untilMade(fixture);

    expect([written, fixture.failures, fixture.disk.exists(JOURNAL)]).toEqual([[], [], false]);
  });

  it('takes the directory offline where the device fails under it', async () => {
    const fixture = largeJournal();
    fixture.disk.failNext({ op: 'sync', pathIncludes: 'journal', code: 'EIO' });

    await untilMade(fixture).catch(() => undefined);

    expect(fixture.failures.map(({ code }) => code)).toEqual(['STORAGE_ERROR']);
  });
});
