import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { Codec } from '../../../../src/record/codec.ts';
import { CODEC_NAMES } from '../../../../src/record/codec.ts';
import { loadCodec } from '../../../../src/record/compression.ts';
import { bytesOf } from '../batches.ts';

const snappy = await loadCodec('snappy');
const codecs = await Promise.all(CODEC_NAMES.filter((name) => name !== 'none').map(loadCodec));
const words = bytesOf('line of a log\n'.repeat(10_000));
/** More than any codec works on at once. */
const noise = randomBytes(200_000);

const unpack = (codec: Codec, bytes: Uint8Array, maxBytes = words.length): Promise<Uint8Array> =>
  codec.decompressInPool(bytes, maxBytes);

/** Whether it ends only after something else had its turn: promises alone do not bring it about. */
const leavesTheLoop = async (work: Promise<unknown>): Promise<boolean> => {
  let isDone = false;
  const end = work.then(() => {
    isDone = true;
  });
  for (let turns = 0; turns < 100; turns += 1) await undefined;
  const isAway = !isDone;
  await end;
  return isAway;
};

/** In the framing of snappy: so many blocks of one byte each. */
const tinyBlocks = (count: number): Uint8Array => {
  const block = Buffer.from([0, 0, 0, 3, 1, 0, 0x61]);
  const header = snappy.compress(new Uint8Array()).subarray(0, 16);
  return Buffer.concat([header, ...Array.from({ length: count }, () => block)]);
};

describe('in other threads', () => {
  it('many small blocks of snappy are unpacked with the event loop free in between', async () => {
    let turns = 0;
    const turn = setInterval(() => {
      turns += 1;
    }, 0);

    const unpacked = await unpack(snappy, tinyBlocks(100_000), 100_000);
    clearInterval(turn);

    expect(Buffer.from(unpacked).toString()).toBe('a'.repeat(100_000));
    expect(turns).toBeGreaterThan(2);
  });

  it.each(codecs)(
    '$name packs and unpacks what is large while others have a turn',
    async (codec) => {
      const packing = codec.compressInPool(noise);
      const isPackedAway = await leavesTheLoop(packing);
      const unpacking = unpack(codec, await packing, noise.length);
      const isUnpackedAway = await leavesTheLoop(unpacking);

      expect([isPackedAway, isUnpackedAway]).toEqual([true, true]);
      expect(noise.equals(await unpacking)).toBe(true);
    },
  );

  it.each(codecs)('$name packs what it unpacks outside of it', async (codec) => {
    const packed = await codec.compressInPool(words);

    expect(packed.length).toBeLessThan(words.length / 10);
    expect(Buffer.from(codec.decompress(packed, words.length)).equals(words)).toBe(true);
  });

  it.each(codecs)('$name unpacks a view into larger memory', async (codec) => {
    const packed = codec.compress(words);
    const inside = Buffer.concat([Buffer.alloc(3), packed, Buffer.alloc(3)]).subarray(3, -3);

    const unpacked = await unpack(codec, inside);

    expect(Buffer.from(unpacked).equals(words)).toBe(true);
  });

  it.each(codecs)('$name refuses an output above its bound, and damage', async (codec) => {
    const packed = codec.compress(words);
    const broken = Uint8Array.from(packed).fill(0xff, 8);
    const isCorrupt = { code: 'CORRUPT_MESSAGE' };

    await expect(unpack(codec, packed, words.length - 1)).rejects.toMatchObject(isCorrupt);
    await expect(unpack(codec, broken)).rejects.toMatchObject(isCorrupt);
  });
});
