import { OttlaError } from '../../base/errors.ts';
import { wholeRows } from '../whole-rows.ts';
import type {
  DelayStore,
  DueRequest,
  DumpedPart,
  DumpPosition,
  Forwarded,
  StoredDelay,
} from './delay-store.ts';
import { newOfPart, nextPosition } from './delay-store.ts';
import { decodeDelay, encodeDelay } from './stored-delay-codec.ts';

/** A connection of a pool, as that of `mysql2/promise`. */
export interface SqlConnection {
  query(sql: string, values?: unknown): Promise<[unknown, unknown]>;
  release(): void;
  /** Ends it: what is open in it is undone. */
  destroy(): void;
}

/** A pool of connections, as that of `mysql2/promise`. Made and ended by its owner. */
export interface SqlPool {
  getConnection(): Promise<SqlConnection>;
}

interface DelayRow {
  readonly id: number | string;
  readonly topic: string;
  readonly part: number;
  readonly at_offset: number | string;
  readonly record: Uint8Array;
}

/**
 * In two tables of MySQL 8 or MariaDB 10.6, made where they are not there. Several processes may
 * put and forward at once: rows that one has in hand are passed over by the others.
 */
export class MysqlDelayStore implements DelayStore {
  readonly #pool: SqlPool;
  readonly #table: string;
  #made: Promise<void> | undefined;

  constructor(pool: SqlPool, table: string) {
    // It stands in statements as it is.
    if (!/^[A-Za-z_]\w{0,50}$/.test(table)) {
      throw new OttlaError('CONFIG', `table ${JSON.stringify(table)} is no name of letters`);
    }
    this.#pool = pool;
    this.#table = table;
  }

  /** One transaction: a crash leaves messages and position, or neither. */
  async put(part: DumpedPart): Promise<void> {
    const { topic, partition } = part;
    const positions = `${this.#table}_positions`;
    await this.#inTransaction(async ({ query }) => {
      // So that there is a row to lock: two that read the same part go one after the other.
      await query(`INSERT IGNORE INTO ${positions} (topic, part) VALUES (?, ?)`, [
        topic,
        partition,
      ]);
      const found = await query(
        `SELECT first_offset, next_offset FROM ${positions}
         WHERE topic = ? AND part = ? FOR UPDATE`,
        [topic, partition],
      );
      const last = positionOf(found);
      const rows = newOfPart(part, last).map(rowOf);
      if (rows.length > 0) {
        const columns = 'topic, part, at_offset, due_ms, record';
        await query(`INSERT INTO ${this.#table} (${columns}) VALUES ?`, [rows]);
      }
      const { firstOffset, nextOffset } = nextPosition(part, last);
      await query(
        `UPDATE ${positions} SET first_offset = ?, next_offset = ? WHERE topic = ? AND part = ?`,
        [firstOffset, nextOffset, topic, partition],
      );
    });
  }

  /** The rows are locked meanwhile; a crash lets go of them as they were. */
  forwardDue(
    { nowMs, maxCount }: DueRequest,
    forward: (delays: readonly StoredDelay[]) => Promise<Forwarded>,
  ): Promise<number> {
    return this.#inTransaction(async ({ query }) => {
      // In the order of that index, no more rows are locked than are taken.
      const due = `SELECT id, topic, part, at_offset, record FROM ${this.#table} FORCE INDEX (due)
         WHERE due_ms <= ? ORDER BY due_ms, id LIMIT ? FOR UPDATE SKIP LOCKED`;
      const found = await wholeRows(maxCount, {
        read: async (limit) => (await query(due, [nowMs, limit])) as DelayRow[],
        decode: (row) => [delayOf(row), row.id] as const,
      });
      if (found.length === 0) return 0;
      const ids = new Map(found);
      const { done, failed, againMs } = await forward([...ids.keys()]);
      // One by one: of a list of keys it may make a search of all rows, which waits for those that
      // others have in hand.
      for (const delay of done) {
        await query(`DELETE FROM ${this.#table} WHERE id = ?`, [ids.get(delay)]);
      }
      for (const delay of failed) {
        const sql = `UPDATE ${this.#table} SET due_ms = ? WHERE id = ?`;
        await query(sql, [againMs, ids.get(delay)]);
      }
      return found.length;
    });
  }

  async #inTransaction<T>(work: (sql: Sql) => Promise<T>): Promise<T> {
    this.#made ??= this.#make();
    await this.#made.catch((error: unknown) => {
      this.#made = undefined;
      throw error;
    });
    const connection = await this.#pool.getConnection();
    const query: Sql['query'] = async (text, values) => (await connection.query(text, values))[0];
    try {
      // By the default level, a search locks the gaps that new messages go to.
      await query('SET TRANSACTION ISOLATION LEVEL READ COMMITTED');
      await query('START TRANSACTION');
      const result = await work({ query });
      await query('COMMIT');
      connection.release();
      return result;
    } catch (error) {
      // Whatever state it is in, the server undoes what it was at.
      connection.destroy();
      throw error;
    }
  }

  async #make(): Promise<void> {
    const connection = await this.#pool.getConnection();
    try {
      const tables = [this.#table, `${this.#table}_positions`];
      const [found] = await connection.query(
        `SELECT 1 FROM information_schema.tables
         WHERE table_schema = DATABASE() AND table_name IN (?)`,
        [tables],
      );
      // Making one that is there waits for whoever has rows of it in hand.
      if ((found as unknown[]).length === tables.length) return;
      const place = `topic VARCHAR(249) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
        part INT NOT NULL`;
      await connection.query(`CREATE TABLE IF NOT EXISTS ${this.#table} (
        id BIGINT AUTO_INCREMENT PRIMARY KEY, ${place}, at_offset BIGINT NOT NULL,
        due_ms BIGINT NOT NULL, record LONGBLOB NOT NULL,
        UNIQUE KEY place (topic, part, at_offset), KEY due (due_ms)) ENGINE=InnoDB`);
      await connection.query(`CREATE TABLE IF NOT EXISTS ${this.#table}_positions (
        ${place}, first_offset BIGINT, next_offset BIGINT,
        PRIMARY KEY (topic, part)) ENGINE=InnoDB`);
    } finally {
      connection.release();
    }
  }
}

interface Sql {
  query(text: string, values?: unknown): Promise<unknown>;
}

const rowOf = (delay: StoredDelay): unknown[] => {
  const { topic, partition, offset, dueMs } = delay;
  return [topic, partition, offset, dueMs, Buffer.from(encodeDelay(delay))];
};

const delayOf = ({ topic, part, at_offset, record }: DelayRow): StoredDelay =>
  decodeDelay(record, { topic, partition: part, offset: Number(at_offset) });

const positionOf = (found: unknown): DumpPosition | undefined => {
  const [row] = found as Array<Record<string, number | string | null>>;
  const [first, next] = [row?.['first_offset'], row?.['next_offset']];
  if (first === undefined || first === null || next === undefined || next === null) {
    return undefined;
  }
  return { firstOffset: Number(first), nextOffset: Number(next) };
};
