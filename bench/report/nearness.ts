import type { Ceiling } from '../ceiling.ts';
import type { Kind } from '../matrix.ts';
import { short } from '../print.ts';
import type { Comparison, RowResult } from '../result.ts';

/** One row of the page: what the machine allows, and what each system comes to. */
export interface Nearness {
  readonly name: string;
  readonly limit: string;
  readonly ottla: string;
  readonly kafka: string;
}

/** What the least that a row needs comes to on this machine, and how figures are held against it. */
interface Bound {
  readonly figure: string;
  readonly limit: string;
  readonly told: (value: number) => string;
}

/** Pure: how near rows come to what the machine allows; those without such a limit are left out. */
export const nearnessOf = (ceiling: Ceiling, rows: readonly RowResult[]): Nearness[] =>
  rows.flatMap((row) => {
    const bound = boundOf(row.row.kind, ceiling);
    const { ottla, kafka }: Comparison = (bound && row.figures[bound.figure]) ?? {};
    if (bound === undefined || (ottla === undefined && kafka === undefined)) return [];
    const told = (value: number | undefined): string =>
      value === undefined ? '-' : bound.told(value);
    const { name } = row;
    return [{ name, limit: bound.limit, ottla: told(ottla?.median), kafka: told(kafka?.median) }];
  });

const boundOf = (kind: Kind, ceiling: Ceiling): Bound | undefined => {
  const { receiveSecondsPerGb, crcSecondsPerGb, appendSecondsPerGb } = ceiling;
  const taken = receiveSecondsPerGb + crcSecondsPerGb + appendSecondsPerGb;
  const { serveSecondsPerGb: served, roundTripMs, syncMs, nodeStartMs, nodeRssMb } = ceiling;
  switch (kind) {
    case 'produce':
    case 'sdk':
    case 'upkeep':
      return processor('receive, sum, append', taken);
    case 'tail':
      return served === undefined ? undefined : processor('the same, read, send', taken + served);
    case 'catch-up':
    case 'fan-out':
      return served === undefined ? undefined : processor('read, send', served);
    case 'latency':
      return atLeast('ackP50Ms', { what: 'a round trip', least: roundTripMs, unit: 'ms' });
    case 'round trip':
      return atLeast('p50Ms', { what: 'two round trips', least: twice(roundTripMs), unit: 'ms' });
    case 'rounds':
      return atLeast('roundP50Ms', { what: 'one sync', least: syncMs, unit: 'ms' });
    case 'start-up':
      return atLeast('firstAckMs', { what: 'start of Node', least: nodeStartMs, unit: 'ms' });
    case 'idle':
      return atLeast('rssMb', { what: 'a bare Node', least: nodeRssMb, unit: 'MB' });
    default:
      return undefined;
  }
};

const twice = (value: number | undefined): number | undefined =>
  value === undefined ? undefined : 2 * value;

/** A share of what one loop would take that did nothing else. */
const processor = (what: string, secondsPerGb: number): Bound => ({
  figure: 'cpuSecondsPerGb',
  limit: `${what}: ${short(1000 / secondsPerGb)} MB a CPU second`,
  told: (value) => `${Math.round((secondsPerGb / value) * 100)} %`,
});

const atLeast = (
  figure: string,
  { what, least, unit }: { what: string; least: number | undefined; unit: string },
): Bound | undefined =>
  least === undefined
    ? undefined
    : {
        figure,
        limit: `${what}: ${short(least)} ${unit}`,
        told: (value) => `${short(value / least)} times`,
      };
