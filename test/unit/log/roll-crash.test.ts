import { describe, expect, it } from 'vitest';
import { SeededRandom } from '../../support/seeded-random.ts';
import { LogFixture, PARTITION_DIRECTORY, textsOf } from './log-fixture.ts';

/** Two batches on the disk and one that is not, in a segment that takes no fourth. */
const aboutToRoll = async (): Promise<LogFixture> => {
  const fixture = new LogFixture();
  fixture.config = { ...fixture.config, segmentBytes: 250, indexIntervalBytes: 50 };
  await fixture.start();
  fixture.append(2);
  await fixture.flush();
  fixture.append(1);
  return fixture;
};

/** The fourth batch closes the segment and begins the next one; then all is synced. */
const roll = async (fixture: LogFixture): Promise<void> => {
  fixture.append(1);
  await fixture.flush();
};

const segmentsOf = ({ disk }: LogFixture): string[] =>
  disk
    .list(PARTITION_DIRECTORY)
    .map(({ name }) => name)
    .filter((name) => name.endsWith('.log'));

/** How many changes of the disk a roll makes, and what they are. */
const changesOfRoll = async (): Promise<{ readonly count: number; readonly names: string[] }> => {
  const fixture = await aboutToRoll();
  const names: string[] = [];
  fixture.disk.onOperation = (op, path) => names.push(`${op} ${path.replace(/^.*\./, '.')}`);
  const before = fixture.disk.changeCount;
  await roll(fixture);
  return { count: fixture.disk.changeCount - before, names };
};

const TEXTS = ['r0', 'r1', 'r2', 'r3'];

/** The log comes back whole up to its end, without what was flushed missing, and goes on. */
const expectSound = async (fixture: LogFixture, flushedOffset: number): Promise<void> => {
  const { partitions } = await fixture.open();
  const { log } = fixture;
  const endOffset = log.logEndOffset;
  expect(partitions.map(({ outcome }) => outcome)).toEqual(['recovered']);
  expect(endOffset).toBeGreaterThanOrEqual(flushedOffset);
  expect(textsOf(log)).toEqual(TEXTS.slice(0, endOffset));

  fixture.append(3, { prefix: 'n' });
  await fixture.stop();
  const again = await fixture.open();

  const added = [0, 1, 2].map((index) => `n${endOffset + index}`);
  expect(again.partitions.map(({ outcome }) => outcome)).toEqual(['clean']);
  expect(textsOf(fixture.log)).toEqual([...TEXTS.slice(0, endOffset), ...added]);
};

describe('a crash at every step of a roll', () => {
  it('meets the new segment, the indexes of the old one and the syncs of both', async () => {
    const { count, names } = await changesOfRoll();

    expect(names).toHaveLength(count);
    expect(names.slice(0, 11)).toEqual([
      'open .log',
      'remove .timeindex',
      'open .timeindex',
      'write .timeindex',
      'remove .index',
      'open .index',
      'write .index',
      'write .log',
      'sync .log',
      'sync .log',
      `syncDir ${PARTITION_DIRECTORY}`,
    ]);
  });

  it('by power, with all lost that no sync covered, leaves a log that goes on', async () => {
    const { count } = await changesOfRoll();
    const segmentCounts = new Set<number>();

    for (let step = 0; step <= count; step += 1) {
      const fixture = await aboutToRoll();
      fixture.disk.cutPowerAt(step);
      await roll(fixture).catch(() => undefined);
      segmentCounts.add(fixture.log.segmentCount);
      const { flushedOffset } = fixture.log;
      if (step === count) fixture.disk.crash();
      fixture.disk.powerOn();
      await expectSound(fixture, flushedOffset);
    }

    expect([...segmentCounts]).toEqual([1, 2]);
  });

  it('by power, with any part of it kept, leaves a log that goes on', async () => {
    const { count } = await changesOfRoll();
    const kept = new Set<string>();

    for (let step = 0; step < count; step += 1) {
      for (let seed = 0; seed < 4; seed += 1) {
        const fixture = await aboutToRoll();
        fixture.disk.cutPowerAt(step, new SeededRandom(step * 100 + seed));
        await roll(fixture).catch(() => undefined);
        const { flushedOffset } = fixture.log;
        fixture.disk.powerOn();
        kept.add(segmentsOf(fixture).join());
        await expectSound(fixture, flushedOffset);
      }
    }

    expect(kept.size).toBeGreaterThan(1);
  });

  it('by the end of the process, with the page cache kept, loses nothing accepted', async () => {
    const { count } = await changesOfRoll();

    for (let step = 0; step < count; step += 1) {
      const fixture = await aboutToRoll();
      const killedAt = fixture.disk.changeCount + step;
      let isKilled = false;
      fixture.disk.onOperation = () => {
        if (isKilled || fixture.disk.changeCount <= killedAt) return;
        isKilled = true;
        fixture.disk.kill();
      };
      await roll(fixture).catch(() => undefined);
      fixture.disk.onOperation = undefined;
      const accepted = fixture.log.logEndOffset;
      expect(isKilled, `step ${step}`).toBe(true);
      await expectSound(fixture, accepted);
    }
  });
});
