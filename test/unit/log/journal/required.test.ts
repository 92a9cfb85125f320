import { describe, expect, it } from 'vitest';
import { readJournal } from '../../../../src/log/journal/files.ts';
import { DIRECTORY } from '../log-fixture.ts';
import { JournalFixture } from './journal-fixture.ts';

/** A start, a round by the journal and a stop, with the power cut at a change; true: it was. */
const cutAt = async (fixture: JournalFixture, at: number): Promise<boolean> => {
  fixture.disk.cutPowerAt(at);
  const life = async (): Promise<void> => {
    await fixture.startAll();
    await fixture.round('a');
    await fixture.stop();
  };
  await life().catch(() => undefined);
  const wasCut = !fixture.disk.isPowered;
  fixture.disk.powerOn();
  fixture.disk.crash();
  return wasCut;
};

describe('a directory whose journal holds records', () => {
  it('says so to programs that know nothing of it, whenever power goes', async () => {
    const seen = new Set<string>();
    for (let at = 0; ; at += 1) {
      const fixture = new JournalFixture(2);
      const wasCut = await cutAt(fixture, at);
      const { frameCount } = readJournal(fixture.journalDirectory, false);
      seen.add(`${frameCount > 0} ${fixture.isJournalRequired}`);
      if (!wasCut) break;
    }

    expect([...seen].sort()).toEqual(['false false', 'false true', 'true true']);
  });

  it('may be opened by any program after an orderly stop', async () => {
    const fixture = new JournalFixture();
    await fixture.startAll();
    await fixture.round('a');

    const whileOn = fixture.isJournalRequired;
    await fixture.stop();

    expect([whileOn, fixture.isJournalRequired]).toEqual([true, false]);
  });

  it('may be opened by any program once a start without a journal has put all back', async () => {
    const fixture = new JournalFixture();
    await fixture.startAll();
    await fixture.round('a');
    fixture.journal.isEnabled = false;

    await fixture.crash();

    expect(fixture.textsOf(3)).toEqual(['first', 'a']);
    expect(fixture.isJournalRequired).toBe(false);
  });

  it('does without one where the disk has no room to say so', async () => {
    const fixture = new JournalFixture();
    fixture.disk.failNext({ op: 'open', pathIncludes: 'journal-required', code: 'ENOSPC' });
    await fixture.startAll();

    const synced = await fixture.round('a');

    expect(synced.every((path) => path.endsWith('.log'))).toBe(true);
    expect(fixture.disk.exists(`${DIRECTORY}/journal`)).toBe(false);
  });
});
