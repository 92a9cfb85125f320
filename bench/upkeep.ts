import type { Figures } from './result.ts';

/** What one broker has used so far, by counters that only rise. */
export interface BrokerUse {
  readonly cpuSeconds: number;
  readonly inBytes: number;
  readonly outBytes: number;
  /** Of the collector; undefined where the broker cannot be asked. */
  readonly gcSeconds?: number;
  readonly gcCount?: number;
  /** Of logs, to the disk. */
  readonly syncCount?: number;
}

const MEGABYTE = 1e6;

/** Pure: figures of each broker by its number, and of all together. */
export const upkeepOf = (
  before: readonly BrokerUse[],
  after: readonly BrokerUse[],
  valueBytes: number,
): Figures => {
  const used = after.map((use, at) => differenceOf(use, before[at]));
  const each = used.flatMap(
    ({ cpuSeconds, inBytes, outBytes }, at): Array<[string, number]> => [
      [`broker${at + 1}CpuSeconds`, cpuSeconds],
      [`broker${at + 1}InMb`, inBytes / MEGABYTE],
      [`broker${at + 1}OutMb`, outBytes / MEGABYTE],
    ],
  );
  const cpuSeconds = sumOf(used, 'cpuSeconds') ?? 0;
  const totals = {
    cpuSecondsPerGb: (cpuSeconds * 1e9) / valueBytes,
    gcPercentOfCpu: percentOf(sumOf(used, 'gcSeconds'), cpuSeconds),
    gcCount: sumOf(used, 'gcCount'),
    syncCount: sumOf(used, 'syncCount'),
  };
  return Object.fromEntries([...each, ...Object.entries(totals)].filter(isKnown));
};

const isKnown = (entry: [string, number | undefined]): entry is [string, number] =>
  entry[1] !== undefined;

const percentOf = (part: number | undefined, whole: number): number | undefined =>
  part === undefined ? undefined : (part / whole) * 100;

const differenceOf = (after: BrokerUse, before: BrokerUse | undefined): BrokerUse => {
  const pairs = Object.entries(after).map(([name, value]) => [
    name,
    value - (before?.[name as keyof BrokerUse] ?? 0),
  ]);
  return Object.fromEntries(pairs) as BrokerUse;
};

/** Undefined where one of them does not tell. */
const sumOf = (uses: readonly BrokerUse[], name: keyof BrokerUse): number | undefined =>
  uses.reduce<number | undefined>((sum, use) => {
    const value = use[name];
    return sum === undefined || value === undefined ? undefined : sum + value;
  }, 0);

/** Pure: the sum of a metric over all its labels, of a page that Prometheus reads. */
export const metricOf = (page: string, name: string): number => {
  const samples = page.matchAll(new RegExp(`^${name}(?:\\{[^}]*\\})? (\\S+)$`, 'gm'));
  return [...samples].reduce((sum, [, value]) => sum + Number(value), 0);
};

/** Pure: collections, and the seconds that they took, of what `jstat -gc` prints. */
export const collectionsOf = (table: string): { gcCount: number; gcSeconds: number } => {
  const [names = [], values = []] = table
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/));
  const countOf = (name: string): number => Number(values[names.indexOf(name)] ?? 0) || 0;
  const gcCount = countOf('YGC') + countOf('FGC') + countOf('CGC');
  return { gcCount, gcSeconds: countOf('GCT') };
};
