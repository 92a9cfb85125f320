import type { RowOrigin, RowResult } from './result.ts';
import type { Range } from './statistics.ts';

/** What a row must reach. */
interface Target {
  readonly name: string;
  readonly kind: 'at least' | 'at most';
  readonly limit: number;
  readonly of: (rows: ReadonlyMap<string, RowResult>) => Ratio | undefined;
}

interface Ratio {
  readonly ratio: number;
  /** Of the paired ratios; not there where runs are no pairs. */
  readonly interval?: Range;
  /** The peer's ratio, where ours is against ourselves. */
  readonly kafkaRatio?: number;
  /** The run of its rows. */
  readonly from?: RowOrigin;
}

export interface Judged {
  readonly name: string;
  readonly kind: 'at least' | 'at most';
  /** Undefined where its rows were not measured; such a target is not met. */
  readonly ratio?: number;
  readonly interval?: Range;
  readonly kafkaRatio?: number;
  readonly from?: RowOrigin;
  readonly limit: number;
  readonly met: boolean;
}

/** Ottla : Kafka, of one figure of one row. */
const beside =
  (row: string, figure: string): Target['of'] =>
  (rows) => {
    const result = rows.get(row);
    const { ratio, interval } = result?.figures[figure] ?? {};
    if (ratio === undefined) return undefined;
    return { ratio, ...(interval === undefined ? {} : { interval }), ...originOf(result) };
  };

/** Of one figure of two rows of one run, the same system's, the medians. */
const againstItself =
  (row: string, base: string, figure: string): Target['of'] =>
  (rows) => {
    const [result, baseResult] = [row, base].map((name) => rows.get(name));
    if (result?.from?.run !== baseResult?.from?.run) return undefined;
    const [measured, first] = [result, baseResult].map((it) => it?.figures[figure]);
    if (measured?.ottla === undefined || first?.ottla === undefined) return undefined;
    const ratio = measured.ottla.median / first.ottla.median;
    if (measured.kafka === undefined || first.kafka === undefined) return { ratio };
    const kafkaRatio = measured.kafka.median / first.kafka.median;
    return { ratio, kafkaRatio, ...originOf(result) };
  };

const originOf = (result: RowResult | undefined): { from?: RowOrigin } =>
  result?.from === undefined ? {} : { from: result.from };

const atLeast = (limit: number, name: string, of: Target['of']): Target => {
  return { name, kind: 'at least', limit, of };
};
const atMost = (limit: number, name: string, of: Target['of']): Target => {
  return { name, kind: 'at most', limit, of };
};

const RATE = 'recordsPerSecond';
const PER_CPU = 'recordsPerCpuSecond';
const [BASE, RF3] = ['produce', 'produce, acks=all, RF 3, memory'];
const [HALF, HALF_RF3] = ['latency at 50 %', 'latency at 50 %, acks=all, RF 3, memory'];
const roundsOf = (partitions: string): string => `${partitions} at once, acks=all, RF 1, fsync`;

export const TARGETS: readonly Target[] = [
  atLeast(1, BASE, beside(BASE, RATE)),
  atLeast(1, `${BASE}, per broker CPU second`, beside(BASE, PER_CPU)),
  atLeast(1, RF3, beside(RF3, RATE)),
  atLeast(1, `${RF3}, per broker CPU second`, beside(RF3, PER_CPU)),
  atLeast(
    0.8,
    'produce, acks=all, RF 3, fsync against no sync',
    beside('produce, acks=all, RF 3, fsync', RATE),
  ),
  atLeast(1, 'one record a request', beside('one record a request', RATE)),
  atLeast(1, 'consume at the tail', beside('consume at the tail', RATE)),
  atLeast(1, 'consume, catching up', beside('consume, catching up', RATE)),
  atMost(0.7, 'p99 of acknowledgement at half load', beside(HALF, 'ackP99Ms')),
  atMost(0.7, 'p99 end to end at half load', beside(HALF, 'endToEndP99Ms')),
  atMost(0.7, 'p99 of acknowledgement at half load, RF 3', beside(HALF_RF3, 'ackP99Ms')),
  atMost(0.7, 'p99 end to end at half load, RF 3', beside(HALF_RF3, 'endToEndP99Ms')),
  ...['100', '1,000'].map((count) =>
    atLeast(
      0.8,
      `${count} partitions against its own 1`,
      againstItself(`produce, ${count} partitions`, BASE, RATE),
    ),
  ),
  ...(
    [
      [3, '100 partitions'],
      [20, '1,000 partitions'],
    ] as const
  ).map(([limit, partitions]) =>
    atMost(
      limit,
      `${partitions} at once, fsync, against its own 1`,
      againstItself(roundsOf(partitions), roundsOf('1 partition'), 'roundP50Ms'),
    ),
  ),
  atMost(0.15, 'start-up to first acknowledged record', beside('start-up', 'firstAckMs')),
  atMost(0.35, 'idle RSS', beside('idle', 'rssMb')),
  atMost(0.35, 'RSS with 1,000 partitions', beside('idle', 'manyPartitionsRssMb')),
  atMost(
    0.2,
    'gap after kill -9 of the leader, defaults',
    beside('kill -9 of the leader', 'gapMs'),
  ),
];

/** How far an end of the interval may be on the wrong side of the limit. */
const TOLERANCE = 0.05;

/** Pure: each target with what it came to in a run. */
export const judge = (
  results: readonly RowResult[],
  targets: readonly Target[] = TARGETS,
): Judged[] => {
  const rows = new Map(results.map((result) => [result.name, result]));
  return targets.map(({ name, kind, limit, of }) => {
    const found = of(rows);
    return { name, kind, limit, ...found, met: found !== undefined && isMet(kind, limit, found) };
  });
};

const isMet = (kind: Target['kind'], limit: number, { ratio, interval }: Ratio): boolean =>
  kind === 'at least'
    ? ratio >= limit && (interval === undefined || interval.low >= limit * (1 - TOLERANCE))
    : ratio <= limit && (interval === undefined || interval.high < limit * (1 + TOLERANCE));
