import { describe, expect, expectTypeOf, it } from 'vitest';
import type { FlushedOffset, LeaderEpoch, Offset, SettledOffset } from '../../../src/base/ids.ts';
import type { FollowerFetch } from '../../../src/broker/replication/follower-progress.ts';
import type { LogOffsets } from '../../../src/broker/replication/partition-core.ts';
import type { CheckpointEntry } from '../../../src/log/checkpoint.ts';
import type { LogCompactionOptions } from '../../../src/log/compaction/log-compaction.ts';
import {
  flushedTo,
  flushedWithin,
  settledTo,
  settledWithin,
} from '../../../src/log/flushed-offset.ts';
import type { PartitionLog } from '../../../src/log/partition-log.ts';

/** `tsc`, which is part of `make verify`, fails where one of these stops being an error. */
describe('to the compiler, a flushed offset', () => {
  const endOffset: Offset = 9;
  const wanted = (flushedOffset: FlushedOffset): number => flushedOffset;

  it('is not the end of a log, nor any other number, nor what is reckoned from one', () => {
    const flushed = flushedTo(5);

    // @ts-expect-error -- the end of a log may not be durable yet
    const end = wanted(endOffset);
    // @ts-expect-error -- a plain number says nothing of the disk
    const number = wanted(7);
    // @ts-expect-error -- the next record is not durable because this one is
    const next = wanted(flushed + 1);

    expect([end, number, next]).toEqual([9, 7, 6]);
  });

  it('may be read as an offset, and as nothing else', () => {
    const offset: Offset = flushedTo(5);

    // @ts-expect-error -- an offset is no epoch
    const epoch: LeaderEpoch = flushedTo(5);

    expect([offset, epoch]).toEqual([5, 5]);
  });

  it('is what the log gives, followers report and the high watermark is reckoned from', () => {
    expectTypeOf<PartitionLog['flushedOffset']>().toEqualTypeOf<FlushedOffset>();
    expectTypeOf<FollowerFetch['flushedOffset']>().toEqualTypeOf<FlushedOffset>();
    expectTypeOf<LogOffsets['flushedOffset']>().toEqualTypeOf<FlushedOffset>();
    expectTypeOf<PartitionLog['logEndOffset']>().not.toExtend<FlushedOffset>();
  });
});

describe('to the compiler, a settled offset', () => {
  const wanted = (settledOffset: SettledOffset): number => settledOffset;

  it('is a flushed one, and a flushed one is none', () => {
    const flushed: FlushedOffset = settledTo(5);

    // @ts-expect-error -- what is durable in the journal may be missing from the segment
    const settled = wanted(flushedTo(7));

    expect([flushed, settled]).toEqual([5, 7]);
  });

  it('is what torn tails, compaction and the journal are judged by', () => {
    expectTypeOf<PartitionLog['settledOffset']>().toEqualTypeOf<SettledOffset>();
    expectTypeOf<CheckpointEntry['settledOffset']>().toEqualTypeOf<SettledOffset>();
    expectTypeOf<LogCompactionOptions['log']['settledOffset']>().toEqualTypeOf<SettledOffset>();
    expectTypeOf<PartitionLog['flushedOffset']>().not.toExtend<SettledOffset>();
  });
});

it('never rises by a limit', () => {
  expect(flushedWithin(flushedTo(5), 9)).toBe(5);
  expect(flushedWithin(flushedTo(5), 3)).toBe(3);
  expect([settledWithin(settledTo(5), 9), settledWithin(settledTo(5), 3)]).toEqual([5, 3]);
});
