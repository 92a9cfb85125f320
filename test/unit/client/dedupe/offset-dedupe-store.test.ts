import { describe, expect, test } from 'vitest';
import { levelOffsetDedupeStore } from '../../../../src/app/stores.ts';
import { dedupe } from '../../../../src/client/dedupe/dedupe.ts';
import type { TextStore } from '../../../../src/client/dedupe/offset-dedupe-store.ts';
import { offsetDedupeStore } from '../../../../src/client/dedupe/offset-dedupe-store.ts';
import {
  addOffsets,
  decodeRanges,
  encodeRanges,
} from '../../../../src/client/dedupe/offset-ranges.ts';
import { MarkedBatch } from '../../../../src/client/handling/marked-batch.ts';
import type { ReaderRecord } from '../../../../src/client/reader/decode-records.ts';
import { tempDirs } from '../../../support/temp-dir.ts';

const makeTempDir = tempDirs();
const CONTEXT = { attempt: 1, signal: new AbortController().signal };

class Texts implements TextStore {
  readonly byName = new Map<string, string>();

  async get(name: string): Promise<string | null> {
    return this.byName.get(name) ?? null;
  }

  async set(name: string, text: string): Promise<void> {
    this.byName.set(name, text);
  }
}

const recordAt = (offset: number, partition = 0): ReaderRecord<string, string> => ({
  topic: 't',
  partition,
  offset,
  timestampMs: 0,
  key: null,
  value: `${offset}`,
  headers: [],
});

describe('offsets that are done', () => {
  test('are left out of a batch that is handed out again, and others are not', async () => {
    const texts = new Texts();
    const handed: string[] = [];
    const handlerOf = (bad?: string) =>
      dedupe<string, string>({ store: offsetDedupeStore(texts) }).batchHandler((batch) => {
        handed.push(batch.records.map(({ value }) => value).join(' '));
        for (const record of batch.records) if (record.value === bad) batch.retry(record);
      });
    const batchOf = (...offsets: readonly number[]) =>
      new MarkedBatch(offsets.map((offset) => recordAt(offset)));

    await handlerOf('12')(batchOf(10, 11, 12, 13), CONTEXT);
    await handlerOf()(batchOf(9, 10, 11, 12, 13, 14), CONTEXT);

    expect(handed).toEqual(['10 11 12 13', '9 12 14']);
    expect([...texts.byName]).toEqual([['ottla:done:t/0', '9-14']]);
  });

  test('of records handled side by side are all remembered, by partition', async () => {
    const texts = new Texts();
    const once = dedupe<string, string>({ store: offsetDedupeStore(texts, { prefix: 'g:' }) });
    const handled: number[] = [];
    const handler = once.handler(({ offset }) => void handled.push(offset));

    const all = [0, 1, 2, 3].flatMap((offset) => [recordAt(offset), recordAt(offset + 10, 1)]);
    await Promise.all(all.map((record) => handler(record, CONTEXT)));
    await Promise.all(all.map((record) => handler(record, CONTEXT)));

    expect(handled).toHaveLength(8);
    expect([...texts.byName].sort()).toEqual([
      ['g:t/0', '0-3'],
      ['g:t/1', '10-13'],
    ]);
  });

  test('in LevelDB are known after a restart', async () => {
    const path = makeTempDir();
    const first = await levelOffsetDedupeStore(path);
    await first.remember(['t/0/7', 't/0/8'], 1);
    await first.close();

    const second = await levelOffsetDedupeStore(path);
    const seen = await second.seen(['t/0/6', 't/0/7', 't/0/8', 't/1/7']);
    await second.close();

    expect([...seen].sort()).toEqual(['t/0/7', 't/0/8']);
  });

  test('are told by a place alone: an item or a name of its own is refused', async () => {
    const store = offsetDedupeStore(new Texts());

    for (const id of ['order-7', 't/0/7/3']) {
      await expect(store.seen([id])).rejects.toMatchObject({ code: 'CONFIG' });
    }
  });
});

describe('their text', () => {
  test('is read as it was written, and nothing is taken from another', () => {
    for (const text of ['7', '7-9', '0,2-3,9007199254740990-9007199254740991']) {
      expect(encodeRanges(decodeRanges(text))).toBe(text);
    }
    for (const text of ['', null, 'done', '9-7', '1,x', '1-2-3', '99999999999999999999']) {
      expect(decodeRanges(text)).toEqual([]);
    }
  });

  test.each([
    ['', [3, 1], 10, '1,3'],
    ['1,3', [2], 10, '1-3'],
    ['1-5', [4, 5, 6], 10, '1-6'],
    ['1-5', [8], 6, '3-5,8'],
    ['1-5', [20], 10, '20'],
    ['100-120', [90], 31, '90,100-120'],
    ['100-120', [89], 31, '89'],
  ])('%s with %j, of which %i are kept, is %s', (before, offsets, keepCount, after) => {
    const spans = addOffsets(decodeRanges(before), new Set(offsets), keepCount);

    expect(encodeRanges(spans)).toBe(after);
  });
});
