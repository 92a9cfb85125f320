import type { Comparison, OfSystem, RowResult } from './result.ts';
import type { Range } from './statistics.ts';
import type { Judged } from './targets.ts';

/** Lines for a reader: the row, then a figure each. */
export const describeRow = ({ name, notRun, figures }: RowResult): string[] => [
  name,
  ...(notRun === undefined ? [] : [`  not run: ${notRun}`]),
  ...Object.entries(figures).map(([figure, comparison]) => describeFigure(figure, comparison)),
];

/** A line for each target that was measured. */
export const describeTargets = (targets: readonly Judged[]): string[] =>
  targets.flatMap(({ name, kind, limit, ratio, interval, met }) =>
    ratio === undefined
      ? []
      : [
          `${met ? 'met   ' : 'missed'} ${name}: ${ratio.toFixed(2)}${describeInterval(interval)}` +
            `, ${kind} ${limit}`,
        ],
  );

const describeFigure = (name: string, { ottla, kafka, ratio, interval }: Comparison): string => {
  const parts = [
    ...(ottla === undefined ? [] : [`ottla ${describeSystem(ottla)}`]),
    ...(kafka === undefined ? [] : [`kafka ${describeSystem(kafka)}`]),
    ...(ratio === undefined ? [] : [`ratio ${ratio.toFixed(2)}${describeInterval(interval)}`]),
  ];
  return `  ${name.padEnd(20)} ${parts.join('   ')}`;
};

const describeSystem = ({ median, spread: { low, high } }: OfSystem): string =>
  `${short(median)} (${short(low)} to ${short(high)})`;

const describeInterval = (interval: Range | undefined): string =>
  interval === undefined
    ? ''
    : ` (90 %: ${interval.low.toFixed(2)} to ${interval.high.toFixed(2)})`;

/** Three digits at least, thousands apart. */
export const short = (value: number): string => {
  if (Math.abs(value) < 100) return String(Number(value.toPrecision(3)));
  return String(Math.round(value)).replace(/\B(?=(\d{3})+$)/g, ',');
};
