import { describe, expect, it } from 'vitest';
import { loadCodec } from '../../../src/record/compression.ts';
import { firstRecordFrom } from '../../../src/record/first-record.ts';
import { batchOf, changed, record } from './batches.ts';

const BOUND_BYTES = 1 << 20;
const CODEC_AT = 21 + 1;
const RECORDS_AT = 61;

/** Offsets 0 to 2, a second apart. */
const three = [1000, 2000, 3000].map((timestampMs) => record({ timestampMs }));

const first = (batch: Uint8Array, fromOffset: number) =>
  firstRecordFrom(batch, { fromOffset, maxDecompressedBytes: BOUND_BYTES });

describe('the first record from an offset on', () => {
  it('is in the middle of its batch', async () => {
    expect(await first(batchOf(three), 1)).toMatchObject({ offset: 1, timestampMs: 2000 });
  });

  it('is found in a compressed batch, exactly', async () => {
    const codec = await loadCodec('gzip');

    expect(await first(batchOf(three, { codec }), 2)).toMatchObject({ timestampMs: 3000 });
  });

  it('is the first of a batch that begins behind it', async () => {
    expect(await first(batchOf(three), -1)).toMatchObject({ offset: 0, timestampMs: 1000 });
  });

  it('is nowhere in a batch that ends before it', async () => {
    expect(await first(batchOf(three), 3)).toBeUndefined();
  });

  it('has the time of the header where a client wrote what cannot be read', async () => {
    const spoilt = changed(batchOf(three), (view) => view.fill(0xff, RECORDS_AT));

    expect(await first(spoilt, 1)).toEqual({ offset: 1, timestampMs: 1000 });
  });

  it('has no codec that anyone knows, and the time of the header', async () => {
    const strange = changed(batchOf(three), (view) => view.writeUInt8(7, CODEC_AT));

    expect(await first(strange, 0)).toEqual({ offset: 0, timestampMs: 1000 });
  });
});
