import { expect, it } from 'vitest';
import { loadZstd } from '../../../../src/record/codecs/zstd.ts';
import { bytesOf } from '../batches.ts';

const words = bytesOf('again and again '.repeat(100));

it('zstd that is in use works on while others load it', async () => {
  const zstd = await loadZstd();
  const packed = zstd.compress(words);
  const outcomes = new Set<string>();
  let isLoading = true;

  const loads = Promise.all([loadZstd(), loadZstd()]).finally(() => {
    isLoading = false;
  });
  for (let turns = 0; isLoading || turns < 50; turns += 1) {
    try {
      const unpacked = zstd.decompress(packed, words.length);
      outcomes.add(Buffer.from(unpacked).equals(words) ? 'same' : 'other');
    } catch (error) {
      outcomes.add(String(error));
    }
    await new Promise((resolve) => setImmediate(resolve));
  }
  await loads;

  expect([...outcomes]).toEqual(['same']);
});
