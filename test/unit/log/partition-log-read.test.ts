import { describe, expect, it } from 'vitest';
import { readBatchHeader } from '../../../src/record/batch-header.ts';
import { batchOf, bodyOf, contentOf, LogFixture } from './log-fixture.ts';

const failsWith = (code: string): unknown => expect.objectContaining({ code });

const startLog = async (config = {}): Promise<LogFixture> => {
  const fixture = new LogFixture();
  fixture.config = { ...fixture.config, ...config };
  await fixture.start();
  return fixture;
};

describe('PartitionLog.read', () => {
  /** Ten batches of two records: in memory, or only on disk. */
  const filled = async (where: 'memory' | 'disk'): Promise<LogFixture> => {
    const fixture = new LogFixture();
    if (where === 'disk') fixture.cacheBytes = 0;
    await fixture.start();
    for (let index = 0; index < 10; index += 1) {
      fixture.log.appendAsLeader(batchOf({ count: 2, text: `b${index}` }), 1);
    }
    return fixture;
  };

  describe.each(['memory', 'disk'] as const)('from %s', (where) => {
    it('begins with the batch that contains the offset', async () => {
      const { log } = await filled(where);

      const read = log.read({ fetchOffset: 5, maxBytes: 1, endOffset: 20, atLeastOne: true });

      expect(read.nextOffset).toBe(6);
      expect(readBatchHeader(bodyOf(...read.parts)).baseOffset).toBe(4);
    });

    it('gives whole batches within the bytes allowed', async () => {
      const { log } = await filled(where);
      const sizeBytes = batchOf({ count: 2, text: 'b0' }).length;

      const maxBytes = sizeBytes * 3 - 1;
      const read = log.read({ fetchOffset: 0, maxBytes, endOffset: 20, atLeastOne: true });

      expect(read).toMatchObject({ sizeBytes: sizeBytes * 2, nextOffset: 4 });
    });

    it('gives nothing when not even one batch fits and none is demanded', async () => {
      const { log } = await filled(where);

      const read = log.read({ fetchOffset: 0, maxBytes: 10, endOffset: 20, atLeastOne: false });

      expect(read).toMatchObject({ parts: [], sizeBytes: 0, nextOffset: 0 });
    });

    it('gives no batch that ends above the limit', async () => {
      const { log } = await filled(where);

      const read = log.read({ fetchOffset: 0, maxBytes: 4096, endOffset: 5, atLeastOne: true });

      expect(read.nextOffset).toBe(4);
    });

    it('gives nothing at the limit and at the end', async () => {
      const { log } = await filled(where);
      const request = { maxBytes: 4096, atLeastOne: true };

      expect(log.read({ ...request, fetchOffset: 6, endOffset: 6 }).parts).toEqual([]);
      expect(log.read({ ...request, fetchOffset: 20, endOffset: 99 }).parts).toEqual([]);
    });

    it('refuses offsets before the start and behind the end', async () => {
      const { log } = await filled(where);
      log.raiseLogStart(4);
      const request = { maxBytes: 4096, endOffset: 20, atLeastOne: true };

      expect(() => log.read({ ...request, fetchOffset: 3 })).toThrow(
        failsWith('OFFSET_OUT_OF_RANGE'),
      );
      expect(() => log.read({ ...request, fetchOffset: 21 })).toThrow(
        failsWith('OFFSET_OUT_OF_RANGE'),
      );
    });
  });

  it('gives the same bytes cold as hot, from every offset', async () => {
    const fixture = await filled('disk');
    const { log } = fixture;

    for (let fetchOffset = 0; fetchOffset < 20; fetchOffset += 1) {
      const request = { fetchOffset, maxBytes: 300, endOffset: 17, atLeastOne: true };
      const cold = await fixture.run(log.readCold(request));
      expect(bodyOf(...cold.parts)).toEqual(bodyOf(...log.read(request).parts));
    }
  });

  it('reads a batch cold that is larger than the slack', async () => {
    const fixture = new LogFixture();
    fixture.cacheBytes = 0;
    fixture.config = { ...fixture.config, segmentBytes: 200_000 };
    await fixture.start();
    fixture.append(1);
    fixture.log.appendAsLeader(batchOf({ valueBytes: 100_000 }), 1);

    const request = { fetchOffset: 1, maxBytes: 10, endOffset: 2, atLeastOne: true };
    const read = await fixture.run(fixture.log.readCold(request));

    expect(read.nextOffset).toBe(2);
  });

  it('gives nothing cold when the log was truncated meanwhile', async () => {
    const fixture = await filled('disk');
    const request = { fetchOffset: 0, maxBytes: 4096, endOffset: 20, atLeastOne: true };

    const reading = fixture.log.readCold(request);
    const truncating = fixture.log.truncateTo(0);

    expect((await fixture.run(reading)).parts).toEqual([]);
    await fixture.run(truncating);
  });

  it.each([
    ['in a record', 65],
    ['in the leader epoch, which no CRC covers', 14],
  ])('names file and byte of a batch that is damaged on disk %s, hot and cold', async (_, at) => {
    const fixture = await filled('disk');
    const path = `${fixture.log.directory}/${'0'.repeat(20)}.log`;
    const sizeBytes = batchOf({ count: 2, text: 'b0' }).length;
    fixture.disk.corrupt(path, sizeBytes + at);
    const request = { fetchOffset: 2, maxBytes: 1, endOffset: 20, atLeastOne: true };
    const expected = {
      code: 'CORRUPT_STORE',
      message: expect.stringContaining(`${path} is damaged at byte ${sizeBytes}`),
    };

    expect(() => fixture.log.read(request)).toThrow(expect.objectContaining(expected));
    await expect(fixture.run(fixture.log.readCold(request))).rejects.toMatchObject(expected);
  });

  it.each([
    ['cold', 'open'],
    ['cold', 'readCold'],
    ['by time', 'open'],
    ['by time', 'read'],
  ] as const)('takes the directory offline when a read %s meets a failing %s', async (how, op) => {
    const fixture = new LogFixture();
    fixture.cacheBytes = 0;
    fixture.config = { ...fixture.config, segmentBytes: 300 };
    await fixture.start();
    fixture.append(20);
    await fixture.flush();
    // Files that nothing used meanwhile are let go of.
    for (let round = 0; round < 2; round += 1) fixture.log.applyRetention(0, 0);
    const request = { fetchOffset: 0, maxBytes: 4096, endOffset: 20, atLeastOne: true };
    fixture.disk.failNext({ op, pathIncludes: `${'0'.repeat(20)}.log`, code: 'EIO' });

    const read = async (): Promise<unknown> =>
      how === 'cold' ? fixture.log.readCold(request) : fixture.log.offsetForTimestamp(0);

    await expect(fixture.run(read())).rejects.toMatchObject({ code: 'STORAGE_ERROR' });
    expect(() => fixture.log.appendAsLeader(batchOf({}), 1)).toThrow(failsWith('STORAGE_ERROR'));
  });

  it('rebuilds an index that is damaged', async () => {
    const fixture = await filled('disk');
    await fixture.flush();
    await fixture.stop();
    await fixture.open();
    for (const { name } of fixture.disk.list(fixture.log.directory)) {
      if (name.endsWith('index')) fixture.disk.corrupt(`${fixture.log.directory}/${name}`, 50);
    }

    expect(contentOf(fixture.log)).toHaveLength(10);
  });
});

describe('PartitionLog.offsetForTimestamp', () => {
  const timed = async (): Promise<LogFixture> => {
    const fixture = await startLog({ segmentBytes: 300 });
    for (const timestampMs of [100, 300, 200, 500, 400]) {
      fixture.log.appendAsLeader(batchOf({ count: 2, timestampMs }), 1);
    }
    return fixture;
  };

  it('finds the first record at or after the time, though times fall in between', async () => {
    const { log } = await timed();

    const offsets = [0, 100, 101, 102, 301, 302, 501].map(
      (timestampMs) => log.offsetForTimestamp(timestampMs)?.offset,
    );

    expect(offsets).toEqual([0, 0, 1, 2, 3, 6, 7]);
  });

  it('finds nothing after the last', async () => {
    const { log } = await timed();

    expect(log.offsetForTimestamp(502)).toBeUndefined();
  });

  it('finds nothing at or above the end it is given', async () => {
    const { log } = await timed();

    expect(log.offsetForTimestamp(500, 6)).toBeUndefined();
  });

  it('finds nothing below the start of the log', async () => {
    const { log } = await timed();
    log.raiseLogStart(3);

    expect(log.offsetForTimestamp(0)?.offset).toBe(3);
  });

  it('knows the greatest timestamp', async () => {
    const { log } = await timed();

    expect(log.maxTimestampMs()).toBe(501);
  });
});
