import { describe, expect, it, vi } from 'vitest';
import { loadCodec } from '../../../../src/record/compression.ts';
import { bodyOf, LogFixture } from '../log-fixture.ts';
import { CompactedFixture, headersIn, linesOf, partsOf, recordsOf } from './compaction-fixture.ts';

const start = async (): Promise<CompactedFixture> => {
  const fixture = new CompactedFixture();
  await fixture.start();
  return fixture;
};

describe('a log that is compacted', () => {
  it('keeps the last record of each key, in order and at its offset', async () => {
    const fixture = await start();
    fixture.put({ key: 'a', value: '1' }, { key: 'b', value: '1' }, { key: 'a', value: '2' });
    fixture.put({ key: 'c', value: '1' });
    fixture.put({ key: 'a', value: '3' });
    await fixture.roll();

    await fixture.compacted();

    expect(recordsOf(fixture.log).map(({ offset, key, value }) => [offset, key, value])).toEqual([
      [1, 'b', '1'],
      [3, 'c', '1'],
      [4, 'a', '3'],
      [5, 'roll-5', 'x'],
    ]);
  });

  it('compares with what the active segment holds only once that is closed', async () => {
    const fixture = await start();
    fixture.put({ key: 'a', value: '1' });
    await fixture.roll();
    fixture.put({ key: 'a', value: '2' });
    await fixture.flush();

    await fixture.compacted();

    expect(linesOf(fixture.log)).toEqual(['a=1', 'roll-1=x', 'a=2']);
  });

  it('leaves what is not committed alone', async () => {
    const fixture = await start();
    fixture.put({ key: 'a', value: '1' });
    await fixture.roll();
    fixture.put({ key: 'a', value: '2' });
    await fixture.roll();

    const { isDue } = fixture.log.compaction.assess({ nowWallMs: 0, highWatermark: 0 });

    expect(isDue).toBe(false);
  });

  it('keeps a batch that loses nothing byte for byte', async () => {
    const fixture = await start();
    const codec = await loadCodec('gzip');
    fixture.put({ key: 'a', value: '1' });
    fixture.putBatch({ records: [{ key: 'b', value: '1' }], codec });
    fixture.put({ key: 'a', value: '2' });
    await fixture.roll();
    const before = bodyOf(...partsOf(fixture.log, 1));

    await fixture.compacted();

    expect(bodyOf(...partsOf(fixture.log, 1))).toEqual(before);
  });

  it.each(['gzip', 'snappy', 'lz4', 'zstd'] as const)(
    'compresses a batch that loses records anew with %s',
    async (name) => {
      const fixture = await start();
      const codec = await loadCodec(name);
      const records = [
        { key: 'a', value: '1' },
        { key: 'b', value: '1', timestampMs: 2000 },
      ];
      fixture.putBatch({ records, codec });
      fixture.put({ key: 'a', value: '2' });
      await fixture.roll();

      await fixture.compacted();

      const [header] = headersIn(partsOf(fixture.log));
      expect(header).toMatchObject({ attributes: codec.code, lastOffsetDelta: 1, recordCount: 1 });
      expect(recordsOf(fixture.log)[0]).toEqual({ ...records[1], offset: 1 });
    },
  );

  it('stays as it is where a codec fails, and is compacted by the next pass', async () => {
    const fixture = await start();
    const codec = await loadCodec('gzip');
    const records = ['a', 'b', 'a'].map((key, index) => ({ key, value: `${index}` }));
    fixture.putBatch({ records, codec });
    await fixture.roll();
    const failing = vi.spyOn(codec, 'compressInPool').mockImplementationOnce(() => {
      throw new RangeError('Array buffer allocation failed');
    });

    const failed = fixture.compact();

    await expect(failed).rejects.toMatchObject({
      code: 'UNKNOWN_SERVER_ERROR',
      message:
        'the batch at offset 0 could not be compressed with gzip: Array buffer allocation failed',
    });
    failing.mockRestore();
    expect(linesOf(fixture.log).slice(0, 3)).toEqual(['a=0', 'b=1', 'a=2']);
    await fixture.compact();
    expect(linesOf(fixture.log).slice(0, 2)).toEqual(['b=1', 'a=2']);
  });

  it('joins small segments', async () => {
    const fixture = await start();
    for (let round = 0; round < 8; round += 1) {
      fixture.put({ key: 'a', value: 'v'.repeat(200) });
      await fixture.roll();
    }
    await fixture.compacted();
    fixture.put({ key: 'a', value: '' });
    await fixture.roll();

    await fixture.compacted();
    await fixture.compact();

    expect(fixture.log.segmentCount).toBeLessThan(8);
    expect(fixture.files('.log')).toHaveLength(fixture.log.segmentCount);
    expect(linesOf(fixture.log).filter((line) => line.startsWith('a='))).toEqual(['a=']);
  });

  it('has nothing to do once it was compacted, after a restart either', async () => {
    const fixture = await start();
    fixture.put({ key: 'a', value: '1' }, { key: 'a', value: '2' });
    await fixture.roll();
    await fixture.compacted();

    const again = await fixture.compact();
    await fixture.crash();
    const afterCrash = await fixture.compact();

    expect([again, afterCrash]).toEqual([undefined, undefined]);
  });

  it('goes on in pieces where the keys do not fit its memory', async () => {
    const fixture = await start();
    fixture.dedupeBufferBytes = 4096;
    for (let key = 0; key < 300; key += 1) fixture.put({ key: `key-${key}`, value: '1' });
    for (let key = 0; key < 300; key += 1) fixture.put({ key: `key-${key}`, value: '2' });
    await fixture.roll();

    let passes = 0;
    while ((await fixture.compact()) !== undefined) passes += 1;

    expect(passes).toBeGreaterThan(2);
    expect(new Set(linesOf(fixture.log).filter((line) => line.endsWith('=1'))).size).toBe(0);
    expect(linesOf(fixture.log)).toHaveLength(301);
  });

  it('says what to raise when the keys of one batch do not fit', async () => {
    const fixture = await start();
    fixture.config = { ...fixture.config, segmentBytes: 100_000 };
    fixture.log.config = fixture.config;
    fixture.dedupeBufferBytes = 4096;
    fixture.put(...Array.from({ length: 200 }, (_, key) => ({ key: `key-${key}`, value: '' })));
    await fixture.roll();

    await expect(fixture.compact()).rejects.toThrow(
      /log.cleaner.dedupe.buffer.size=4096: raise it/,
    );
  });

  it.each([0, 1, 2, 3, 4, 5, 6, 7, 8])(
    'that is trimmed in the middle of a pass, at step %i, brings no deleted key back',
    async (step) => {
      const fixture = await start();
      fixture.config = { ...fixture.config, cleanupPolicy: 'compact,delete' };
      fixture.log.config = fixture.config;
      for (const [key, value] of [
        ['x', '1'],
        ['k', 'old'],
        ['k', null],
      ] as const) {
        fixture.put({ key, value });
        await fixture.roll();
      }
      let steps = 0;

      await fixture.compact(10_000, () => {
        if (steps === step) {
          fixture.log.raiseLogStart(2);
          fixture.log.removeBelow(2);
        }
        steps += 1;
      });

      expect(steps).toBeGreaterThan(step);
      for (const nowMs of [20_000, 30_000]) {
        fixture.put({ key: 'more', value: `${nowMs}` });
        await fixture.roll();
        await fixture.compact(nowMs);
      }
      expect(linesOf(fixture.log)).not.toContain('k=old');
    },
  );

  it('leaves records without keys out', async () => {
    const fixture = await start();
    fixture.log.config = { ...fixture.config, cleanupPolicy: 'delete' };
    fixture.put({ key: null, value: 'old' });
    fixture.log.config = fixture.config;
    fixture.put({ key: 'a', value: '1' });
    await fixture.roll();

    await fixture.compacted();

    expect(linesOf(fixture.log)).toEqual(['a=1', 'roll-2=x']);
  });

  it('takes no record without a key', async () => {
    const fixture = await start();

    const put = (): void => fixture.put({ key: 'a', value: '1' }, { key: null, value: '1' });

    expect(put).toThrow(expect.objectContaining({ code: 'INVALID_RECORD' }));
    expect(put).toThrow(/record 1 of the batch has no key/);
  });
});

describe('a tombstone', () => {
  it('outlives what it deletes by delete.retention.ms', async () => {
    const fixture = await start();
    fixture.put({ key: 'a', value: '1' });
    fixture.put({ key: 'a', value: null, timestampMs: 50 }, { key: 'b', value: '1' });
    await fixture.roll();
    await fixture.compacted(10_000);
    const first = recordsOf(fixture.log);
    fixture.put({ key: 'c', value: '1' });
    await fixture.roll();

    await fixture.compacted(10_999);
    const before = linesOf(fixture.log);
    fixture.put({ key: 'd', value: '1' });
    await fixture.roll();
    await fixture.compacted(11_000);

    expect(first[0]).toEqual({ offset: 1, key: 'a', value: null, timestampMs: 50 });
    expect(before).toContain('a=null');
    expect(linesOf(fixture.log)).not.toContain('a=null');
    expect(linesOf(fixture.log)).toContain('b=1');
  });

  it('that a later value follows goes at once', async () => {
    const fixture = await start();
    fixture.put({ key: 'a', value: null });
    fixture.put({ key: 'a', value: '2' });
    await fixture.roll();

    await fixture.compacted();

    expect(linesOf(fixture.log)).toEqual(['a=2', 'roll-2=x']);
  });
});

describe('a producer of a compacted log', () => {
  it('goes on with its sequence when all of its records are superseded and its snapshots lost', async () => {
    const fixture = await start();
    const producer = { producerId: 5, producerEpoch: 2 };
    for (let sequence = 0; sequence < 8; sequence += 1) {
      fixture.putBatch({
        ...producer,
        baseSequence: sequence,
        records: [{ key: 'a', value: '1' }],
      });
    }
    fixture.put({ key: 'a', value: '2' });
    await fixture.roll();
    await fixture.compacted();
    for (const name of fixture.files('.producers')) {
      fixture.disk.remove(`${fixture.log.directory}/${name}`);
    }
    await fixture.kill();

    const repeat = { ...producer, baseSequence: 7, records: [{ key: 'a', value: '1' }] };
    const gone = { ...producer, baseSequence: 9, records: [{ key: 'a', value: '1' }] };
    fixture.putBatch(repeat);

    expect(fixture.log.logEndOffset).toBe(10);
    expect(() => fixture.putBatch(gone)).toThrow(/8 was expected/);
  });
});

describe('a reader of a compacted log', () => {
  const compactedTwice = async (): Promise<CompactedFixture> => {
    const fixture = await start();
    for (let round = 0; round < 20; round += 1) fixture.put({ key: 'a', value: `${round}` });
    await fixture.roll();
    await fixture.compacted();
    return fixture;
  };

  it('finds contiguous batches, whatever is left of them', async () => {
    const { log } = await compactedTwice();

    let nextOffset = 0;
    for (const header of headersIn(partsOf(log))) {
      expect(header.baseOffset).toBe(nextOffset);
      nextOffset = header.baseOffset + header.lastOffsetDelta + 1;
    }

    expect(nextOffset).toBe(log.logEndOffset);
  });

  it('that copies it can begin within a gap', async () => {
    const { log } = await compactedTwice();
    const follower = new CompactedFixture();
    await follower.start();
    for (let round = 0; round < 7; round += 1) follower.put({ key: 'a', value: `${round}` });

    follower.log.appendAsFollower(bodyOf(...partsOf(log, 7)), 1);

    expect(follower.log.logEndOffset).toBe(log.logEndOffset);
    expect(linesOf(follower.log).slice(-2)).toEqual(['a=19', 'roll-20=x']);
  });

  it.each([0, 7, 18])('that consumes it from %d meets records only', async (fetchOffset) => {
    const { log } = await compactedTwice();
    const request = { fetchOffset, maxBytes: 50, atLeastOne: true, withoutGaps: true };

    const hot = log.read({ ...request, endOffset: log.logEndOffset });
    const cold = await log.readCold({ ...request, endOffset: log.logEndOffset });

    expect(headersIn(hot.parts)).toMatchObject([{ baseOffset: 19, recordCount: 1 }]);
    expect(bodyOf(...cold.parts)).toEqual(bodyOf(...hot.parts));
  });

  it('gets on where nothing but a gap is left below the high watermark', async () => {
    const { log } = await compactedTwice();

    const read = log.read({
      fetchOffset: 3,
      endOffset: 19,
      maxBytes: 1000,
      atLeastOne: true,
      withoutGaps: true,
    });

    expect(read.nextOffset).toBeGreaterThan(3);
    expect(headersIn(read.parts)).toMatchObject([{ recordCount: 0 }]);
  });

  it('finds the first record at a time behind a gap', async () => {
    const fixture = await start();
    fixture.put({ key: 'a', value: '1', timestampMs: 5000 });
    fixture.put({ key: 'b', value: '1', timestampMs: 1000 });
    fixture.put({ key: 'a', value: '2', timestampMs: 6000 });
    await fixture.roll();
    await fixture.compacted();

    expect(fixture.log.offsetForTimestamp(4000)).toMatchObject({ offset: 2, timestampMs: 6000 });
  });
});

describe('a log that is not compacted', () => {
  it('has nothing to compact', async () => {
    const fixture = new LogFixture();
    await fixture.start();
    fixture.append(50);
    await fixture.flush();

    const moment = { nowWallMs: 0, highWatermark: fixture.log.logEndOffset };

    expect(fixture.log.compaction.assess(moment).isDue).toBe(false);
  });
});
