import { compressSync, uncompressSync } from 'snappy';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Codec } from '../../../../src/record/codec.ts';
import { checkLz4Frame } from '../../../../src/record/codecs/lz4-frame.ts';
import { zstdFramesOf } from '../../../../src/record/codecs/zstd-frame.ts';
import { loadCodec } from '../../../../src/record/compression.ts';
import { bytesOf, codeThrownBy, hexOf } from '../batches.ts';

const fromHex = (hex: string): Uint8Array => new Uint8Array(Buffer.from(hex, 'hex'));
const TEXT = 'ottla ottla ottla ottla ottla ottla\n';
const textOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString();

describe('snappy', () => {
  let snappy: Codec;
  beforeAll(async () => {
    snappy = await loadCodec('snappy');
  });

  test('is written in the framing that Java reads: magic, versions, length, block', () => {
    const packed = Buffer.from(snappy.compress(bytesOf(TEXT)));

    expect(hexOf(packed.subarray(0, 16))).toBe('82534e4150505900' + '00000001' + '00000001');
    expect(packed.readInt32BE(16)).toBe(packed.length - 20);
    expect(uncompressSync(packed.subarray(20)).toString()).toBe(TEXT);
  });

  test('is read as the bare block that librdkafka writes', () => {
    const raw = compressSync(TEXT);

    expect(textOf(snappy.decompress(raw, 100))).toBe(TEXT);
  });

  test('is read in a framing of several chunks', () => {
    const chunk = (text: string): Buffer => {
      const block = compressSync(text);
      const length = Buffer.alloc(4);
      length.writeInt32BE(block.length);
      return Buffer.concat([length, block]);
    };
    const header = fromHex('82534e41505059000000000100000001');

    const packed = Buffer.concat([header, chunk('one '), chunk('two')]);

    expect(textOf(snappy.decompress(packed, 7))).toBe('one two');
    expect(codeThrownBy(() => snappy.decompress(packed, 6))).toBe('CORRUPT_MESSAGE');
  });

  test.each(['00', '000000', '00000000', 'ffffffff', '7fffffff', '0000000501'])(
    'is corrupt where a chunk of the framing reads %s',
    (chunk) => {
      const packed = fromHex(`82534e41505059000000000100000001${chunk}`);

      expect(codeThrownBy(() => snappy.decompress(packed, 100))).toBe('CORRUPT_MESSAGE');
    },
  );

  test('does not believe a block that declares two gigabytes', () => {
    expect(() => snappy.decompress(fromHex('ffffffff0700'), 1000)).toThrow(/more than the 1000/);
  });
});

describe('lz4', () => {
  let lz4: Codec;
  beforeAll(async () => {
    lz4 = await loadCodec('lz4');
  });

  /** Written by the reference tool: with and without content size, both with a content checksum. */
  const SIZED =
    '04224d186c402400000000000000ab100000006f6f74746c61200600065074746c610a00000000fc58cfe1';
  const STREAMED = '04224d186440a7100000006f6f74746c61200600065074746c610a00000000fc58cfe1';

  test.each([
    ['with', SIZED],
    ['without', STREAMED],
  ])('reads a frame of the reference tool %s content size', (_name, hex) => {
    expect(textOf(lz4.decompress(fromHex(hex), TEXT.length))).toBe(TEXT);
  });

  test.each([
    ['with', SIZED],
    ['without', STREAMED],
  ])('bounds a frame %s content size to the byte', (_name, hex) => {
    expect(() => checkLz4Frame(fromHex(hex), TEXT.length)).not.toThrow();
    expect(() => checkLz4Frame(fromHex(hex), TEXT.length - 1)).toThrow(/more than the 35/);
  });

  test('refuses a content checksum that does not match', () => {
    const bad = fromHex(STREAMED.replace(/e1$/, 'e2'));

    expect(codeThrownBy(() => lz4.decompress(bad, 100))).toBe('CORRUPT_MESSAGE');
  });

  test('refuses bytes behind the frame', () => {
    const packed = lz4.compress(bytesOf(TEXT));

    const act = () => lz4.decompress(Buffer.concat([packed, packed]), 1000);

    expect(act).toThrow(/left over/);
  });

  test('measures blocks whose cheap bound is above the limit', () => {
    const bytes = new Uint8Array(300_000);
    const packed = lz4.compress(bytes);

    expect(() => checkLz4Frame(packed, 300_000)).not.toThrow();
    expect(() => checkLz4Frame(packed, 299_999)).toThrow(/more than/);
  });
});

describe('zstd', () => {
  let zstd: Codec;
  beforeAll(async () => {
    zstd = await loadCodec('zstd');
  });

  /** Written by the reference tool: from a pipe without content size, from a file with it. */
  const STREAMED = '28b52ffd00586d0000386f74746c61200a0100b94b11';
  const SIZED = '28b52ffd20246d0000386f74746c61200a0100b94b11';

  test.each([STREAMED, SIZED])('reads a frame of the reference tool: %s', (hex) => {
    expect(textOf(zstd.decompress(fromHex(hex), TEXT.length))).toBe(TEXT);
    expect(codeThrownBy(() => zstd.decompress(fromHex(hex), TEXT.length - 1))).toBe(
      'CORRUPT_MESSAGE',
    );
  });

  test('reads frames in a row, skippable ones left out', () => {
    const packed = fromHex(`${STREAMED}502a4d1802000000ffff${SIZED}`);

    expect(textOf(zstd.decompress(packed, 2 * TEXT.length))).toBe(TEXT + TEXT);
    expect(codeThrownBy(() => zstd.decompress(packed, 2 * TEXT.length - 1))).toBe(
      'CORRUPT_MESSAGE',
    );
  });

  test('knows the content size only where the frame declares it', () => {
    const sizes = [STREAMED, SIZED].map((hex) => zstdFramesOf(fromHex(hex))[0]?.contentBytes);

    expect(sizes).toEqual([undefined, TEXT.length]);
  });

  test('does not believe a frame that declares more than its blocks can hold', () => {
    // One raw block of one byte under a declared size of 2^40.
    const liar = fromHex('28b52ffde0' + '0000000000010000' + '090000' + '41');

    expect(() => zstd.decompress(liar, 2 ** 41)).toThrow(/more than its blocks hold/);
  });

  test('does not allocate for a run-length block above the bound', () => {
    // A single segment of 2 MiB less one, in one run-length block.
    const bomb = fromHex('28b52ffda0' + 'ffff1f00' + 'fbffff' + '41');

    expect(() => zstd.decompress(bomb, 1000)).toThrow(/more than the 1000/);
  });

  test('refuses a reserved block type', () => {
    expect(() => zstd.decompress(fromHex('28b52ffd0058070000'), 100)).toThrow(/reserved/);
  });
});
