import { describe, expect, it } from 'vitest';
import { CODEC_NAMES } from '../../../src/record/codec.ts';
import { loadCodec } from '../../../src/record/compression.ts';
import { openedBytesAtMost } from '../../../src/record/opened-size.ts';
import { batchOf, bytesOf, changed, record } from './batches.ts';

const texts = ['', 'z'.repeat(3_000_000), 'again and again '.repeat(1000)];

describe.each(CODEC_NAMES)('what records in %s may open to', (name) => {
  it.each(texts)('is told without opening them, and never too little', async (text) => {
    const records = [record({ value: bytesOf(text) })];
    const batch = batchOf(records, { codec: await loadCodec(name) });

    expect(openedBytesAtMost(batch)).toBeGreaterThanOrEqual(text.length);
  });
});

it('records of zstd that will not open may open to nothing', async () => {
  const batch = batchOf([record({})], { codec: await loadCodec('zstd') });

  expect(openedBytesAtMost(changed(batch, (view) => view.fill(0xff, 61)))).toBe(0);
});
