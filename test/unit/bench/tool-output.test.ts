import { describe, expect, it } from 'vitest';
import {
  parseConsumer,
  parseEndToEnd,
  parseProducer,
  parseTail,
} from '../../../bench/tool-output.ts';

const SENT = '400000 records sent, 83455.038598 records/sec (81.50 MB/sec), 324.17 ms avg latency.';
const STEADY = '300000 steady state records sent, 99239.166391 records/sec (96.91 MB/sec), 277 ms.';

describe('parseProducer', () => {
  it('takes the steady state where records were sent to warm up', () => {
    const report = parseProducer(`Warmup first 100000 records.\n${SENT}\n${STEADY}\n`);

    expect(report).toEqual({ recordCount: 300_000, recordsPerSecond: 99_239.166391 });
  });

  it('takes the last summary where reports on the way stand before it', () => {
    const report = parseProducer(`50 records sent, 10.0 records/sec (1 MB/sec)\n${SENT}\n`);

    expect(report).toEqual({ recordCount: 400_000, recordsPerSecond: 83_455.038598 });
  });

  it('refuses an output without a summary, and shows it', () => {
    expect(() => parseProducer('it was killed')).toThrow('no summary in: it was killed');
  });
});

describe('parseConsumer', () => {
  it('counts from the moment the consumer had its partitions', () => {
    const line =
      '2026-01-01 11:39:57:870, 2026-01-01 11:40:03:696, 390.6250, 67.0486, 400000, 68657.7412, ' +
      '3966, 1860, 210.0134, 215053.7634';

    const report = parseConsumer(`a warning\n${line}\n`);

    expect(report).toEqual({ recordCount: 400_000, recordsPerSecond: 215_053.7634 });
  });

  it('refuses a consumer that got nothing', () => {
    expect(() => parseConsumer('a, b, 0, 0, 0, 0, 1, 2, 0, NaN')).toThrow('no summary');
  });
});

describe('parseTail', () => {
  const line = (count: number): string =>
    `2026-01-01 11:39:57:870, 0, 1, 1, ${count}, 5, 1, 2, 3, 4`;

  it('is the rate between the first and the last interval with records', () => {
    const output = [line(0), line(0), line(100), line(600), line(1100)].join('\n');

    expect(parseTail(output, 250)).toEqual({ recordCount: 1100, recordsPerSecond: 2000 });
  });

  it('refuses a run that was over within an interval', () => {
    expect(() => parseTail([line(0), line(500)].join('\n'), 250)).toThrow('too few intervals');
  });
});

describe('parseEndToEnd', () => {
  it('reads average and percentiles', () => {
    const output =
      '0\t70.4\nAvg latency: 2.1577 ms\n\nPercentiles: 50th = 1, 99th = 8, 99.9th = 11';

    expect(parseEndToEnd(output)).toEqual({ averageMs: 2.1577, p50Ms: 1, p99Ms: 8 });
  });
});
