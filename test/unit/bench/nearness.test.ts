import { describe, expect, it } from 'vitest';
import { ALL_ROWS } from '../../../bench/cost-matrix.ts';
import { nearnessOf } from '../../../bench/report/nearness.ts';
import type { RowResult } from '../../../bench/result.ts';
import { resultOf } from '../../../bench/result.ts';

const CEILING = {
  receiveSecondsPerGb: 0.5,
  crcSecondsPerGb: 0.25,
  appendSecondsPerGb: 0.25,
  megabytesPerCpuSecond: 1000,
  serveSecondsPerGb: 0.5,
  roundTripMs: 0.1,
  syncMs: 2,
  nodeStartMs: 40,
  nodeRssMb: 50,
};

const FIGURES = {
  cpuSecondsPerGb: 2,
  ackP50Ms: 1,
  p50Ms: 1,
  roundP50Ms: 6,
  firstAckMs: 400,
  rssMb: 75,
};

const results: RowResult[] = ALL_ROWS.map((row) =>
  resultOf({ row, ottla: [{ figures: FIGURES }], kafka: [] }),
);

const near = (name: string) => nearnessOf(CEILING, results).find((it) => it.name === name);

describe('nearnessOf', () => {
  it('gives the share of what a loop would take that did no more', () => {
    expect(near('produce')).toMatchObject({ ottla: '50 %', kafka: '-' });
    expect(near('consume, catching up')).toMatchObject({ ottla: '25 %' });
    expect(near('consume at the tail')).toMatchObject({ ottla: '75 %' });
  });

  it('gives times and memory as multiples of the least', () => {
    expect(near('start-up')).toMatchObject({ limit: 'start of Node: 40 ms', ottla: '10 times' });
    expect(near('idle')).toMatchObject({ ottla: '1.5 times' });
    expect(near('round trip')).toMatchObject({ ottla: '5 times' });
    expect(near('100 partitions at once, acks=all, RF 1, fsync')).toMatchObject({
      ottla: '3 times',
    });
  });

  it('leaves out what was not measured alone in older runs', () => {
    const { receiveSecondsPerGb, crcSecondsPerGb, appendSecondsPerGb, megabytesPerCpuSecond } =
      CEILING;
    const older = {
      receiveSecondsPerGb,
      crcSecondsPerGb,
      appendSecondsPerGb,
      megabytesPerCpuSecond,
    };

    const kinds = nearnessOf(older, results).map(({ limit }) => limit.split(':')[0]);

    expect(new Set(kinds)).toEqual(new Set(['receive, sum, append']));
  });
});
