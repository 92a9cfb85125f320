import { describe, expect, it } from 'vitest';
import type { Codec } from '../../../../src/record/codec.ts';
import { CODEC_NAMES } from '../../../../src/record/codec.ts';
import { loadCodec } from '../../../../src/record/compression.ts';
import { bytesOf } from '../batches.ts';

const codecs = await Promise.all(CODEC_NAMES.map(loadCodec));
const packing = codecs.filter(({ compressInPool }) => compressInPool !== undefined);
const unpacking = codecs.filter(({ decompressInPool }) => decompressInPool !== undefined);

const words = bytesOf('line of a log\n'.repeat(10_000));

const pack = async (codec: Codec): Promise<Uint8Array | undefined> => codec.compressInPool?.(words);
const unpack = async (codec: Codec, bytes: Uint8Array, maxBytes = words.length) =>
  codec.decompressInPool?.(bytes, maxBytes);

describe('in the thread pool', () => {
  it('gzip, which is the slowest, and lz4 work', () => {
    expect(packing.map(({ name }) => name)).toEqual(expect.arrayContaining(['gzip', 'lz4']));
    expect(unpacking.map(({ name }) => name)).toEqual(expect.arrayContaining(['gzip', 'lz4']));
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
