import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Codec } from '../../../../src/record/codec.ts';
import { CODEC_NAMES, codecCodeOf, codecNameOf } from '../../../../src/record/codec.ts';
import { codecIfLoaded, loadCodec } from '../../../../src/record/compression.ts';
import { bytesOf, codeThrownBy } from '../batches.ts';

const loaded = new Map<string, Codec>();
const codec = (name: string): Codec => {
  const found = loaded.get(name);
  if (found === undefined) throw new Error(`${name} was not loaded`);
  return found;
};

beforeAll(async () => {
  for (const name of CODEC_NAMES) loaded.set(name, await loadCodec(name));
});

const COMPRESSING = CODEC_NAMES.filter((name) => name !== 'none');
const lines = (count: number): Uint8Array =>
  bytesOf(Array.from({ length: count }, (_, index) => `line ${index % 97} of a log\n`).join(''));

describe('codecs', () => {
  test('have the numbers of the format', () => {
    expect(CODEC_NAMES.map(codecCodeOf)).toEqual([0, 1, 2, 3, 4]);
    expect(CODEC_NAMES.map((name) => codec(name).code)).toEqual([0, 1, 2, 3, 4]);
    expect([5, 6, 7].map(codecNameOf)).toEqual([undefined, undefined, undefined]);
  });

  test('once loaded are found by their number', () => {
    expect(codecIfLoaded(3)).toBe(codec('lz4'));
    expect(codecIfLoaded(5)).toBeUndefined();
  });
});

describe.each(CODEC_NAMES)('%s', (name) => {
  test('returns any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 5000 }), (bytes) => {
        const packed = codec(name).compress(bytes);

        expect(Buffer.from(codec(name).decompress(packed, 5000)).equals(bytes)).toBe(true);
      }),
      { numRuns: 50 },
    );
  });

  test('returns a megabyte, from views into larger memory too', () => {
    const bytes = lines(60_000);
    const packed = codec(name).compress(bytes);
    const inside = Buffer.concat([Buffer.alloc(3), packed, Buffer.alloc(3)]).subarray(3, -3);

    const unpacked = codec(name).decompress(inside, bytes.length);

    expect(Buffer.from(unpacked).equals(bytes)).toBe(true);
  });

  test('refuses an output one byte above the bound', () => {
    const bytes = lines(60_000);
    const packed = codec(name).compress(bytes);

    const act = () => codec(name).decompress(packed, bytes.length - 1);

    expect(codeThrownBy(act)).toBe('CORRUPT_MESSAGE');
  });
});

describe.each(COMPRESSING)('%s, given damaged input,', (name) => {
  test('makes records that repeat much smaller', () => {
    expect(codec(name).compress(lines(1000)).length).toBeLessThan(5000);
  });

  test.each([0, 1, 5, 11])('refuses its first %d bytes', (sizeBytes) => {
    const packed = codec(name).compress(lines(100)).subarray(0, sizeBytes);

    expect(codeThrownBy(() => codec(name).decompress(packed, 1e6))).toBe('CORRUPT_MESSAGE');
  });

  test('refuses all but its last byte', () => {
    const packed = codec(name).compress(lines(100)).subarray(0, -1);

    expect(codeThrownBy(() => codec(name).decompress(packed, 1e6))).toBe('CORRUPT_MESSAGE');
  });

  test('refuses plain text', () => {
    const act = () => codec(name).decompress(bytesOf('this was never compressed'), 1e6);

    expect(codeThrownBy(act)).toBe('CORRUPT_MESSAGE');
  });

  test('throws nothing but corrupt, wherever a byte is changed, and stays usable', () => {
    const bytes = lines(100);
    const packed = codec(name).compress(bytes);
    fc.assert(
      fc.property(fc.nat(packed.length - 1), fc.nat(255), (at, byte) => {
        const bad = Buffer.from(packed);
        bad[at] = byte;

        const code = codeThrownBy(() => codec(name).decompress(bad, 100_000));

        expect(['no error', 'CORRUPT_MESSAGE']).toContain(code);
      }),
      { numRuns: 200 },
    );
    expect(Buffer.from(codec(name).decompress(packed, 1e6)).equals(bytes)).toBe(true);
  });

  test('says why on one line', () => {
    const act = () => codec(name).decompress(bytesOf('this was never compressed'), 1e6);

    expect(act).toThrow(new RegExp(`^${name} data: [^\\n]+$`));
  });
});

describe('gzip', () => {
  test('reads several members as one', () => {
    const packed = Buffer.concat([gzipSync('one '), gzipSync('two')]);

    expect(Buffer.from(codec('gzip').decompress(packed, 7)).toString()).toBe('one two');
  });
});
