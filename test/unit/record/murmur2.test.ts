import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { REPOSITORY } from '../../../deploy/local/layout.ts';
import { murmur2, partitionForKey, toPositive } from '../../../src/record/murmur2.ts';
import { bytesOf } from './batches.ts';

describe('murmur2', () => {
  test.each([
    ['21', -973_932_308],
    ['foobar', -790_332_482],
    ['a-little-bit-long-string', -985_981_536],
    ['a-little-bit-longer-string', -1_486_304_829],
    ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58_897_971],
    ['abc', 479_470_107],
  ])('of %s is what Kafka computes', (key, hash) => {
    expect(murmur2(bytesOf(key))).toBe(hash);
  });

  test('of a view hashes the view only', () => {
    expect(murmur2(bytesOf('xxabcxx').subarray(2, 5))).toBe(479_470_107);
  });
});

describe('the partition of a key', () => {
  test('comes from the hash with its sign bit cleared', () => {
    expect(toPositive(-973_932_308)).toBe(1_173_551_340);
    expect(partitionForKey(bytesOf('21'), 1000)).toBe(340);
  });

  test('exists for the lowest hash there is', () => {
    expect(toPositive(-2_147_483_648)).toBe(0);
  });
});

test('what the documents say of keys is what is computed', () => {
  const rows = readFileSync(`${REPOSITORY}/docs/consuming.md`, 'utf8').matchAll(
    /^\| (?:`(.+)`|(?:no bytes)) \| (-?\d+) \| (\d+) \|$/gm,
  );

  const vectors = [...rows].map(([, key = '', hash, partition]) => [key, hash, partition]);

  expect(vectors.length).toBeGreaterThan(5);
  for (const [key = '', hash, partition] of vectors) {
    expect(String(murmur2(bytesOf(key)))).toBe(hash);
    expect(String(partitionForKey(bytesOf(key), 12))).toBe(partition);
  }
});
