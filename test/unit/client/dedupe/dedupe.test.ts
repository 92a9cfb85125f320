import { describe, expect, test } from 'vitest';
import type { Dedupe } from '../../../../src/client/dedupe/dedupe.ts';
import { dedupe } from '../../../../src/client/dedupe/dedupe.ts';
import type { DedupeStore } from '../../../../src/client/dedupe/dedupe-store.ts';
import { KeyValueDedupeStore } from '../../../../src/client/dedupe/key-value-dedupe-store.ts';
import { MemoryDedupeStore } from '../../../../src/client/dedupe/memory-dedupe-store.ts';
import { MarkedBatch } from '../../../../src/client/handling/marked-batch.ts';
import type { ReaderRecord } from '../../../../src/client/reader/decode-records.ts';
import { levelStores } from '../../../../src/platform/level-store.ts';
import { ManualClock } from '../../../support/manual-clock.ts';
import { tempDirs } from '../../../support/temp-dir.ts';

type TextRecord = ReaderRecord<string, string>;

const makeTempDir = tempDirs();
const CONTEXT = { attempt: 1, signal: new AbortController().signal };

const recordAt = (offset: number, value = `v${offset}`): TextRecord => ({
  topic: 't',
  partition: 0,
  offset,
  timestampMs: 0,
  key: null,
  value,
  headers: [],
});

interface Subject {
  readonly clock: ManualClock;
  readonly store: DedupeStore;
  readonly close: () => Promise<void>;
}

const subjects: ReadonlyArray<readonly [string, () => Promise<Subject>]> = [
  [
    'memory',
    async () => {
      const clock = new ManualClock();
      return { clock, store: new MemoryDedupeStore(clock), close: async () => {} };
    },
  ],
  [
    'LevelDB',
    async () => {
      const clock = new ManualClock();
      const store = new KeyValueDedupeStore(await levelStores.open(makeTempDir()), clock);
      return { clock, store, close: () => store.close() };
    },
  ],
];

const byValue = (store: DedupeStore): Dedupe<string, string> =>
  dedupe({ store, key: ({ value }) => value ?? '', windowMs: 1000 });

describe.each(subjects)('what was handled, with a store in %s,', (_, make) => {
  test('is passed over within the window, and handled again behind it', async () => {
    const { clock, store, close } = await make();
    const handled: number[] = [];
    const handler = byValue(store).handler(({ offset }) => void handled.push(offset));

    await handler(recordAt(0, 'x'), CONTEXT);
    await clock.settle(999);
    await handler(recordAt(1, 'x'), CONTEXT);
    await clock.settle(1);
    await handler(recordAt(2, 'x'), CONTEXT);
    await close();

    expect(handled).toEqual([0, 2]);
  });

  test('is not remembered where its handler failed', async () => {
    const { store, close } = await make();
    let calls = 0;
    const handler = byValue(store).handler(() => {
      calls += 1;
      if (calls === 1) throw new Error('once');
    });

    await expect(Promise.resolve(handler(recordAt(0), CONTEXT))).rejects.toThrow('once');
    await handler(recordAt(0), CONTEXT);
    await handler(recordAt(0), CONTEXT);
    await close();

    expect(calls).toBe(2);
  });

  test('twice at once is handled once: the second waits for the first', async () => {
    const { store, close } = await make();
    let open = (): void => {};
    const gate = new Promise<void>((resolve) => {
      open = resolve;
    });
    const handled: number[] = [];
    const handler = byValue(store).handler(async ({ offset }) => {
      handled.push(offset);
      await gate;
    });

    const both = [handler(recordAt(0, 'x'), CONTEXT), handler(recordAt(1, 'x'), CONTEXT)];
    open();
    await Promise.all(both);
    await close();

    expect(handled).toEqual([0]);
  });

  test('of a batch is left out of it, and what failed is not remembered', async () => {
    const { store, close } = await make();
    const seen: string[] = [];
    const handler = byValue(store).batchHandler((batch) => {
      seen.push(batch.records.map(({ value }) => value).join(' '));
      for (const record of batch.records) if (record.value === 'b') batch.retry(record);
    });
    const records = ['a', 'b', 'a', 'c'].map((value, at) => recordAt(at, value));
    const outcomesOf = async (): Promise<string> => {
      const batch = new MarkedBatch(records);
      await handler(batch, CONTEXT);
      batch.end();
      return records.map((record) => batch.markOf(record).outcome).join(' ');
    };

    const outcomes = [await outcomesOf(), await outcomesOf()];
    await close();

    expect(seen).toEqual(['a b c', 'b']);
    expect(outcomes).toEqual(['done retry done done', 'done retry done done']);
  });

  test('of a batch whose handler threw is what was said to be done', async () => {
    const { store, close } = await make();
    const handler = byValue(store).batchHandler((batch) => {
      const [first] = batch.records;
      if (first !== undefined) batch.done(first);
      throw new Error('power');
    });
    const batch = new MarkedBatch([recordAt(0, 'a'), recordAt(1, 'b')]);

    await handler(batch, CONTEXT);
    batch.end();
    const seen = await store.seen(['a', 'b']);
    await close();

    expect([...seen]).toEqual(['a']);
    expect(batch.markOf(recordsOf(batch)[1]).error).toEqual(new Error('power'));
  });
});

const recordsOf = (batch: MarkedBatch<string, string>): [TextRecord, TextRecord] =>
  batch.records as [TextRecord, TextRecord];

describe('a store', () => {
  test('in LevelDB remembers through restarts', async () => {
    const path = makeTempDir();
    const clock = new ManualClock();
    const first = new KeyValueDedupeStore(await levelStores.open(path), clock);
    await first.remember(['a'], 1000);
    await first.close();

    const second = new KeyValueDedupeStore(await levelStores.open(path), clock);
    const seen = await second.seen(['a', 'b']);
    await second.close();

    expect([...seen]).toEqual(['a']);
  });

  test('in LevelDB holds no more than the window for long', async () => {
    const path = makeTempDir();
    const clock = new ManualClock();
    const database = await levelStores.open(path);
    const store = new KeyValueDedupeStore(database, clock);
    for (let at = 0; at < 200; at += 1) {
      await store.remember([`id-${at}`], 100);
      await clock.settle(10);
    }

    const entries = await database.entries({});
    await store.close();

    expect(entries.length).toBeLessThan(2 * 20);
  });

  test('in memory holds no more than the window for long', async () => {
    const clock = new ManualClock();
    const store = new MemoryDedupeStore(clock);
    for (let at = 0; at < 200; at += 1) {
      await store.remember([`id-${at}`], 100);
      await clock.settle(10);
    }

    expect(store.size).toBeLessThan(20);
  });
});

describe('dedupe', () => {
  test('tells records by their place where no key is named', async () => {
    const handled: number[] = [];
    const { handler } = dedupe<string, string>({ store: new MemoryDedupeStore(new ManualClock()) });
    const wrapped = handler(({ offset }) => void handled.push(offset));

    for (const offset of [0, 1, 0]) await wrapped(recordAt(offset, 'same'), CONTEXT);

    expect(handled).toEqual([0, 1]);
  });

  test('refuses a window that cannot be, by name', () => {
    const store = new MemoryDedupeStore(new ManualClock());

    expect(() => dedupe({ store, windowMs: 0 })).toThrow(/^dedupe option windowMs=0 /);
  });
});
