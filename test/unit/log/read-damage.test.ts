import { describe, expect, it } from 'vitest';
import { HEADER_BYTES } from '../../../src/record/batch-header.ts';
import { batchOf, LogFixture, stampedBatch } from './log-fixture.ts';

const BATCHES = 10;
const RECORDS = 2;
const FILE = `${'0'.repeat(20)}.log`;

/** Ten batches of two records, on disk only, with some entries in the index. */
const filled = async (): Promise<LogFixture> => {
  const fixture = new LogFixture();
  fixture.cacheBytes = 0;
  fixture.config = { ...fixture.config, segmentBytes: 4096 };
  await fixture.start();
  for (let index = 0; index < BATCHES; index += 1) {
    fixture.log.appendAsLeader(batchOf({ count: RECORDS, text: `b${index}` }), 1);
  }
  return fixture;
};

const SIZE_BYTES = batchOf({ count: RECORDS, text: 'b0' }).length;
const BITS = [0, 3, 7];

describe.each([
  ['in place', false],
  ['cold', true],
])('a read %s', (_, isCold) => {
  const readAt = async (fixture: LogFixture, fetchOffset: number): Promise<unknown> => {
    const request = { fetchOffset, maxBytes: 10_000, endOffset: 20, atLeastOne: true };
    if (isCold) return fixture.run(fixture.log.readCold(request));
    return fixture.log.read(request);
  };

  it.each([
    ['the first batch', 0],
    ['a later one', 1],
    ['the last one', BATCHES - 1],
  ])('serves no bit that is turned in the header of %s', async (__, number) => {
    const fixture = await filled();
    const path = `${fixture.log.directory}/${FILE}`;
    const served: string[] = [];
    for (let at = 0; at < HEADER_BYTES; at += 1) {
      for (const bit of BITS) {
        const undo = fixture.disk.corrupt(path, number * SIZE_BYTES + at, 1 << bit);
        const outcome = await readAt(fixture, number * RECORDS).then(
          () => 'served',
          (error) => error.code,
        );
        if (outcome !== 'CORRUPT_STORE') served.push(`byte ${at}, bit ${bit}: ${outcome}`);
        undo();
      }
    }

    expect(served).toEqual([]);
    await expect(readAt(fixture, number * RECORDS)).resolves.toMatchObject({ nextOffset: 20 });
  });

  it('is right about a log that begins within its first batch, as that of a follower may', async () => {
    const fixture = new LogFixture();
    fixture.cacheBytes = 0;
    await fixture.start();
    await fixture.run(fixture.log.resetTo(11));
    fixture.log.appendAsFollower(stampedBatch(10, 1, { count: 3 }), 1);
    fixture.log.appendAsFollower(stampedBatch(13, 1, { count: 3 }), 1);

    await expect(readAt(fixture, 11)).resolves.toMatchObject({ nextOffset: 16 });
    await expect(readAt(fixture, 14)).resolves.toMatchObject({ nextOffset: 16 });
  });
});
