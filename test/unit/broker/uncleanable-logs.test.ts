import { expect, test } from 'vitest';
import { OttlaError } from '../../../src/base/errors.ts';
import { BROKER_DEFAULTS } from '../../../src/broker/broker-config.ts';
import { LogCleaner } from '../../../src/broker/log-cleaner.ts';
import type { Partition } from '../../../src/broker/replication/partition.ts';
import { silentLogger } from '../../../src/env/logger.ts';
import type { PassResult } from '../../../src/log/compaction/compaction-pass.ts';
import { DEFAULT_LOG_CONFIG } from '../../../src/log/log-config.ts';
import { ManualClock } from '../../support/manual-clock.ts';

const DONE: PassResult = {
  cleanEndOffset: 5,
  readBytes: 10,
  writtenBytes: 10,
  bufferUtilization: 0,
};

/** A cleaner of one log that is always dirty, whose passes end as the test says. */
const startCleaner = (...outcomes: ReadonlyArray<PassResult | OttlaError | undefined>) => {
  const clock = new ManualClock();
  const passesMs: number[] = [];
  const compaction = {
    assess: () => ({ cleanBytes: 0, dirtyBytes: 10, oldestDirtyMs: -1, isDue: true }),
    run: async () => {
      const outcome = outcomes[passesMs.length];
      passesMs.push(clock.monotonicMs());
      if (passesMs.length === outcomes.length) cleaner.stop();
      if (outcome instanceof OttlaError) throw outcome;
      return outcome;
    },
  };
  const partition = {
    key: 't-0',
    isOffline: false,
    highWatermark: 5,
    log: { compaction, sizeBytes: 700, config: DEFAULT_LOG_CONFIG },
    describe: () => 't-0',
  } as unknown as Partition;
  const cleaner = new LogCleaner({
    clock,
    logger: silentLogger,
    config: { ...BROKER_DEFAULTS.cleaner, backoffMs: 1000 },
    partitions: () => [partition],
    onFatal: (error) => {
      throw error;
    },
  });
  cleaner.start();
  return { clock, cleaner, passesMs };
};

const FAILURE = new OttlaError('CONFIG', 'the keys do not fit');

test('a log that was cut under its pass is left alone for a pause, and is not uncleanable', async () => {
  const { clock, cleaner, passesMs } = startCleaner(undefined, undefined);

  await clock.settle(1500);
  const { uncleanable } = cleaner;
  await clock.settle(1000);

  expect(uncleanable).toEqual({ count: 0, bytes: 0 });
  expect(passesMs).toEqual([1000, 2000]);
});

test('a log whose pass failed is uncleanable until a pass is over it, a minute later', async () => {
  const { clock, cleaner, passesMs } = startCleaner(FAILURE, DONE);

  await clock.settle(60_500);
  const { uncleanable } = cleaner;
  await clock.settle(2000);

  expect(uncleanable).toEqual({ count: 1, bytes: 700 });
  expect(cleaner.uncleanable).toEqual({ count: 0, bytes: 0 });
  expect(passesMs).toEqual([1000, 61_000]);
});
