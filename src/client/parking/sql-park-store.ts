import { OttlaError } from '../../base/errors.ts';
import type { KeysOf } from '../../base/known-keys.ts';
import { checkKeys } from '../../base/known-keys.ts';
import { wholeRows } from '../whole-rows.ts';
import type { ParkedRecord, ParkStore } from './park-store.ts';
import { decodeParked, encodeParked, parkedId } from './parked-bytes.ts';

/** Runs one statement by itself, committed and durable when it resolves with its rows. */
export type SqlQuery = (
  statement: string,
  values: ReadonlyArray<string | number | Uint8Array>,
) => Promise<ReadonlyArray<Readonly<Record<string, unknown>>>>;

export interface SqlParkOptions {
  /** Default `ottla_parked`; letters, digits and underscores. */
  readonly table?: string;
  /** Default `postgres`. */
  readonly dialect?: 'postgres' | 'sqlite';
}

const KEYS: KeysOf<SqlParkOptions> = { table: true, dialect: true };

/** By dialect: the type of bytes, and the sign before the number of a value. */
const DIALECTS = {
  postgres: { bytes: 'bytea', sign: '$' },
  sqlite: { bytes: 'blob', sign: '?' },
} as const;

/**
 * Parked records in a table, one row each: the record as bytes under a CRC, and beside it what is
 * searched by. Each change is one statement, so that a crash leaves all of a record or nothing.
 */
export class SqlParkStore implements ParkStore {
  readonly #query: SqlQuery;
  readonly #table: string;
  readonly #dialect: (typeof DIALECTS)[keyof typeof DIALECTS];

  constructor(query: SqlQuery, options: SqlParkOptions) {
    checkKeys('sqlParkStore option', options, KEYS);
    const { table = 'ottla_parked', dialect = 'postgres' } = options;
    if (!/^[a-z_][a-z0-9_]*$/i.test(table)) {
      throw config(`table=${table} is no name of letters, digits and underscores`);
    }
    if (!Object.hasOwn(DIALECTS, dialect)) {
      throw config(`dialect=${String(dialect)} is none of ${Object.keys(DIALECTS).join(', ')}`);
    }
    this.#query = query;
    this.#table = table;
    this.#dialect = DIALECTS[dialect];
  }

  /** Makes the table and its index where there is none. */
  async prepare(): Promise<void> {
    const table = this.#table;
    const columns = `id text primary key, due_ms bigint not null, attempts integer not null, record ${this.#dialect.bytes} not null`;
    await this.#query(`create table if not exists ${table} (${columns})`, []);
    await this.#query(`create index if not exists ${table}_due on ${table} (due_ms)`, []);
  }

  /**
   * One statement a record: a crash leaves some of them, whose offsets are not committed yet; they
   * are parked again then, and stay as they are.
   */
  async put(records: readonly ParkedRecord[]): Promise<void> {
    const [id, due, attempts, bytes] = [1, 2, 3, 4].map((at) => this.#dialect.sign + at);
    const statement = `insert into ${this.#table} (id, due_ms, attempts, record) values (${id}, ${due}, ${attempts}, ${bytes}) on conflict (id) do update set due_ms = excluded.due_ms, attempts = excluded.attempts, record = excluded.record where excluded.attempts > ${this.#table}.attempts`;
    for (const record of records) {
      const { dueMs, attempts: count } = record;
      await this.#query(statement, [parkedId(record), dueMs, count, encodeParked(record)]);
    }
  }

  async due(nowMs: number, maxRecords: number): Promise<readonly ParkedRecord[]> {
    const [moment, count] = [1, 2].map((at) => this.#dialect.sign + at);
    const statement = `select id, record from ${this.#table} where due_ms <= ${moment} order by due_ms, id limit ${count}`;
    return await wholeRows(maxRecords, {
      read: (limit) => this.#query(statement, [nowMs, limit]),
      decode: ({ id, record }) => {
        if (record instanceof Uint8Array) return decodeParked(String(id), record);
        throw config(`the query gave the column record as ${typeof record}: it is to give bytes`);
      },
    });
  }

  async remove(record: ParkedRecord): Promise<void> {
    const statement = `delete from ${this.#table} where id = ${this.#dialect.sign}1`;
    await this.#query(statement, [parkedId(record)]);
  }
}

const config = (what: string): OttlaError => new OttlaError('CONFIG', `sqlParkStore: ${what}`);

/**
 * Keeps parked records in a table of a database, which is made where there is none. `query` is the
 * application's: `async (text, values) => (await pool.query(text, values)).rows` with `pg`. Throws
 * CONFIG for options that cannot be; rejects with what the query does.
 */
export const sqlParkStore = async (
  query: SqlQuery,
  options: SqlParkOptions = {},
): Promise<ParkStore> => {
  const store = new SqlParkStore(query, options);
  await store.prepare();
  return store;
};
