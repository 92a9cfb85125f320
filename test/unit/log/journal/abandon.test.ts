import { describe, expect, it } from 'vitest';
import { TOPIC } from '../log-fixture.ts';
import { JournalFixture } from './journal-fixture.ts';

/** Power goes at a change of the disk after a log began to be set aside, an entry being written. */
const cutWhileSettingAside = async (
  at: number,
): Promise<{ fixture: JournalFixture; durable: number; wasCut: boolean }> => {
  const fixture = new JournalFixture(3);
  await fixture.startAll();
  await fixture.clock.settle(1100);
  const log = fixture.logOf(0);
  fixture.disk.holdSyncs();
  fixture.appendToAll('a');
  const flushed = fixture.manager.flushNow().catch(() => undefined);
  await fixture.clock.settle(0);
  const aside = fixture.manager.quarantine(log, 'a read met damage').catch(() => undefined);
  await fixture.clock.settle(0);
  let durable = 0;
  fixture.disk.onPowerCut = () => {
    durable = log.flushedOffset;
  };
  fixture.disk.cutPowerAt(at);
  fixture.disk.releaseSyncs();
  await fixture.run(Promise.all([flushed, aside]));
  const wasCut = !fixture.disk.isPowered;
  fixture.disk.powerOn();
  await fixture.crash();
  return { fixture, durable, wasCut };
};

describe('a log that is set aside while the journal is synced', () => {
  it('has what was acknowledged, or is quarantined, whenever power goes', async () => {
    for (let at = 0; ; at += 1) {
      const { fixture, durable, wasCut } = await cutWhileSettingAside(at);
      if (!wasCut) break;

      const found = fixture.opened.partitions.find(({ log }) => log.partition === 0);
      const isWhole = (found?.log.logEndOffset ?? 0) >= durable;

      expect(isWhole || found?.outcome === 'quarantined', `at change ${at}`).toBe(true);
      expect(fixture.manager.get(TOPIC, 1)).toBeDefined();
    }
  });
});

describe('a log with entries in the journal that is deleted', () => {
  it('is whole or gone, and never quarantined, whenever power goes', async () => {
    for (let at = 0; ; at += 1) {
      const fixture = new JournalFixture(3);
      await fixture.startAll();
      await fixture.round('a');
      fixture.disk.cutPowerAt(at);
      await fixture.run(fixture.manager.delete(TOPIC, 0)).catch(() => undefined);
      const wasCut = !fixture.disk.isPowered;
      fixture.disk.powerOn();
      await fixture.crash();

      const found = fixture.opened.partitions.find(({ log }) => log.partition === 0);

      expect(found?.outcome ?? 'recovered', `at change ${at}`).toBe('recovered');
      expect(found?.log.logEndOffset ?? 2, `at change ${at}`).toBe(2);
      if (!wasCut) break;
    }
  });
});
