import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  readInt8At,
  readInt16At,
  readInt32At,
  readInt64At,
  readUint32At,
  writeInt16At,
  writeInt32At,
  writeInt64At,
} from '../../../../src/base/bytes/big-endian.ts';

const bytesOf = (hex: string): Uint8Array => new Uint8Array(Buffer.from(hex, 'hex'));

describe('big-endian integers', () => {
  test('reads negative numbers with their sign', () => {
    expect(readInt8At(bytesOf('ff'), 0)).toBe(-1);
    expect(readInt16At(bytesOf('fffe'), 0)).toBe(-2);
    expect(readInt32At(bytesOf('80000000'), 0)).toBe(-2_147_483_648);
    expect(readInt64At(bytesOf('ffffffffffffffff'), 0)).toBe(-1);
  });

  test('reads the highest unsigned number as such', () => {
    expect(readUint32At(bytesOf('ffffffff'), 0)).toBe(4_294_967_295);
  });

  test.each([
    [Number.MAX_SAFE_INTEGER, '001fffffffffffff'],
    [Number.MIN_SAFE_INTEGER, 'ffe0000000000001'],
    [-4_294_967_296, 'ffffffff00000000'],
    [4_294_967_295, '00000000ffffffff'],
  ])('writes %d as %s', (value, hex) => {
    const bytes = new Uint8Array(8);

    writeInt64At(bytes, 0, value);

    expect(Buffer.from(bytes).toString('hex')).toBe(hex);
  });

  test('says by an unsafe result that a number lies beyond 2^53', () => {
    expect(Number.isSafeInteger(readInt64At(bytesOf('7fffffffffffffff'), 0))).toBe(false);
    expect(Number.isSafeInteger(readInt64At(bytesOf('8000000000000000'), 0))).toBe(false);
    expect(Number.isSafeInteger(readInt64At(bytesOf('0020000000000000'), 0))).toBe(false);
  });

  test.each([2 ** 53, -(2 ** 53), 0.5, Number.NaN, Number.POSITIVE_INFINITY])(
    'does not write %d, which would be another number when it is read',
    (value) => {
      const bytes = new Uint8Array(8);

      expect(() => writeInt64At(bytes, 0, value)).toThrow(/safe integer, not/);
      expect(bytes).toEqual(new Uint8Array(8));
    },
  );

  test('agrees with Buffer on every 64-bit number', () => {
    fc.assert(
      fc.property(fc.maxSafeInteger(), (value) => {
        const bytes = Buffer.alloc(8);

        writeInt64At(bytes, 0, value);

        expect(bytes.readBigInt64BE(0)).toBe(BigInt(value));
        expect(readInt64At(bytes, 0)).toBe(value);
      }),
    );
  });

  test('agrees with Buffer on every 16 and 32-bit number', () => {
    fc.assert(
      fc.property(fc.integer(), fc.integer({ min: -32_768, max: 32_767 }), (wide, narrow) => {
        const bytes = Buffer.alloc(6);

        writeInt32At(bytes, 0, wide);
        writeInt16At(bytes, 4, narrow);

        expect([bytes.readInt32BE(0), bytes.readInt16BE(4)]).toEqual([wide, narrow]);
        expect([readInt32At(bytes, 0), readInt16At(bytes, 4)]).toEqual([wide, narrow]);
      }),
    );
  });
});
