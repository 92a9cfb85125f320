import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { KeyValueParkStore } from '../../src/client/parking/key-value-park-store.ts';
import type { ParkedRecord, ParkStore } from '../../src/client/parking/park-store.ts';
import { encodeParked, parkedId } from '../../src/client/parking/parked-bytes.ts';
import type { SqlQuery } from '../../src/client/parking/sql-park-store.ts';
import { sqlParkStore } from '../../src/client/parking/sql-park-store.ts';
import { levelStores } from '../../src/platform/level-store.ts';
import { isInstalled } from '../support/is-installed.ts';
import { parked } from '../support/parked-record.ts';
import { startPostgres } from '../support/sql/postgres.ts';
import { postgresProgram, queryByCli, sqliteProgram } from '../support/sql/query-by-cli.ts';
import { tempDirs } from '../support/temp-dir.ts';

const makeTempDir = tempDirs();
let postgresDir = '';
let stopPostgres = async (): Promise<void> => {};
let tableCount = 0;

beforeAll(async () => {
  if (!isInstalled('postgres')) return;
  postgresDir = makeTempDir();
  stopPostgres = await startPostgres(postgresDir);
}, 60_000);

afterAll(() => stopPostgres());

interface Opened {
  readonly store: ParkStore;
  /** Turns bytes of a parked record, and leaves it where it is. */
  damage(record: ParkedRecord): Promise<void>;
}

const openLevel = async (): Promise<Opened> => {
  const level = await levelStores.open(makeTempDir());
  const damage = async (record: ParkedRecord): Promise<void> => {
    const key = Buffer.from(`r${parkedId(record)}`);
    const value = Buffer.from((await level.get(key)) ?? []);
    value[value.length - 1] = (value.at(-1) ?? 0) ^ 1;
    await level.batch([{ type: 'put', key, value }], { sync: true });
  };
  return { store: new KeyValueParkStore(level), damage };
};

const openTable = async (query: SqlQuery, dialect: 'postgres' | 'sqlite'): Promise<Opened> => {
  tableCount += 1;
  const table = `p${tableCount}`;
  const [first, second] = dialect === 'postgres' ? ['$1', '$2'] : ['?1', '?2'];
  const damage = async (record: ParkedRecord): Promise<void> => {
    const bytes = encodeParked(record);
    bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1;
    const statement = `update ${table} set record = ${first} where id = ${second}`;
    await query(statement, [bytes, parkedId(record)]);
  };
  return { store: await sqlParkStore(query, { dialect, table }), damage };
};

const SUBJECTS: ReadonlyArray<readonly [string, boolean, () => Promise<Opened>]> = [
  ['LevelDB', true, openLevel],
  [
    'SQLite',
    isInstalled('sqlite3'),
    () => openTable(queryByCli(sqliteProgram(join(makeTempDir(), 'db'))), 'sqlite'),
  ],
  [
    'PostgreSQL',
    isInstalled('postgres') && isInstalled('psql'),
    () => openTable(queryByCli(postgresProgram(postgresDir)), 'postgres'),
  ],
];

const dueOf = async (store: ParkStore, nowMs: number): Promise<number[]> =>
  (await store.due(nowMs, 100)).map(({ offset }) => offset);

describe.each(SUBJECTS)('records parked in %s', (_, isHere, open) => {
  test.runIf(isHere)('are given back byte for byte', async () => {
    const { store } = await open();
    await store.put([parked(1)]);

    const [found] = await store.due(100, 10);

    expect(found).toEqual(parked(1));
  });

  test.runIf(isHere)('come as they are due, none before, and no more than asked', async () => {
    const { store } = await open();
    await store.put([parked(1, { dueMs: 300 }), parked(2, { dueMs: 256 }), parked(3)]);

    const found = [await dueOf(store, 99), await dueOf(store, 299), await dueOf(store, 300)];
    const first = await store.due(1000, 1);

    expect(found).toEqual([[], [3, 2], [3, 2, 1]]);
    expect(first.map(({ offset }) => offset)).toEqual([3]);
  });

  test.runIf(isHere)('stay where one is parked again with no more attempts', async () => {
    const { store } = await open();
    await store.put([parked(1, { attempts: 2, dueMs: 200 })]);

    await store.put([parked(1, { attempts: 2, dueMs: 50 })]);
    const early = await dueOf(store, 199);
    await store.put([parked(1, { attempts: 3, dueMs: 150 })]);
    const later = await store.due(1000, 10);

    expect(early).toEqual([]);
    expect(later.map(({ attempts, dueMs }) => [attempts, dueMs])).toEqual([[3, 150]]);
  });

  test.runIf(isHere)('are gone when they are removed; twice is once', async () => {
    const { store } = await open();
    await store.put([parked(1, { attempts: 2, dueMs: 200 }), parked(2)]);

    await store.remove(parked(1));
    await store.remove(parked(1));

    expect(await dueOf(store, 1000)).toEqual([2]);
  });

  test.runIf(isHere)('are told apart by group, topic, partition, offset', async () => {
    const { store } = await open();
    const others = [{ groupId: 'h' }, { topic: 'u' }, { partition: 1 }, { offset: 2 }];

    await store.put([parked(1), ...others.map((change) => parked(1, change))]);

    expect(await store.due(1000, 100)).toHaveLength(5);
  });
});

describe.each(SUBJECTS)('a damaged record among those parked in %s', (_, isHere, open) => {
  test.runIf(isHere)('holds up none behind it, however few are asked for', async () => {
    const { store, damage } = await open();
    const [first, second] = [parked(1, { dueMs: 10 }), parked(3, { dueMs: 30 })];
    await store.put([first, parked(2, { dueMs: 20 }), second, parked(4, { dueMs: 40 })]);
    for (const record of [first, second]) await damage(record);

    const found = await dueOf(store, 1000);
    const one = await store.due(1000, 1);

    expect(found).toEqual([2, 4]);
    expect(one.map(({ offset }) => offset)).toEqual([2]);
  });

  test.runIf(isHere)('is named once nothing whole is due', async () => {
    const { store, damage } = await open();
    await store.put([parked(1), parked(2, { dueMs: 500 })]);
    await damage(parked(1));

    const early = store.due(499, 10);

    await expect(early).rejects.toMatchObject({
      code: 'CORRUPT_STORE',
      message: 'the parked record ["g","t",0,1] is damaged: remove it by hand',
    });
    expect(await dueOf(store, 500)).toEqual([2]);
  });

  test.runIf(isHere)(
    'is put anew by who has it whole, with one more attempt, and removed',
    async () => {
      const { store, damage } = await open();
      await store.put([parked(1, { dueMs: 50 })]);
      await damage(parked(1, { dueMs: 50 }));

      const anew = parked(1, { attempts: 2, dueMs: 200 });
      await store.put([anew]);
      const early = await dueOf(store, 199);
      const found = await dueOf(store, 200);
      await damage(anew);
      await store.remove(anew);

      expect([early, found]).toEqual([[], [1]]);
      expect(await dueOf(store, 1000)).toEqual([]);
    },
  );
});

describe('a table for parked records', () => {
  test.each([
    ['by a name that is none', { table: 'a; drop table b' }, 'table=a; drop table b'],
    ['of a dialect that is none', { dialect: 'oracle' as 'sqlite' }, 'dialect=oracle'],
    ['with an option that is none', { tabel: 'p' } as object, 'tabel'],
  ])('%s is refused', async (_, options, said) => {
    const made = sqlParkStore(async () => [], options);

    await expect(made).rejects.toMatchObject({
      code: 'CONFIG',
      message: expect.stringContaining(said),
    });
  });

  test('whose bytes come as something else is refused with the remedy', async () => {
    const store = await sqlParkStore(async () => [{ id: 'x', record: '\\x00' }]);

    await expect(store.due(0, 1)).rejects.toMatchObject({
      code: 'CONFIG',
      message: expect.stringContaining('it is to give bytes'),
    });
  });
});
