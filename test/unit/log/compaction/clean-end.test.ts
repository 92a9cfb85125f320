import { describe, expect, it } from 'vitest';
import { readCleanEnd, writeCleanEnd } from '../../../../src/log/compaction/clean-end.ts';
import { PARTITION_DIRECTORY } from '../log-fixture.ts';
import { CompactedFixture, linesOf } from './compaction-fixture.ts';

const start = async (): Promise<CompactedFixture> => {
  const fixture = new CompactedFixture();
  await fixture.start();
  return fixture;
};

/** Records `k=old` and `k=new` where a pass has been over others before. */
const refill = async (fixture: CompactedFixture): Promise<void> => {
  fixture.put({ key: 'k', value: 'old' }, { key: 'k', value: 'new' });
  await fixture.roll();
};

describe('how far a log was compacted', () => {
  it.each(['goes on', 'is started anew', 'loses power'])(
    'is forgotten by a cut below it, in a process that %s',
    async (end) => {
      const fixture = await start();
      fixture.put({ key: 'a', value: '1' }, { key: 'b', value: '1' }, { key: 'c', value: '1' });
      await fixture.roll();
      await fixture.compacted();

      await fixture.run(fixture.log.truncateTo(0));
      await refill(fixture);
      if (end === 'is started anew') await fixture.kill();
      if (end === 'loses power') await fixture.crash();
      await fixture.compact();

      expect(linesOf(fixture.log)).toEqual(['k=new', 'roll-2=x']);
    },
  );

  it('is kept by a cut above it', async () => {
    const fixture = await start();
    fixture.put({ key: 'a', value: '1' });
    await fixture.roll();
    await fixture.compacted();
    fixture.put({ key: 'a', value: '2' });

    await fixture.run(fixture.log.truncateTo(2));
    await fixture.kill();

    expect(fixture.log.compaction.cleanEndOffset).toBe(1);
  });

  it.each(['killed', 'stopped'])(
    'is not believed where it lies beyond the end of a log that was %s, nor later',
    async (end) => {
      const fixture = await start();
      fixture.config = { ...fixture.config, segmentBytes: 100_000 };
      fixture.put({ key: 'k', value: 'old' });
      await fixture.flush();
      if (end === 'stopped') await fixture.stop();
      await writeCleanEnd(fixture.disk, PARTITION_DIRECTORY, 3);

      await fixture.kill();
      fixture.put({ key: 'k', value: 'new' }, { key: 'l', value: '1' });
      await fixture.flush();
      await fixture.crash();
      expect(readCleanEnd(fixture.disk, PARTITION_DIRECTORY)).toBe(0);
      await fixture.roll();
      await fixture.compact();

      expect(linesOf(fixture.log)).toEqual(['k=new', 'l=1', 'roll-3=x']);
    },
  );
});

describe('a pass', () => {
  it('leaves alone what a sync under way has not made durable yet', async () => {
    const fixture = await start();
    fixture.put({ key: 'a', value: '1' }, { key: 'a', value: '2' });
    const { config } = fixture.log;
    fixture.log.config = { ...config, segmentMs: 0 };
    fixture.put({ key: 'b', value: '1' });
    fixture.log.config = config;
    const moment = { nowWallMs: 0, highWatermark: 3 };
    fixture.disk.holdSyncs();
    const flushed = fixture.manager.flushNow();
    await fixture.clock.settle(100);

    const early = fixture.log.compaction.assess(moment).isDue;
    fixture.disk.releaseSyncs();
    await fixture.run(flushed);

    expect(early).toBe(false);
    expect(fixture.log.compaction.assess(moment).isDue).toBe(true);
  });

  it('that a cut ends while its result is synced takes nothing for the sake of what is cut', async () => {
    const fixture = await start();
    fixture.put({ key: 'k', value: '1' });
    await fixture.roll();
    fixture.put({ key: 'k', value: '2' });
    await fixture.roll();
    let cut: Promise<unknown> = Promise.resolve();
    fixture.disk.onOperation = (op, path) => {
      if (op !== 'sync' || !path.endsWith('.cleaned')) return;
      fixture.disk.onOperation = undefined;
      cut = fixture.log.truncateTo(2);
    };

    const result = await fixture.compact();
    await fixture.run(cut);

    expect(result).toBeUndefined();
    expect(linesOf(fixture.log)).toEqual(['k=1', 'roll-1=x']);
    expect(fixture.files('.cleaned')).toEqual([]);
  });
});
