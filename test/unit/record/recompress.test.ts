import { describe, expect, it, vi } from 'vitest';
import { HEADER_BYTES } from '../../../src/record/batch-header.ts';
import { decodeBatch } from '../../../src/record/batch-reader.ts';
import type { CodecName } from '../../../src/record/codec.ts';
import { CODEC_NAMES, codecCodeOf } from '../../../src/record/codec.ts';
import { loadCodec } from '../../../src/record/compression.ts';
import { recompress } from '../../../src/record/recompress.ts';
import { batchOf, bytesOf, changed, record } from './batches.ts';

const RECORDS = [
  record({ timestampMs: 5000, value: bytesOf('again and again '.repeat(50)) }),
  record({ timestampMs: 4000, key: null, headers: [{ key: 'h', value: bytesOf('x') }] }),
  record({ timestampMs: 9000, value: null, headers: [{ key: 'h', value: null }] }),
];
const maxRecordsBytes = 10_000;
const PRODUCER = { producerId: 7, producerEpoch: 2, baseSequence: 41 };

const sentIn = async (name: CodecName): Promise<Uint8Array> =>
  batchOf(RECORDS, { ...PRODUCER, codec: await loadCodec(name) });

const PACKED = CODEC_NAMES.filter((name) => name !== 'none');
const pairs = CODEC_NAMES.flatMap((from) => CODEC_NAMES.map((to) => ({ from, to })));

describe('a batch that is recompressed', () => {
  it.each(pairs)(
    'from $from to $to has the same records under another codec',
    async ({ from, to }) => {
      const sent = await sentIn(from);
      const before = decodeBatch(sent);

      const batch = await recompress(sent, { target: to, maxRecordsBytes });

      const after = decodeBatch(batch);
      expect(after.records).toEqual(before.records);
      const { sizeBytes, crc } = after.header;
      expect(after.header).toEqual({
        ...before.header,
        attributes: codecCodeOf(to),
        sizeBytes,
        crc,
      });
      expect(after.header).toMatchObject({ ...PRODUCER, recordCount: 3, maxTimestampMs: 9000 });
      expect(sizeBytes).toBe(batch.length);
    },
  );

  it('is left as it was sent', async () => {
    const sent = await sentIn('none');
    const before = Buffer.from(sent);

    await recompress(sent, { target: 'gzip', maxRecordsBytes });

    expect(Buffer.from(sent)).toEqual(before);
  });

  it.each(PACKED)('is refused from %s where its records are larger than allowed', async (name) => {
    const options = { target: 'none', maxRecordsBytes: 700 } as const;

    const work = recompress(await sentIn(name), options);

    await expect(work).rejects.toMatchObject({ code: 'MESSAGE_TOO_LARGE' });
  });

  it('tells how large its records are', async () => {
    const sent = await sentIn('gzip');
    const { length } = await sentIn('none');
    const pack = vi.spyOn(await loadCodec('lz4'), 'compressInPool');
    const onOpened = vi.fn();

    await recompress(sent, { target: 'lz4', maxRecordsBytes, onOpened });

    expect(onOpened.mock.calls).toEqual([[length - HEADER_BYTES]]);
    const [opened, packed] = [onOpened, pack].map(({ mock }) => mock.invocationCallOrder[0] ?? 0);
    expect(opened).toBeLessThan(packed ?? 0);
    pack.mockRestore();
  });

  it('is refused, and nothing thrown that ends a broker, where it does not compress', async () => {
    const pack = vi.spyOn(await loadCodec('lz4'), 'compressInPool');
    pack.mockRejectedValue(new RangeError('too much'));

    const work = recompress(await sentIn('none'), { target: 'lz4', maxRecordsBytes });

    await expect(work).rejects.toMatchObject({ code: 'UNSUPPORTED_COMPRESSION_TYPE' });
    pack.mockRestore();
  });

  it.each(PACKED)('is refused where its records, in %s, do not decompress', async (name) => {
    const broken = changed(await sentIn(name), (view) => view.fill(0xff, 61));

    await expect(recompress(broken, { target: 'gzip', maxRecordsBytes })).rejects.toMatchObject({
      code: 'INVALID_RECORD',
    });
  });
});
