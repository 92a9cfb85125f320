import type { Ceiling } from '../ceiling.ts';
import type { KeptRun } from '../kept-run.ts';
import { short } from '../print.ts';
import type { RowResult } from '../result.ts';
import type { Range } from '../statistics.ts';
import type { Judged } from '../targets.ts';
import type { Bars } from './bars.ts';
import { nearnessOf } from './nearness.ts';

/** A chart of the page: one figure of all rows that have it. */
export interface Chart {
  readonly file: string;
  readonly title: string;
  readonly figure: string;
}

export const CHARTS: readonly Chart[] = [
  { file: 'throughput.svg', title: 'Records a second', figure: 'recordsPerSecond' },
  { file: 'cpu.svg', title: 'Records a second of broker CPU', figure: 'recordsPerCpuSecond' },
  { file: 'ack-p99.svg', title: 'Acknowledgement, p99 in ms', figure: 'ackP99Ms' },
  { file: 'end-to-end-p99.svg', title: 'End to end, p99 in ms', figure: 'endToEndP99Ms' },
];

/** Rows in which both systems have the figure. */
export const barsOf = (rows: readonly RowResult[], figure: string): Bars[] =>
  rows.flatMap(({ name, figures }) => {
    const { ottla, kafka } = figures[figure] ?? {};
    if (ottla === undefined || kafka === undefined) return [];
    return [{ label: name, ottla: ottla.median, kafka: kafka.median }];
  });

/** The whole page, in Markdown. */
export const renderPage = (run: KeptRun, targets: readonly Judged[]): string =>
  [
    '# Performance beside Apache Kafka',
    '',
    `Written by \`make bench-report\` from a run of ${run.at.slice(0, 10)}; do not edit.`,
    '',
    describeRun(run),
    '',
    ...(run.ceiling === undefined ? [] : describeCeiling(run.ceiling, run.rows)),
    '## Targets',
    '',
    'Ratios of medians, Ottla : Kafka. In brackets: an interval for the median of the paired ratios,',
    'by order statistics, of at least 90 %.',
    '',
    ...table(
      ['what', 'ratio', 'limit', 'met', 'run'],
      targets.map((target) => targetCells(target, run)),
    ),
    '',
    '## Charts',
    '',
    ...CHARTS.filter(({ figure }) => barsOf(run.rows, figure).length > 0).map(
      ({ title, file }) => `![${title}](performance/${file})`,
    ),
    '',
    '## All rows',
    '',
    'Medians, in brackets the smallest and the largest.',
    '',
    ...table(['row', 'figure', 'Ottla', 'Kafka', 'ratio'], run.rows.flatMap(rowCells)),
    '',
  ].join('\n');

const describeRun = ({ commit, machine, versions, loadBefore }: KeptRun): string =>
  `Commit ${commit}, Node ${machine.node}, Kafka ${versions.kafka ?? '-'} on ` +
  `${versions.java ?? '-'}; ${machine.cores} cores (${machine.cpu}), load average before: ` +
  `${loadBefore.toFixed(2)}. Clients, and all brokers of both systems, share the machine.`;

/** How near each row comes to what the machine itself takes. */
const describeCeiling = (ceiling: Ceiling, rows: readonly RowResult[]): string[] => {
  const { receiveSecondsPerGb, crcSecondsPerGb, appendSecondsPerGb } = ceiling;
  const parts = [receiveSecondsPerGb, crcSecondsPerGb, appendSecondsPerGb].map(short);
  const near = nearnessOf(ceiling, rows);
  return [
    "## The machine's own limit",
    '',
    'The least that a row asks of a broker, done alone by one Node process of the same run, and what rows come to of it:',
    'in the CPU time of all brokers a GB, or as a multiple where the limit is a time or memory. Receiving, summing and',
    `appending took ${parts.join(' + ')} s a GB. A gap after a kill has no such limit.`,
    '',
    ...table(
      ['row', 'limit', 'Ottla', 'Kafka'],
      near.map(({ name, limit, ottla, kafka }) => [name, limit, ottla, kafka]),
    ),
    '',
  ];
};

const targetCells = (target: Judged, run: KeptRun): string[] => {
  const { name, kind, limit, ratio, interval, kafkaRatio, met, from } = target;
  const origin = from ?? { run: run.at, commit: run.commit };
  return [
    name,
    ratio === undefined
      ? 'not measured'
      : `${ratio.toFixed(2)}${rangeText(interval)}${peer(kafkaRatio)}`,
    `${kind} ${limit}`,
    met ? 'yes' : '**no**',
    ratio === undefined ? '-' : `${origin.run.slice(0, 16).replace('T', ' ')}, ${origin.commit}`,
  ];
};

const rangeText = (range: Range | undefined): string =>
  range === undefined ? '' : ` (${range.low.toFixed(2)} to ${range.high.toFixed(2)})`;

const peer = (ratio: number | undefined): string =>
  ratio === undefined ? '' : `, Kafka ${ratio.toFixed(2)}`;

const rowCells = ({ name, notRun, figures }: RowResult): string[][] => {
  const cells = Object.entries(figures).map(([figure, { ottla, kafka, ratio }]) => [
    name,
    figure,
    ...[ottla, kafka].map((system) =>
      system === undefined
        ? '-'
        : `${short(system.median)} (${short(system.spread.low)} to ${short(system.spread.high)})`,
    ),
    ratio === undefined ? '-' : ratio.toFixed(2),
  ]);
  return notRun === undefined ? cells : [...cells, [name, `not run: ${notRun}`, '-', '-', '-']];
};

const table = (head: readonly string[], rows: readonly (readonly string[])[]): string[] => {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll(/\s*\n\s*/g, ' ').replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)];
};
