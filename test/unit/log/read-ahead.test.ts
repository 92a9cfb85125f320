import { describe, expect, it } from 'vitest';
import type { ReadRequest, ReadResult } from '../../../src/log/read.ts';
import { AheadRoom, ReadAhead } from '../../../src/log/read-ahead.ts';
import { HELD_BIT, setAttributes } from '../../../src/record/batch-header.ts';
import { drainPromises, ManualClock } from '../../support/manual-clock.ts';
import { SeededRandom } from '../../support/seeded-random.ts';
import { CompactedFixture, recordsIn } from './compaction/compaction-fixture.ts';
import { batchOf, decodeAll, firstSegment, LogFixture, TOPIC } from './log-fixture.ts';

const MIB = 1024 * 1024;
const COUNT = 12;
const BATCH_BYTES = batchOf({ text: 'r0' }).length;
/** Two batches. */
const MAX_BYTES = 2 * BATCH_BYTES + 5;

/** A log of one segment, of which nothing is in memory. */
const start = async (): Promise<LogFixture> => {
  const fixture = new LogFixture();
  fixture.cacheBytes = 0;
  fixture.config = { ...fixture.config, segmentBytes: MIB };
  await fixture.start();
  fixture.append(9);
  fixture.append(COUNT - 9);
  return fixture;
};

const read = (fixture: LogFixture, fetchOffset: number, endOffset = COUNT): Promise<ReadResult> => {
  const request = { fetchOffset, maxBytes: MAX_BYTES, endOffset, atLeastOne: true };
  return fixture.run(fixture.log.readCold(request));
};

/** A record, and ten that are not due, of which each read from the disk takes one. */
const startHolding = async (): Promise<LogFixture> => {
  const fixture = new LogFixture();
  fixture.cacheBytes = 0;
  fixture.disk.coldReadDelayMs = 5;
  await fixture.start();
  fixture.append(1);
  for (let count = 0; count < 10; count += 1) {
    const sent = batchOf();
    const held = batchOf();
    setAttributes(held, HELD_BIT);
    fixture.log.appendAsLeader(held, 1, { sent });
  }
  return fixture;
};

const shown = (fetchOffset: number): ReadRequest => {
  const bounds = { fetchOffset, maxBytes: BATCH_BYTES + 5, endOffset: 11 };
  return { ...bounds, atLeastOne: true, withoutGaps: true };
};

const readShown = (fixture: LogFixture, fetchOffset: number): Promise<ReadResult> =>
  fixture.run(fixture.log.readCold(shown(fetchOffset)));

const textsIn = ({ parts }: ReadResult): string[] =>
  parts.flatMap((part) => decodeAll(part).map(({ text }) => text));

/** Reads two batches, gives their memory back, and lets what follows be read. */
const readAndGoOn = async (fixture: LogFixture): Promise<void> => {
  const { loan } = await read(fixture, 0);
  loan?.giveBack();
  await fixture.clock.settle(10);
};

/** From now on no read of the third batch succeeds. */
const rot = (fixture: LogFixture): void => {
  fixture.disk.corrupt(firstSegment, 2 * BATCH_BYTES + 65);
};

describe('what follows on a read from the disk', () => {
  it('is read when the memory of that is given back, and then needs no disk', async () => {
    const fixture = await start();
    await readAndGoOn(fixture);
    rot(fixture);

    const next = await read(fixture, 2);

    expect(textsIn(next)).toEqual(['r2', 'r3']);
  });

  it('is not read while the reader has not let go: it may be slow', async () => {
    const fixture = await start();
    await read(fixture, 0);
    await fixture.clock.settle(1000);
    rot(fixture);

    await expect(read(fixture, 2)).rejects.toMatchObject({ code: 'CORRUPT_STORE' });
  });

  it('is given once: another reader that has come as far asks the disk', async () => {
    const fixture = await start();
    await readAndGoOn(fixture);
    await read(fixture, 2);
    rot(fixture);

    await expect(read(fixture, 2)).rejects.toMatchObject({ code: 'CORRUPT_STORE' });
  });

  it('is waited for where it is under way, and not read a second time', async () => {
    const fixture = await start();
    const { loan } = await read(fixture, 0);
    loan?.giveBack();
    fixture.disk.failNext({ op: 'readCold', code: 'EIO' });

    const next = await read(fixture, 2);

    expect(textsIn(next)).toEqual(['r2', 'r3']);
    expect(fixture.disk.plannedFaultCount).toBe(1);
  });

  it('is told as rot to who asks for it', async () => {
    const fixture = await start();
    rot(fixture);
    await readAndGoOn(fixture);

    await expect(read(fixture, 2)).rejects.toMatchObject({ code: 'CORRUPT_STORE' });
  });

  it('is what stands there now, where the log was cut and written anew', async () => {
    const fixture = await start();
    await readAndGoOn(fixture);
    await fixture.run(fixture.log.truncateTo(2));
    fixture.append(COUNT - 2, { prefix: 'n', epoch: 2 });

    const next = await read(fixture, 2);

    expect(textsIn(next)).toEqual(['n2', 'n3']);
  });

  it('is nothing where the log is cut while it is waited for', async () => {
    const fixture = await start();
    fixture.disk.coldReadDelayMs = 5;
    const { loan } = await read(fixture, 0);
    loan?.giveBack();

    const reading = read(fixture, 2);
    await fixture.run(fixture.log.truncateTo(1));

    expect((await reading).parts).toEqual([]);
  });

  it('ends where the reader may read to, though more was read', async () => {
    const fixture = await start();
    await readAndGoOn(fixture);

    const next = await read(fixture, 2, 3);

    expect(textsIn(next)).toEqual(['r2']);
  });

  it('is what compaction has left, where it was read before that', async () => {
    const fixture = new CompactedFixture();
    await fixture.start();
    fixture.put({ key: 'a', value: '1' });
    fixture.put({ key: 'b', value: 'old' });
    await fixture.roll();
    fixture.put({ key: 'b', value: 'new' });
    await fixture.roll();
    const readOn = (fetchOffset: number): Promise<ReadResult> => {
      const { logEndOffset: endOffset } = fixture.log;
      const request = { fetchOffset, maxBytes: 100, endOffset, atLeastOne: true };
      return fixture.run(fixture.log.readCold({ ...request, withoutGaps: true }));
    };
    const first = await readOn(0);
    first.loan?.giveBack();
    await fixture.clock.settle(10);

    await fixture.compacted();
    const next = await readOn(1);

    expect(recordsIn(next.parts).map(({ value }) => value)).not.toContain('old');
  });

  it('is left alone once the log is closed', async () => {
    const fixture = await start();
    const { loan } = await read(fixture, 0);
    await fixture.stop();
    fixture.disk.failNext({ op: 'readCold', code: 'EIO' });

    loan?.giveBack();
    await fixture.clock.settle(10);

    expect(fixture.disk.plannedFaultCount).toBe(1);
  });

  it('ends without a word where the log is closed before a record to show is found', async () => {
    const fixture = await startHolding();
    const { loan } = await readShown(fixture, 0);
    loan?.giveBack();
    // The first of the reads that find none is under way.
    await fixture.clock.settle(2);

    await fixture.stop();
    await fixture.clock.settle(100);

    expect(fixture.failures).toEqual([]);
  });

  it('is not read where there was room for nothing: it would not be for that either', async () => {
    const fixture = await start();
    const request = { fetchOffset: 0, maxBytes: 10, endOffset: COUNT, atLeastOne: false };
    const { loan } = await fixture.run(fixture.log.readCold(request));
    fixture.disk.failNext({ op: 'readCold', code: 'EIO' });

    loan?.giveBack();
    await fixture.clock.settle(10);

    expect(fixture.disk.plannedFaultCount).toBe(1);
  });
});

describe('a reader of a log that is closed', () => {
  it('is told so, where it had read on over records that are not due', async () => {
    const fixture = await startHolding();
    const reading = fixture.log.readCold(shown(1)).catch((error: unknown) => error);
    await fixture.clock.settle(2);

    await fixture.stop();

    expect(await fixture.run(reading)).toMatchObject({ code: 'REPLICA_NOT_AVAILABLE' });
  });
});

describe('what was read ahead of a log that is deleted', () => {
  it('takes no room from the readers of others', async () => {
    const fixture = new LogFixture();
    fixture.cacheBytes = 0;
    fixture.config = { ...fixture.config, segmentBytes: MIB };
    await fixture.start();
    fixture.append(40);
    // As many as there is room for: each reader stands behind the next one's place.
    for (let offset = 0; offset < 32; offset += 2) {
      const request = { fetchOffset: offset, maxBytes: BATCH_BYTES, endOffset: 40 };
      const { loan } = await fixture.run(fixture.log.readCold({ ...request, atLeastOne: true }));
      loan?.giveBack();
      await fixture.clock.settle(10);
    }
    await fixture.run(fixture.manager.delete(TOPIC, 0));

    await fixture.run(
      fixture.manager.create({ topicId: TOPIC, topicName: 'orders', partition: 0 }),
    );
    fixture.append(COUNT);
    await readAndGoOn(fixture);
    rot(fixture);

    expect(textsIn(await read(fixture, 2))).toEqual(['r2', 'r3']);
  });
});

describe('a reader for whom is read ahead', () => {
  const SEEDS = 10;
  const STEPS = 120;

  /** One step in the life of a log. */
  const change = async (fixture: CompactedFixture, random: SeededRandom): Promise<void> => {
    const { log } = fixture;
    const within = (): number =>
      log.logStartOffset + random.below(log.logEndOffset - log.logStartOffset + 1);
    const roll = random.below(100);
    if (roll < 55) {
      const key = `k${random.below(5)}`;
      fixture.put({ key, value: `${log.logEndOffset}-${random.below(100)}` });
    } else if (roll < 65) await fixture.roll();
    else if (roll < 75) await fixture.compact(1000 * roll);
    else if (roll < 79) log.raiseLogStart(within());
    else if (roll < 84) await fixture.run(log.truncateTo(within()));
    else await fixture.clock.settle(random.below(20));
  };

  it.each(Array.from({ length: SEEDS }, (_, seed) => seed))(
    'is given what stands in the log, whatever became of it meanwhile (seed %i)',
    async (seed) => {
      const fixture = new CompactedFixture();
      const random = new SeededRandom(`ahead-${seed}`);
      fixture.disk.coldReadDelayMs = 5;
      await fixture.start();
      let position = 0;

      for (let step = 0; step < STEPS; step += 1) {
        await change(fixture, random);
        const { logStartOffset, logEndOffset: endOffset } = fixture.log;
        if (position < logStartOffset || position >= endOffset) position = logStartOffset;
        const request = { fetchOffset: position, maxBytes: 200, endOffset, atLeastOne: true };
        const shown = { ...request, withoutGaps: true };
        const result = await fixture.run(fixture.log.readCold(shown));

        const upToThere = { ...shown, maxBytes: MIB, endOffset: result.nextOffset };
        expect(recordsIn(result.parts)).toEqual(recordsIn(fixture.log.read(upToThere).parts));
        if (position < endOffset) expect(result.nextOffset).toBeGreaterThan(position);
        position = result.nextOffset;
        if (random.below(4) > 0) result.loan?.giveBack();
      }
    },
  );
});

describe('reads ahead of many readers', () => {
  const setUp = () => {
    const clock = new ManualClock();
    const room = new AheadRoom(clock);
    const ahead = new ReadAhead(room, { lossCount: 0 });
    const begun: number[] = [];
    const givenBack: number[] = [];
    const begin = async (fetchOffset: number, maxBytes = MIB): Promise<void> => {
      ahead.maybeBegin({ fetchOffset, maxBytes, endOffset: 1000, atLeastOne: true }, async () => {
        begun.push(fetchOffset);
        const giveBack = (): void => void givenBack.push(fetchOffset);
        const loan = { bytes: new Uint8Array(10), giveBack };
        return { parts: [loan.bytes], sizeBytes: 10, nextOffset: fetchOffset + 1, loan };
      });
      await drainPromises();
    };
    return { clock, room, ahead, begin, begun, givenBack };
  };

  it('hold sixteen of them at the most', async () => {
    const { room, begin, begun } = setUp();

    for (let offset = 0; offset < 40; offset += 1) await begin(offset);

    expect(begun).toHaveLength(16);
    expect(room.heldCount).toBe(16);
  });

  it('make room where a reader has not come for 5 s, and give its memory back', async () => {
    const { clock, room, begin, begun, givenBack } = setUp();
    for (let offset = 0; offset < 16; offset += 1) await begin(offset);
    await clock.settle(5000);

    await begin(16);

    expect(begun.at(-1)).toBe(16);
    expect(givenBack).toEqual([0]);
    expect(room.heldCount).toBe(16);
  });

  it('are under way four at a time', async () => {
    const { begin, begun } = setUp();

    await Promise.all([0, 1, 2, 3, 4, 5].map((offset) => begin(offset)));
    await begin(6);

    expect(begun).toEqual([0, 1, 2, 3, 6]);
  });

  it('are one for readers that have come equally far', async () => {
    const { begin, begun } = setUp();

    await begin(7);
    await begin(7);

    expect(begun).toEqual([7]);
  });

  it('are let go of, also where they are under way, once their log is closed', async () => {
    const { room, ahead, begin, givenBack } = setUp();
    await begin(0);
    const underWay = begin(1);

    ahead.clear();
    await underWay;

    expect(room.heldCount).toBe(0);
    expect(givenBack).toEqual([0, 1]);
  });

  it('are none of more than a mebibyte', async () => {
    const { begin, begun } = setUp();

    await begin(0, MIB + 1);

    expect(begun).toEqual([]);
  });
});
