import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ByteReader } from '../../../../src/base/bytes/reader.ts';
import { ByteWriter } from '../../../../src/base/bytes/writer.ts';
import { OttlaError } from '../../../../src/base/errors.ts';

const codeOf = (act: () => unknown): string => {
  try {
    act();
  } catch (error) {
    return error instanceof OttlaError ? error.code : String(error);
  }
  return 'no error';
};

describe('writer and reader', () => {
  test('return every field as it was written, from a buffer that had to grow', () => {
    const writer = new ByteWriter(16);

    writer.writeInt8(-5).writeInt16(-300).writeInt32(-70_000).writeInt64(-5_000_000_000);
    writer
      .writeVarint(-9)
      .writeVarlong(2 ** 40)
      .writeUvarint(0xffff_ffff)
      .writeUtf8('zürau');
    writer.writeBytes(Uint8Array.of(1, 2, 3));

    const reader = new ByteReader(writer.bytes());
    expect(reader.readInt8()).toBe(-5);
    expect(reader.readInt16()).toBe(-300);
    expect(reader.readInt32()).toBe(-70_000);
    expect(reader.readInt64()).toBe(-5_000_000_000);
    expect(reader.readVarint()).toBe(-9);
    expect(reader.readVarlong()).toBe(2 ** 40);
    expect(reader.readUvarint()).toBe(0xffff_ffff);
    expect(reader.readUtf8(6)).toBe('zürau');
    expect([...reader.readBytes(3)]).toEqual([1, 2, 3]);
    expect(reader.remainingBytes).toBe(0);
  });

  test.each([
    ['writeInt8', '07'],
    ['writeInt16', '0007'],
    ['writeInt32', '00000007'],
    ['writeInt64', '0000000000000007'],
    ['writeVarint', '0e'],
    ['writeVarlong', '0e'],
    ['writeUvarint', '07'],
  ] as const)(
    'keep what %s wrote when it was the write that made the buffer grow',
    (method, hex) => {
      const writer = new ByteWriter(16).writeBytes(new Uint8Array(16));

      writer[method](7);

      expect(Buffer.from(writer.bytes().subarray(16)).toString('hex')).toBe(hex);
    },
  );

  test('keep text and arrays that made the buffer grow', () => {
    const writer = new ByteWriter(16).writeUtf8('a'.repeat(20)).writeBytes(Buffer.alloc(40, 'b'));

    expect(Buffer.from(writer.bytes()).toString()).toBe('a'.repeat(20) + 'b'.repeat(40));
  });

  test('patch what was skipped', () => {
    const writer = new ByteWriter().skip(4).writeInt8(7);

    writer.patchInt32(0, 0x01020304);

    expect([...writer.bytes()]).toEqual([1, 2, 3, 4, 7]);
  });

  test('keep all bytes of any sequence of writes', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 20 }), (parts) => {
        const writer = new ByteWriter();

        for (const part of parts) writer.writeBytes(part);

        expect(Buffer.from(writer.bytes()).equals(Buffer.concat(parts))).toBe(true);
        expect(writer.sizeBytes).toBe(Buffer.concat(parts).length);
      }),
    );
  });

  test('refuse to write a number that 64 bits of ours cannot hold exactly', () => {
    expect(() => new ByteWriter().writeInt64(2 ** 53)).toThrow(/safe integer/);
    expect(() => new ByteWriter().writeVarlong(0.5)).toThrow(/safe integer/);
  });
});

describe('the reader', () => {
  test('hands out views of its input, not copies', () => {
    const input = Uint8Array.of(0, 1, 2, 3).subarray(1);

    const view = new ByteReader(input, 1).readBytes(2);
    input[1] = 9;

    expect([...view]).toEqual([9, 3]);
  });

  test('hands out plain arrays from a Buffer too', () => {
    expect(Buffer.isBuffer(new ByteReader(Buffer.from('abc')).readBytes(2))).toBe(false);
  });

  test.each([
    ['readInt8', 0],
    ['readInt16', 1],
    ['readInt32', 3],
    ['readUint32', 3],
    ['readInt64', 7],
    ['readVarint', 0],
    ['readVarlong', 0],
  ] as const)('%s fails as corrupt on %d bytes', (method, sizeBytes) => {
    const reader = new ByteReader(new Uint8Array(sizeBytes));

    expect(codeOf(() => reader[method]())).toBe('CORRUPT_MESSAGE');
  });

  test.each([4, -1, 2_147_483_647])('refuses a length of %d where 3 bytes remain', (length) => {
    const reader = new ByteReader(new Uint8Array(3));

    expect(codeOf(() => reader.readBytes(length))).toBe('CORRUPT_MESSAGE');
  });

  test('stops at its end though the array goes on', () => {
    const reader = new ByteReader(new Uint8Array(10), 2, 4);

    expect(reader.remainingBytes).toBe(2);
    expect(codeOf(() => reader.readInt32())).toBe('CORRUPT_MESSAGE');
  });

  test('refuses a range outside its array', () => {
    expect(codeOf(() => new ByteReader(new Uint8Array(3), 0, 4))).toBe('CORRUPT_MESSAGE');
  });

  test('refuses a 64-bit number beyond 2^53', () => {
    const reader = new ByteReader(Buffer.from('7fffffffffffffff', 'hex'));

    expect(codeOf(() => reader.readInt64())).toBe('CORRUPT_MESSAGE');
  });
});
