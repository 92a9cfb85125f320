import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { KeyValueParkStore } from '../../src/client/parking/key-value-park-store.ts';
import type { ParkedRecord, ParkStore } from '../../src/client/parking/park-store.ts';
import { sqlParkStore } from '../../src/client/parking/sql-park-store.ts';
import { levelStores } from '../../src/platform/level-store.ts';
import { isInstalled } from '../support/is-installed.ts';
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

const parked = (offset: number, changes: Partial<ParkedRecord> = {}): ParkedRecord => ({
  groupId: 'g',
  topic: 't',
  partition: 0,
  offset,
  timestampMs: 5,
  attempts: 1,
  errorName: 'Error',
  errorMessage: "it's bad",
  errorStack: '',
  firstFailureMs: 10,
  lastFailureMs: 20,
  key: null,
  value: Uint8Array.of(0xff, offset),
  headers: [{ key: 'h', value: null }],
  dueMs: 100,
  ...changes,
});

const SUBJECTS: ReadonlyArray<readonly [string, boolean, () => Promise<ParkStore>]> = [
  ['LevelDB', true, async () => new KeyValueParkStore(await levelStores.open(makeTempDir()))],
  [
    'SQLite',
    isInstalled('sqlite3'),
    () => sqlParkStore(queryByCli(sqliteProgram(join(makeTempDir(), 'db'))), { dialect: 'sqlite' }),
  ],
  [
    'PostgreSQL',
    isInstalled('postgres') && isInstalled('psql'),
    () => {
      tableCount += 1;
      return sqlParkStore(queryByCli(postgresProgram(postgresDir)), { table: `p${tableCount}` });
    },
  ],
];

const dueOf = async (store: ParkStore, nowMs: number): Promise<number[]> =>
  (await store.due(nowMs, 100)).map(({ offset }) => offset);

describe.each(SUBJECTS)('records parked in %s', (_, isHere, open) => {
  test.runIf(isHere)('are given back byte for byte', async () => {
    const store = await open();
    await store.put([parked(1)]);

    const [found] = await store.due(100, 10);

    expect(found).toEqual(parked(1));
  });

  test.runIf(isHere)('come as they are due, none before, and no more than asked', async () => {
    const store = await open();
    await store.put([parked(1, { dueMs: 300 }), parked(2, { dueMs: 256 }), parked(3)]);

    const found = [await dueOf(store, 99), await dueOf(store, 299), await dueOf(store, 300)];
    const first = await store.due(1000, 1);

    expect(found).toEqual([[], [3, 2], [3, 2, 1]]);
    expect(first.map(({ offset }) => offset)).toEqual([3]);
  });

  test.runIf(isHere)('stay where one is parked again with no more attempts', async () => {
    const store = await open();
    await store.put([parked(1, { attempts: 2, dueMs: 200 })]);

    await store.put([parked(1, { attempts: 2, dueMs: 50 })]);
    const early = await dueOf(store, 199);
    await store.put([parked(1, { attempts: 3, dueMs: 150 })]);
    const later = await store.due(1000, 10);

    expect(early).toEqual([]);
    expect(later.map(({ attempts, dueMs }) => [attempts, dueMs])).toEqual([[3, 150]]);
  });

  test.runIf(isHere)('are gone when they are removed; twice is once', async () => {
    const store = await open();
    await store.put([parked(1, { attempts: 2, dueMs: 200 }), parked(2)]);

    await store.remove(parked(1));
    await store.remove(parked(1));

    expect(await dueOf(store, 1000)).toEqual([2]);
  });

  test.runIf(isHere)('are told apart by group, topic, partition, offset', async () => {
    const store = await open();
    const others = [{ groupId: 'h' }, { topic: 'u' }, { partition: 1 }, { offset: 2 }];

    await store.put([parked(1), ...others.map((change) => parked(1, change))]);

    expect(await store.due(1000, 100)).toHaveLength(5);
  });
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
