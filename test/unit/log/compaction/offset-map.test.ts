import { describe, expect, it } from 'vitest';
import { OffsetMap } from '../../../../src/log/compaction/offset-map.ts';
import { SeededRandom } from '../../../support/seeded-random.ts';

const key = (text: string): Uint8Array => Buffer.from(text);

describe('OffsetMap', () => {
  it('has the newest offset of every key, as a map of its texts would', () => {
    const random = new SeededRandom(3);
    const model = new Map<string, number>();
    const map = new OffsetMap(256 * 1024);

    for (let offset = 0; offset < 5000; offset += 1) {
      const text = 'k'.repeat(random.below(6)) + random.below(700);
      expect(map.put(key(text), offset)).toBe(true);
      model.set(text, offset);
    }

    expect(map.count).toBe(model.size);
    for (const [text, offset] of model) expect(map.get(key(text))).toBe(offset);
    expect(map.get(key('absent'))).toBeUndefined();
  });

  it('knows the empty key', () => {
    const map = new OffsetMap(4096);

    map.put(key(''), 7);

    expect(map.get(key(''))).toBe(7);
  });

  it.each([1, 200])(
    'takes no more keys of %d bytes when it is full, and keeps those it has',
    (size) => {
      const map = new OffsetMap(4096);
      let count = 0;
      while (map.put(key(String.fromCharCode(33 + count).repeat(size)), count)) count += 1;

      expect(map.utilization).toBeGreaterThan(0.9);
      expect(map.put(key('!'.repeat(size)), 1000)).toBe(true);
      expect(map.get(key('!'.repeat(size)))).toBe(1000);
      expect(map.get(key('"'.repeat(size)))).toBe(1);
    },
  );
});
