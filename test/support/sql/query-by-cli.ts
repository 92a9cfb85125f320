import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { SqlQuery } from '../../../src/client/parking/sql-park-store.ts';

const runFile = promisify(execFile);

/** How a database is asked by its own program, which is given no values beside a statement. */
export interface SqlProgram {
  readonly command: string;
  /** Before the statement. */
  readonly words: readonly string[];
  readonly sign: '$' | '?';
  readonly bytesOf: (hex: string) => string;
  /** Has the rows of a statement printed as one JSON array, bytes as hexadecimal digits. */
  readonly asJson: (statement: string) => string;
}

export const sqliteProgram = (file: string): SqlProgram => ({
  command: 'sqlite3',
  words: ['-batch', '-cmd', '.timeout 5000', '-json', file],
  sign: '?',
  bytesOf: (hex) => `X'${hex}'`,
  asJson: (statement) => `select id, hex(record) as record from (${statement})`,
});

export const postgresProgram = (directory: string): SqlProgram => ({
  command: 'psql',
  words: ['-h', directory, '-U', 'postgres', '-XAtq', '-v', 'ON_ERROR_STOP=1', '-c'],
  sign: '$',
  bytesOf: (hex) => `'\\x${hex}'::bytea`,
  asJson: (statement) => {
    const row = "json_build_object('id', id, 'record', encode(record, 'hex'))";
    return `select coalesce(json_agg(${row}), '[]') from (${statement}) as found`;
  },
});

/** One process a statement, which is committed when that has ended. */
export const queryByCli =
  ({ command, words, sign, bytesOf, asJson }: SqlProgram): SqlQuery =>
  async (statement, values) => {
    const literalOf = (value: string | number | Uint8Array): string => {
      if (typeof value === 'number') return String(value);
      if (typeof value === 'string') return `'${value.replaceAll("'", "''")}'`;
      return bytesOf(Buffer.from(value).toString('hex'));
    };
    const place = new RegExp(`\\${sign}(\\d)`, 'g');
    const whole = statement.replaceAll(place, (_, at) => literalOf(values[Number(at) - 1] ?? ''));
    const isSearch = statement.startsWith('select');
    const { stdout } = await runFile(command, [...words, isSearch ? asJson(whole) : whole]);
    if (!isSearch || stdout.trim() === '') return [];
    const rows = JSON.parse(stdout) as Array<{ id: string; record: string }>;
    return rows.map(({ id, record }) => ({ id, record: Buffer.from(record, 'hex') }));
  };
