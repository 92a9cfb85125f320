import { beforeAll, describe, expect, it } from 'vitest';
import { requireTimely } from '../../../src/log/timely-records.ts';
import { MAX_TIMESTAMP_AT, readBatchHeader } from '../../../src/record/batch-header.ts';
import { loadCodec } from '../../../src/record/compression.ts';
import { RefusedRecordsError } from '../../../src/record/refused-records.ts';
import { batchOf, changed, record } from '../record/batches.ts';

const NOW_MS = 1_000_000;
const ANY = Number.MAX_SAFE_INTEGER;
const rules = {
  timestampType: 'CreateTime',
  timestampBeforeMaxMs: ANY,
  timestampAfterMaxMs: 100,
  maxMessageBytes: 1 << 20,
};

type Rules = Partial<Parameters<typeof requireTimely>[2]['config']>;

/** What a log with these rules says to records of these timestamps. */
const judge = (timestampsMs: readonly number[], change: Rules = {}, codec?: 'gzip'): unknown =>
  judgeBatch(batchOfTimes(timestampsMs, codec), change);

const judgeBatch = (batch: Uint8Array, change: Rules = {}): unknown => {
  const config = { ...rules, ...change } as Parameters<typeof requireTimely>[2]['config'];
  try {
    requireTimely(batch, readBatchHeader(batch), { name: 'log t-0', config, nowWallMs: NOW_MS });
    return 'taken';
  } catch (error) {
    if (!(error instanceof RefusedRecordsError)) throw error;
    return { code: error.code, records: error.records.map(({ index }) => index) };
  }
};

let gzip: Awaited<ReturnType<typeof loadCodec>> | undefined;
beforeAll(async () => {
  gzip = await loadCodec('gzip');
});

const batchOfTimes = (timestampsMs: readonly number[], codec?: 'gzip'): Uint8Array =>
  batchOf(
    timestampsMs.map((timestampMs) => record({ timestampMs })),
    codec === undefined || gzip === undefined ? {} : { codec: gzip },
  );

const refused = (...records: number[]): unknown => ({ code: 'INVALID_TIMESTAMP', records });

describe('the timestamps of a producer', () => {
  it.each([
    { title: 'at the bound to the future', times: [NOW_MS + 100], rules: {}, outcome: 'taken' },
    { title: 'one ms beyond it', times: [NOW_MS, NOW_MS + 101], rules: {}, outcome: refused(1) },
    { title: 'of 1970 without a bound to the past', times: [0], rules: {}, outcome: 'taken' },
    {
      title: 'at the bound to the past',
      times: [NOW_MS - 50],
      rules: { timestampBeforeMaxMs: 50 },
      outcome: 'taken',
    },
    {
      title: 'one ms before it, after a record that is not',
      times: [NOW_MS, NOW_MS - 51, NOW_MS - 52],
      rules: { timestampBeforeMaxMs: 50 },
      outcome: refused(1, 2),
    },
    {
      title: 'on both sides',
      times: [NOW_MS + 101, NOW_MS, NOW_MS - 51],
      rules: { timestampBeforeMaxMs: 50 },
      outcome: refused(0, 2),
    },
    {
      title: 'at both bounds',
      times: [NOW_MS - 50, NOW_MS + 100],
      rules: { timestampBeforeMaxMs: 50 },
      outcome: 'taken',
    },
    {
      title: 'that are none',
      times: [-1, -1],
      rules: { timestampBeforeMaxMs: 50 },
      outcome: 'taken',
    },
    {
      title: 'far away, where the leader gives its own',
      times: [0, NOW_MS * 2],
      rules: { timestampType: 'LogAppendTime' as const, timestampBeforeMaxMs: 0 },
      outcome: 'taken',
    },
  ])('$title: $outcome', ({ times, rules: change, outcome }) => {
    expect(judge(times, change)).toEqual(outcome);
    expect(judge(times, change, 'gzip')).toEqual(outcome);
  });

  it('are judged by the header too, which searches by time go by', () => {
    const batch = changed(batchOfTimes([NOW_MS]), (view) =>
      view.writeBigInt64BE(BigInt(NOW_MS + 101), MAX_TIMESTAMP_AT),
    );

    expect(judgeBatch(batch)).toEqual(refused());
  });

  it('are named for no more records than an answer can hold', () => {
    const times = Array.from({ length: 1000 }, () => NOW_MS + 101);

    const { records } = judge(times) as { records: number[] };

    expect(records).toEqual(Array.from({ length: 100 }, (_, index) => index));
  });
});
