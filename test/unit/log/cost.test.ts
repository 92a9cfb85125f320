import { readFileSync } from 'node:fs';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { must } from '../../../src/base/assert.ts';
import { silentLogger } from '../../../src/env/logger.ts';
import type { LogConfig } from '../../../src/log/log-config.ts';
import { DEFAULT_LOG_CONFIG } from '../../../src/log/log-config.ts';
import { LogManager } from '../../../src/log/log-manager.ts';
import type { PartitionLog } from '../../../src/log/partition-log.ts';
import { Segment } from '../../../src/log/segment.ts';
import { FileDisk } from '../../../src/platform/file-disk.ts';
import { readBatchHeader } from '../../../src/record/batch-header.ts';
import { CountingDisk } from '../../support/counting-disk.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { SeededRandom } from '../../support/seeded-random.ts';
import { tempDirs } from '../../support/temp-dir.ts';
import { batchOf, stampedBatch, TOPIC } from './log-fixture.ts';

const parsed = vi.hoisted(() => ({ headerCount: 0, summedBytes: 0 }));
// The real functions, counted.
vi.mock('../../../src/record/batch-header.ts', async (importOriginal) => {
  const real = await importOriginal<typeof import('../../../src/record/batch-header.ts')>();
  const readBatchHeader: typeof real.readBatchHeader = (...words) => {
    parsed.headerCount += 1;
    return real.readBatchHeader(...words);
  };
  const verifyCrc: typeof real.verifyCrc = (batch) => {
    parsed.summedBytes += batch.length;
    return real.verifyCrc(batch);
  };
  return { ...real, readBatchHeader, verifyCrc };
});

const newDirectory = tempDirs();
const CONFIG: LogConfig = { ...DEFAULT_LOG_CONFIG, indexIntervalBytes: 4096 };
/** More than one index entry apart, so that an index has to be asked. */
const BATCH_BYTES = 8192;
const MANY = 600;

interface Opened {
  readonly counting: CountingDisk;
  readonly clock: ManualClock;
  readonly manager: LogManager;
  readonly log: PartitionLog;
}

let close: (() => Promise<unknown>) | undefined;
afterEach(async () => {
  await close?.();
  close = undefined;
});

/** Logs on the real disk; `cacheBytes` of 0 keeps nothing of them in memory. */
const open = async (cacheBytes = 64 * 1024 * 1024): Promise<Opened> => {
  const counting = new CountingDisk(new FileDisk());
  const clock = new ManualClock();
  const { manager } = await LogManager.open({
    disk: counting.disk,
    clock,
    logger: silentLogger,
    directory: newDirectory(),
    configOf: () => CONFIG,
    onFlushed: () => {},
    onFailure: () => {},
    cacheBytes,
    journal: {
      isEnabled: false,
      totalBytes: 0,
      minLogs: 1,
      directoryId: 'directoryAAAAAAAAAAAAA',
      random: new SeededRandom('cost'),
      require: async () => {},
    },
  });
  close = async () => {
    const closing = manager.close({ brokerEpoch: 1 });
    await settled(clock, closing);
  };
  const log = await manager.create({ topicId: TOPIC, topicName: 'orders', partition: 0 });
  return { counting, clock, manager, log };
};

/** Lets virtual time pass while the real disk works. */
const settled = async <T>(clock: ManualClock, promise: Promise<T>): Promise<T> => {
  let isOver = false;
  const over = (): void => {
    isOver = true;
  };
  promise.then(over, over);
  while (!isOver) {
    await clock.settle(100);
    await new Promise((resolve) => setImmediate(resolve));
  }
  return promise;
};

const append = (log: PartitionLog, count = 1, valueBytes = BATCH_BYTES): Uint8Array => {
  const batches = Array.from({ length: count }, () => batchOf({ valueBytes }));
  for (const batch of batches) log.appendAsLeader(batch, 1);
  return must(batches.at(-1), 'a batch was appended');
};

const all = (log: PartitionLog, fetchOffset: number, maxBytes: number) => ({
  fetchOffset,
  maxBytes,
  endOffset: log.logEndOffset,
  atLeastOne: true,
});

/** Headers parsed and bytes summed while `act` runs. */
const parsedDuring = async (act: () => unknown): Promise<typeof parsed> => {
  const before = { ...parsed };
  await act();
  return {
    headerCount: parsed.headerCount - before.headerCount,
    summedBytes: parsed.summedBytes - before.summedBytes,
  };
};

describe('the cost of an append', () => {
  it('is one write of its bytes and no read, at the start of a log and far into it', async () => {
    const { counting, log } = await open();
    append(log);
    const sizeBytes = batchOf({ valueBytes: BATCH_BYTES }).length;
    const one = { writeCount: 1, writtenBytes: sizeBytes, readCount: 0, readBytes: 0 };

    const early = await counting.during(() => append(log));
    append(log, MANY);
    const late = await counting.during(() => append(log));

    expect([early, late]).toEqual([one, one]);
  });

  it('is as many headers parsed as batches sent, and a sum over each byte once', async () => {
    const { log } = await open();
    append(log, MANY);
    const small = batchOf({ valueBytes: 1000 }).length;
    const large = batchOf({ valueBytes: 100_000 }).length;

    const ofSmall = await parsedDuring(() => append(log, 1, 1000));
    const ofLarge = await parsedDuring(() => append(log, 1, 100_000));

    expect(ofLarge.headerCount).toBe(ofSmall.headerCount);
    // All but what stands before the sum itself.
    expect([ofSmall.summedBytes, ofLarge.summedBytes]).toEqual([small, large]);
  });
});

describe('the cost of a read at the tail', () => {
  it('is no copy, no read and no parsing: it gives the very memory that was appended', async () => {
    const { counting, log } = await open();
    append(log, MANY);
    const batch = append(log);
    let parts: readonly Uint8Array[] = [];

    const parsing = await parsedDuring(async () => {
      const work = await counting.during(() => {
        ({ parts } = log.read(all(log, log.logEndOffset - 1, 1)));
      });
      expect(work).toMatchObject({ readCount: 0, writeCount: 0 });
    });

    expect(parts).toHaveLength(1);
    expect(parts[0]?.buffer).toBe(batch.buffer);
    expect(parsing).toEqual({ headerCount: 0, summedBytes: 0 });
  });
});

describe('the cost of a read from the disk', () => {
  const MAX_BYTES = 10 * BATCH_BYTES + 2000;
  /** Read beside what is given: from the index entry below, and to the end of the last batch. */
  const SLACK_BYTES = 16 * 1024 + 2 * BATCH_BYTES;

  it('is one read, into the memory that is given on: each byte is copied once', async () => {
    const { counting, log } = await open(0);
    append(log, MANY);
    await log.readCold(all(log, 100, MAX_BYTES));
    let parts: readonly Uint8Array[] = [];

    const work = await counting.during(async () => {
      ({ parts } = await log.readCold(all(log, 300, MAX_BYTES)));
    });

    expect(work.readCount).toBe(1);
    const givenBytes = parts.reduce((sum, { length }) => sum + length, 0);
    expect(givenBytes).toBeGreaterThan(9 * BATCH_BYTES);
    expect(work.readBytes).toBeLessThan(givenBytes + SLACK_BYTES);
    expect(parts.every(({ buffer }) => counting.targets.has(buffer))).toBe(true);
  });

  it('is the same in a log of ten times the length', async () => {
    const { counting, log } = await open(0);
    const read = () => counting.during(() => log.readCold(all(log, 30, MAX_BYTES)));
    append(log, MANY / 10);
    await read();

    const short = await read();
    append(log, MANY);
    const long = await read();

    expect(long).toEqual(short);
  });

  it('is one read of each byte where what follows is read before it is asked for', async () => {
    const { counting, log } = await open(0);
    append(log, MANY);
    let [resultCount, givenBytes] = [0, 0];

    const work = await counting.during(async () => {
      for (let fetchOffset = 0; fetchOffset < log.logEndOffset; ) {
        const read = await log.readCold(all(log, fetchOffset, MAX_BYTES));
        resultCount += 1;
        givenBytes += read.sizeBytes;
        fetchOffset = read.nextOffset;
        read.loan?.giveBack();
      }
    });

    expect(givenBytes).toBeGreaterThan(MANY * BATCH_BYTES);
    expect(work.readCount).toBe(resultCount);
    expect(work.readBytes).toBeLessThan(givenBytes + resultCount * SLACK_BYTES);
  });

  it.skipIf(process.platform !== 'linux')(
    'is none of the device for what was just written',
    async () => {
      const deviceBytes = (): number =>
        Number(/^read_bytes: (\d+)$/m.exec(readFileSync('/proc/self/io', 'utf8'))?.[1]);
      const { log } = await open(0);
      append(log, MANY);
      const before = deviceBytes();

      let givenBytes = 0;
      for (let fetchOffset = 0; fetchOffset < log.logEndOffset; ) {
        const read = await log.readCold(all(log, fetchOffset, 1024 * 1024));
        givenBytes += read.sizeBytes;
        fetchOffset = read.nextOffset;
      }

      expect(givenBytes).toBeGreaterThan(MANY * BATCH_BYTES);
      // Not nothing: the program itself may be read while it runs.
      expect(deviceBytes() - before).toBeLessThan(givenBytes / 10);
    },
  );
});

describe('the cost of a look-up in the index', () => {
  it('is no read, wherever in a segment it is for', () => {
    const counting = new CountingDisk(new FileDisk());
    const place = {
      disk: counting.disk,
      directory: newDirectory(),
      indexIntervalBytes: () => 4096,
    };
    const segment = Segment.create(place, 0);
    for (let offset = 0; offset < MANY; offset += 1) {
      const batch = stampedBatch(offset, 1, { valueBytes: BATCH_BYTES });
      segment.append(batch, [readBatchHeader(batch)]);
    }
    const before = counting.work;

    const found = [0, MANY / 2, MANY - 1].map((offset) => segment.floor(offset).baseOffset);

    expect(found).toEqual([0, MANY / 2, MANY - 1]);
    expect(counting.work).toEqual(before);
    segment.dispose();
  });
});

describe('the cost of a log that nobody asks for anything', () => {
  it('is no work of its disk, however much time goes by', async () => {
    const { counting, clock, manager, log } = await open();
    append(log, 3);
    await settled(clock, manager.flushNow());
    await secondsGoBy(clock, 10);

    const work = await counting.during(() => secondsGoBy(clock, 120));

    expect(work).toEqual({ writeCount: 0, writtenBytes: 0, readCount: 0, readBytes: 0 });
  });
});

/** Of virtual time, with a turn of the real disk after each. */
const secondsGoBy = async (clock: ManualClock, count: number): Promise<void> => {
  for (let seconds = 0; seconds < count; seconds += 1) {
    await clock.settle(1000);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
};
