import { describe, expect, it } from 'vitest';
import { JournalFixture } from './journal-fixture.ts';

/** Power goes at a change of the disk after a log began to start anew below its start, or later. */
const cutWhileReset = async (
  at: number,
): Promise<{ fixture: JournalFixture; wasCut: boolean; found: readonly number[] }> => {
  const fixture = new JournalFixture(3);
  await fixture.startAll();
  const log = fixture.logOf(0);
  await fixture.run(log.resetTo(10));
  fixture.appendToAll('a');
  await fixture.flush();
  await fixture.round('b');
  fixture.disk.cutPowerAt(at);
  await fixture.run(log.resetTo(5)).catch(() => undefined);
  const wasCut = !fixture.disk.isPowered;
  fixture.disk.powerOn();
  await fixture.crash();
  const { logStartOffset, logEndOffset } = fixture.logOf(0);
  return { fixture, wasCut, found: [logStartOffset, logEndOffset] };
};

describe('a log that begins anew below its start, with entries in the journal', () => {
  it('is what it was, or shorter, and never quarantined, whenever power goes', async () => {
    const seen = new Set<string>();
    for (let at = 0; ; at += 1) {
      const { fixture, wasCut, found } = await cutWhileReset(at);
      seen.add(`${found}`);

      expect(fixture.outcomes(), `at change ${at}`).toEqual(Array(3).fill('recovered'));
      if (!wasCut) break;
    }

    expect([...seen]).toEqual(expect.arrayContaining(['10,12', '5,5']));
  });
});
