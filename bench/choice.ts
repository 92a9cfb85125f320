import { isDeepStrictEqual, parseArgs } from 'node:util';
import { ALL_ROWS, COST_ROWS, EDGE_ROWS } from './cost-matrix.ts';
import type { Row } from './matrix.ts';
import { TARGET_ROWS } from './matrix.ts';

const SETS: Readonly<Record<string, readonly Row[]>> = {
  targets: [...TARGET_ROWS, ...COST_ROWS],
  edges: EDGE_ROWS,
  all: ALL_ROWS,
};

/** What is to be measured, and where it is kept. */
export interface Choice {
  readonly rows: readonly Row[];
  /** The file in `bench/results`. */
  readonly out: string;
  /** Rows take the place of those in that file, which keeps its others. */
  readonly isInto: boolean;
  /** Nothing was left out or made shorter: targets may be judged by it. */
  readonly isWhole: boolean;
}

const OPTIONS = {
  set: { type: 'string', default: 'all' },
  rows: { type: 'string', default: '' },
  pairs: { type: 'string' },
  share: { type: 'string', default: '1' },
  out: { type: 'string' },
  into: { type: 'string' },
} as const;

/** Names of rows have commas too, before a blank or three digits. */
const SEPARATOR = /,(?! )(?!(?<=\d,)\d{3})/;

/** Pure: what the words of the command line ask for; throws for what cannot be. */
export const choose = (words: readonly string[]): Choice => {
  const { values } = parseArgs({ args: [...words], options: OPTIONS });
  const { set, rows: texts, pairs, share, into } = values;
  const rows = SETS[set];
  if (rows === undefined) throw new Error(`--set ${set}: take ${Object.keys(SETS).join(' or ')}`);
  const isShort = pairs !== undefined || share !== '1';
  if (into !== undefined && isShort) throw new Error('--into: leave out --pairs and --share');
  const isWhole = set !== 'edges' && texts === '' && !isShort;
  const chosen = withBases(chosenOf(rows, texts.split(SEPARATOR)), rows);
  return {
    out: into ?? values.out ?? (texts === '' && !isShort ? `full-${set}` : 'part'),
    isInto: into !== undefined,
    isWhole,
    rows: chosen.map((row) => ({
      ...row,
      pairs: Number(pairs ?? row.pairs),
      recordCount: Math.ceil(row.recordCount * Number(share)),
    })),
  };
};

const chosenOf = (rows: readonly Row[], texts: readonly string[]): readonly Row[] => {
  for (const text of texts) {
    if (rows.some(({ name }) => name.includes(text))) continue;
    throw new Error(`--rows ${text}: no row has that in its name`);
  }
  return rows.filter(({ name }) => texts.some((text) => name.includes(text)));
};

/** With the rows that the chosen ones are held against: both have to be of one run. */
const withBases = (chosen: readonly Row[], rows: readonly Row[]): readonly Row[] => {
  const isBase = (row: Row): boolean => chosen.some((it) => isBaseOf(row, it));
  return rows.filter((row) => chosen.includes(row) || isBase(row));
};

/** Whether a row's limit, or its rate, is a share of what another came to. */
export const isBaseOf = (base: Row, row: Row): boolean => {
  const { kind, load } = row;
  if (row.ofMaximum !== undefined) return isMaximumOf(base, row);
  const isHeld = (kind === 'produce' || kind === 'rounds') && load.partitions > 1;
  return isHeld && base.kind === kind && isDeepStrictEqual(base.load, { ...load, partitions: 1 });
};

/** The row with the same replicas that only produces, without a sync. */
export const isMaximumOf = (base: Row, { load }: Row): boolean =>
  base.kind === 'produce' && isDeepStrictEqual(base.load, { ...load, durability: 'memory' });
