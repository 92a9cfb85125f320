import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ByteReader } from '../../../../src/base/bytes/reader.ts';
import {
  sizeOfUvarint,
  sizeOfVarint,
  sizeOfVarlong,
  writeUvarintAt,
  writeVarintAt,
  writeVarlongAt,
} from '../../../../src/base/bytes/varint.ts';

type WriteAt = (bytes: Uint8Array, position: number, value: number) => number;

const hexOf = (write: WriteAt, value: number): string => {
  const bytes = new Uint8Array(12);
  return Buffer.from(bytes.subarray(0, write(bytes, 0, value))).toString('hex');
};

const readerOf = (hex: string): ByteReader => new ByteReader(Buffer.from(hex, 'hex'));

/** The definition, in BigInt: what the fast code must equal. */
const referenceVarlong = (value: number): string => {
  const wide = BigInt(value);
  let rest = BigInt.asUintN(64, (wide << 1n) ^ (wide >> 63n));
  const bytes: number[] = [];
  for (; rest > 0x7fn; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80);
  bytes.push(Number(rest));
  return Buffer.from(bytes).toString('hex');
};

describe('varint', () => {
  test.each([
    [0, '00'],
    [-1, '01'],
    [1, '02'],
    [63, '7e'],
    [-64, '7f'],
    [64, '8001'],
    [300, 'd804'],
    [2_147_483_647, 'feffffff0f'],
    [-2_147_483_648, 'ffffffff0f'],
  ])('writes %d as %s and reads it back', (value, hex) => {
    expect(hexOf(writeVarintAt, value)).toBe(hex);
    expect(readerOf(hex).readVarint()).toBe(value);
  });

  test('predicts its own size for every number', () => {
    fc.assert(
      fc.property(fc.integer(), (value) => {
        expect(hexOf(writeVarintAt, value).length / 2).toBe(sizeOfVarint(value));
      }),
    );
  });

  test('refuses more than 32 bits', () => {
    expect(() => readerOf('ffffffff1f').readVarint()).toThrow(/longer than 32 bits/);
    expect(() => readerOf('808080808000').readVarint()).toThrow(/longer than 32 bits/);
  });

  test('refuses to end in the middle', () => {
    expect(() => readerOf('ff').readVarint()).toThrow(/truncated/);
  });
});

describe('uvarint', () => {
  test('returns every number as it was, with the size it predicted', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 0xffff_ffff }), (value) => {
        const hex = hexOf(writeUvarintAt, value);

        expect(hex.length / 2).toBe(sizeOfUvarint(value));
        expect(readerOf(hex).readUvarint()).toBe(value);
      }),
    );
  });
});

describe('varlong', () => {
  const edges = [31, 32, 34, 35, 41, 42, 48, 49, 52].flatMap((power) =>
    [-1, 0, 1].flatMap((step) => [2 ** power + step, -(2 ** power) + step]),
  );

  test.each([...edges, Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER])(
    'takes %d to the bytes of the definition and back',
    (value) => {
      const hex = hexOf(writeVarlongAt, value);

      expect(hex).toBe(referenceVarlong(value));
      expect(hex.length / 2).toBe(sizeOfVarlong(value));
      expect(readerOf(hex).readVarlong()).toBe(value);
    },
  );

  test('does so for every safe integer', () => {
    fc.assert(
      fc.property(fc.maxSafeInteger(), (value) => {
        const hex = hexOf(writeVarlongAt, value);

        expect(hex).toBe(referenceVarlong(value));
        expect(hex.length / 2).toBe(sizeOfVarlong(value));
        expect(readerOf(hex).readVarlong()).toBe(value);
      }),
    );
  });

  test('refuses a number beyond 2^53', () => {
    expect(() => readerOf('feffffffffffffffff01').readVarlong()).toThrow(/beyond 2\^53/);
  });

  test('refuses more than 64 bits', () => {
    expect(() => readerOf('ffffffffffffffffff02').readVarlong()).toThrow(/longer than 64 bits/);
  });
});
