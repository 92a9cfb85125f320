import { writeOut } from '../platform/process.ts';
import type { Cell } from './table.ts';
import { formatTable } from './table.ts';

export interface TableOutput {
  readonly headings: readonly string[];
  readonly rows: readonly (readonly Cell[])[];
}

export const printJson = (value: unknown): Promise<void> => writeOut(`${JSON.stringify(value)}\n`);

export const printTable = ({ headings, rows }: TableOutput): Promise<void> =>
  writeOut(`${formatTable(headings, rows).join('\n')}\n`);

export const printLine = (line: string): Promise<void> => writeOut(`${line}\n`);
