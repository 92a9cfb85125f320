import { describe, expect, test } from 'vitest';
import { aggregated } from '../../../../src/client/aggregate/aggregate.ts';
import type { StoredItem } from '../../../../src/client/aggregate/aggregate-format.ts';
import { decodeItems, encodeItems } from '../../../../src/client/aggregate/aggregate-format.ts';
import { string } from '../../../../src/client/serde/serde.ts';

const bytes = (text: string): Uint8Array => Buffer.from(text);
const readable = ({ key, value }: StoredItem): Array<string | null> =>
  [key, value].map((field) => (field === null ? null : Buffer.from(field).toString()));

const ITEMS: readonly StoredItem[] = [
  { key: bytes('k'), value: bytes('value') },
  { key: null, value: bytes('') },
  { key: bytes(''), value: null },
];

describe('an aggregate', () => {
  test('is read as it was written, from the middle of a larger buffer too', () => {
    const written = encodeItems(ITEMS);
    const larger = Buffer.concat([bytes('xx'), written, bytes('yy')]);

    const read = decodeItems(larger.subarray(2, 2 + written.length));

    expect(read?.map(readable)).toEqual(ITEMS.map(readable));
  });

  test('has these bytes, on whatever machine', () => {
    expect(Buffer.from(encodeItems([{ key: bytes('a'), value: null }])).toString('hex')).toBe(
      '006f74746c610001' + '00000001' + '61' + 'ffffffff',
    );
  });

  test('that is cut anywhere, or has a length that cannot be, is refused and never read in part', () => {
    const written = encodeItems([{ key: bytes('kk'), value: bytes('value') }]);
    const damaged = Uint8Array.from(written);
    damaged[8] = 0xf0;

    for (let length = 9; length < written.length; length += 1) {
      expect(() => decodeItems(written.subarray(0, length))).toThrow(/cut or damaged/);
    }
    expect(() => decodeItems(damaged)).toThrow(/cut or damaged/);
  });

  test('is told from values of other producers, which are one item each', () => {
    const { items, isPlain } = aggregated({ value: string }).deserialize(bytes('plain'));

    expect(items.map(({ value }) => value)).toEqual(['plain']);
    expect(isPlain).toBe(true);
  });
});
