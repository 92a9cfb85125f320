import type { Histogram, Percentiles } from './histogram.ts';
import { merge, percentilesOf } from './histogram.ts';
import type { Row } from './matrix.ts';
import type { Range } from './statistics.ts';
import { median, medianInterval, pairedRatios, spread } from './statistics.ts';
import type { SystemName } from './systems/system.ts';

/** What one run of one system came to, by the name of the figure. */
export type Figures = Readonly<Record<string, number>>;

/** One run of one system. */
export interface Run {
  readonly figures: Figures;
  /** By name, in us. */
  readonly histograms?: Readonly<Record<string, Histogram>>;
}

/** The runs of each system in order. */
export interface RowRuns extends Readonly<Record<SystemName, readonly Run[]>> {
  readonly row: Row;
  /** Why there are fewer than there should be. */
  readonly notRun?: string;
}

export interface OfSystem {
  readonly median: number;
  readonly spread: Range;
}

/** One figure of a row, for both systems. */
export interface Comparison {
  readonly ottla?: OfSystem;
  readonly kafka?: OfSystem;
  /** Of the medians, Ottla : Kafka. */
  readonly ratio?: number;
  /** Pair by pair. */
  readonly ratios?: readonly number[];
  /** Of at least 90 % for the median of the paired ratios; not there below five pairs. */
  readonly interval?: Range;
}

/** The run that a row was measured in. */
export interface RowOrigin {
  /** When it began. */
  readonly run: string;
  readonly commit: string;
  /** Of the machine, when the row was done. */
  readonly loadAfter: number;
  /** From the end of the row before it: clusters that were started for it are in it. */
  readonly tookSeconds: number;
}

export interface RowResult {
  readonly name: string;
  readonly row: Row;
  /** Not there in files from before rows were measured again on their own. */
  readonly from?: RowOrigin;
  readonly notRun?: string;
  readonly figures: Readonly<Record<string, Comparison>>;
  /** Of the histograms of all runs of a system, merged. */
  readonly merged?: Readonly<Record<SystemName, Readonly<Record<string, Percentiles>>>>;
}

/** Pure: medians, spreads and ratios of all figures of a row. */
export const resultOf = ({ row, ottla, kafka, notRun }: RowRuns): RowResult => {
  const names = new Set([...ottla, ...kafka].flatMap((run) => Object.keys(run.figures)));
  const figures = [...names].map((name) => [
    name,
    compare(valuesOf(ottla, name), valuesOf(kafka, name)),
  ]);
  return {
    name: row.name,
    row,
    ...(notRun === undefined ? {} : { notRun }),
    figures: Object.fromEntries(figures),
    ...(row.kind === 'latency' ? { merged: { ottla: merged(ottla), kafka: merged(kafka) } } : {}),
  };
};

const merged = (runs: readonly Run[]): Record<string, Percentiles> => {
  const names = Object.keys(runs[0]?.histograms ?? {});
  const all = (name: string): Histogram[] => runs.flatMap((run) => [run.histograms?.[name] ?? []]);
  return Object.fromEntries(names.map((name) => [name, percentilesOf(merge(all(name)))]));
};

/** Pure: two systems' values of one figure; the n-th of each are a pair. */
export const compare = (ottla: readonly number[], kafka: readonly number[]): Comparison => {
  const ours = ofSystem(ottla);
  const theirs = ofSystem(kafka);
  const each = {
    ...(ours === undefined ? {} : { ottla: ours }),
    ...(theirs === undefined ? {} : { kafka: theirs }),
  };
  if (ours === undefined || theirs === undefined || theirs.median === 0) return each;
  const ratios = pairedRatios(ottla, kafka);
  const interval = medianInterval(ratios);
  return {
    ...each,
    ratio: rounded(ours.median / theirs.median),
    ratios: ratios.map(rounded),
    ...(interval === undefined ? {} : { interval: roundedRange(interval) }),
  };
};

const DIGITS = 4;
const rounded = (value: number): number => Number(value.toPrecision(DIGITS));
const roundedRange = ({ low, high }: Range): Range => ({ low: rounded(low), high: rounded(high) });

const ofSystem = (values: readonly number[]): OfSystem | undefined =>
  values.length === 0
    ? undefined
    : { median: rounded(median(values)), spread: roundedRange(spread(values)) };

const valuesOf = (runs: readonly Run[], name: string): number[] =>
  runs.flatMap(({ figures }) => figures[name] ?? []);
