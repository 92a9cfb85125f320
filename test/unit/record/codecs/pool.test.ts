import * as zlib from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { Codec } from '../../../../src/record/codec.ts';
import { CODEC_NAMES } from '../../../../src/record/codec.ts';
import { loadCodec } from '../../../../src/record/compression.ts';
import { bytesOf } from '../batches.ts';

const snappy = await loadCodec('snappy');
const codecs = await Promise.all(CODEC_NAMES.map(loadCodec));
const packing = codecs.filter(({ compressInPool }) => compressInPool !== undefined);
const unpacking = codecs.filter(({ decompressInPool }) => decompressInPool !== undefined);

const words = bytesOf('line of a log\n'.repeat(10_000));

const pack = async (codec: Codec): Promise<Uint8Array | undefined> => codec.compressInPool?.(words);
const unpack = async (codec: Codec, bytes: Uint8Array, maxBytes = words.length) =>
  codec.decompressInPool?.(bytes, maxBytes);

/** Node has a zstd of its own from 22.15 on; the other library has no pool. */
const POOLED = ['gzip', 'snappy', 'lz4', ...('zstdDecompress' in zlib ? ['zstd'] : [])];

/** In the framing of snappy: so many blocks of one byte each. */
const tinyBlocks = (count: number): Uint8Array => {
  const block = Buffer.from([0, 0, 0, 3, 1, 0, 0x61]);
  const header = snappy.compress(new Uint8Array()).subarray(0, 16);
  return Buffer.concat([header, ...Array.from({ length: count }, () => block)]);
};

describe('in the thread pool', () => {
  it('every codec works whose library can', () => {
    expect(packing.map(({ name }) => name)).toEqual(POOLED);
    expect(unpacking.map(({ name }) => name)).toEqual(POOLED);
  });

  it('many small blocks of snappy are unpacked with the event loop free in between', async () => {
    let turns = 0;
    const turn = setInterval(() => {
      turns += 1;
    }, 0);

    const unpacked = await unpack(snappy, tinyBlocks(100_000), 100_000);
    clearInterval(turn);

    expect(Buffer.from(unpacked ?? []).toString()).toBe('a'.repeat(100_000));
    expect(turns).toBeGreaterThan(2);
  });

  it.each(packing)('$name packs what it unpacks outside of it', async (codec) => {
    const packed = (await pack(codec)) ?? words;

    expect(packed.length).toBeLessThan(words.length / 10);
    expect(Buffer.from(codec.decompress(packed, words.length)).equals(words)).toBe(true);
  });

  it.each(unpacking)('$name unpacks a view into larger memory', async (codec) => {
    const packed = codec.compress(words);
    const inside = Buffer.concat([Buffer.alloc(3), packed, Buffer.alloc(3)]).subarray(3, -3);

    const unpacked = (await unpack(codec, inside)) ?? packed;

    expect(Buffer.from(unpacked).equals(words)).toBe(true);
  });

  it.each(unpacking)('$name refuses an output above its bound, and damage', async (codec) => {
    const packed = codec.compress(words);
    const broken = Uint8Array.from(packed).fill(0xff, 8);
    const isCorrupt = { code: 'CORRUPT_MESSAGE' };

    await expect(unpack(codec, packed, words.length - 1)).rejects.toMatchObject(isCorrupt);
    await expect(unpack(codec, broken)).rejects.toMatchObject(isCorrupt);
  });
});
