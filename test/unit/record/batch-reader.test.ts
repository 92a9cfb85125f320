import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { stampBatch, stampLogAppendTime } from '../../../src/record/batch-header.ts';
import { decodeBatch, missingCodec } from '../../../src/record/batch-reader.ts';
import { CODEC_NAMES } from '../../../src/record/codec.ts';
import { loadCodec } from '../../../src/record/compression.ts';
import type { EncodableRecord } from '../../../src/record/record.ts';
import { batchOf, bytesOf, changed, codeThrownBy, record } from './batches.ts';

const nullable = fc.option(fc.uint8Array({ maxLength: 200 }), { nil: null });
const anyRecord: fc.Arbitrary<EncodableRecord> = fc.record({
  key: nullable,
  value: nullable,
  headers: fc.array(fc.record({ key: fc.string({ unit: 'grapheme' }), value: nullable }), {
    maxLength: 4,
  }),
  timestampMs: fc.integer({ min: -(2 ** 48), max: 2 ** 48 }),
});

/** The batch of one record whose bytes after the length are `body` in hex. */
const batchWithBody = (body: string): Uint8Array =>
  changed(
    Buffer.concat([batchOf([record()]).subarray(0, 62), Buffer.from(body, 'hex')]),
    (bytes) => {
      bytes.writeInt32BE(bytes.length - 12, 8);
      bytes.writeInt8((bytes.length - 62) * 2, 61);
    },
  );

// No codec is loaded before this one: its order in the file matters, and it says so.
test('a batch of a codec that is not loaded names what is missing', async () => {
  const batch = changed(batchOf([record()]), (bytes) => bytes.writeInt16BE(2, 21));

  expect(missingCodec(batch)).toBe('snappy');
  expect(codeThrownBy(() => decodeBatch(batch))).toBe('UNSUPPORTED_COMPRESSION_TYPE');

  await loadCodec('snappy');
  expect(missingCodec(batch)).toBeUndefined();
});

describe('decoding', () => {
  beforeAll(async () => {
    await Promise.all(CODEC_NAMES.map(loadCodec));
  });

  test.each(CODEC_NAMES)('returns the records as they were appended, under %s', async (name) => {
    const codec = await loadCodec(name);
    fc.assert(
      fc.property(fc.array(anyRecord, { minLength: 1, maxLength: 20 }), (records) => {
        const batch = batchOf(records, { codec });
        stampBatch(batch, { baseOffset: 1_000_000, partitionLeaderEpoch: 3 });

        const decoded = decodeBatch(batch).records;

        expect(decoded).toEqual(
          records.map((each, index) => ({ ...each, offset: 1_000_000 + index })),
        );
      }),
      { numRuns: 40 },
    );
  });

  test('hands out views into an uncompressed batch', () => {
    const batch = batchOf([record({ value: bytesOf('abc') })]);

    const value = decodeBatch(batch).records[0]?.value;

    expect(value?.buffer).toBe(batch.buffer);
  });

  test.each([
    { endMs: Number.MAX_SAFE_INTEGER, deltaMs: 5 },
    { endMs: Number.MIN_SAFE_INTEGER, deltaMs: -5 },
  ])('stops at $endMs where base and delta lead beyond it', ({ endMs, deltaMs }) => {
    const sent = [record({ timestampMs: 1000 }), record({ timestampMs: 1000 + deltaMs })];
    const batch = changed(batchOf(sent), (view) => view.writeBigInt64BE(BigInt(endMs), 27));

    const times = decodeBatch(batch).records.map((each) => each.timestampMs);

    expect(times).toEqual([endMs, endMs]);
  });

  test('gives all records of a log-append-time batch its maximum timestamp', () => {
    const batch = batchOf([record({ timestampMs: 1 }), record({ timestampMs: 2 })]);
    stampLogAppendTime(batch, 9000);

    const times = decodeBatch(batch).records.map((each) => each.timestampMs);

    expect(times).toEqual([9000, 9000]);
  });

  test('flags a control batch', () => {
    const batch = changed(batchOf([record()]), (bytes) => bytes.writeInt16BE(0x30, 21));

    expect(decodeBatch(batch)).toMatchObject({ isControl: true, isTransactional: true });
  });

  test('keeps the gaps that compaction left', () => {
    const batch = changed(batchOf([record()]), (bytes) => {
      bytes.writeInt32BE(9, 23);
      bytes.writeInt8(2 * 4, 64);
    });

    expect(decodeBatch(batch).records.map((each) => each.offset)).toEqual([4]);
  });

  test('finds no records in a bare header, whatever codec it names', () => {
    const bare = changed(batchOf([record()]).subarray(0, 61), (bytes) => {
      bytes.writeInt32BE(49, 8);
      bytes.writeInt16BE(4, 21);
      bytes.writeInt32BE(0, 57);
    });

    expect(decodeBatch(bare).records).toEqual([]);
  });

  test('stops a decompression at its bound', async () => {
    const codec = await loadCodec('zstd');
    const batch = batchOf([record({ value: new Uint8Array(100_000) })], { codec });

    const decode = () => decodeBatch(batch, { maxDecompressedBytes: 50_000 });

    expect(codeThrownBy(decode)).toBe('CORRUPT_MESSAGE');
  });
});

describe('the CRC', () => {
  const damaged = (): Uint8Array =>
    changed(batchOf([record()]), (bytes) => bytes.writeInt8(0x58, 68), 'unsummed');

  test('is verified by default', () => {
    expect(codeThrownBy(() => decodeBatch(damaged()))).toBe('CORRUPT_MESSAGE');
  });

  test('is left alone for bytes verified before', () => {
    const { records } = decodeBatch(damaged(), { verifyCrc: false });

    expect(records[0]?.value).toEqual(bytesOf('X'));
  });
});

describe('a batch whose sum is right and whose records are not, is corrupt:', () => {
  test.each([
    ['cut short inside a record', '000000026b02'],
    ['key longer than the record', '0000007e6b027600'],
    ['key length -2', '000000036b027600'],
    ['value longer than the record', '000000026b7e7600'],
    ['header count without headers', '000000026b027602'],
    ['header count -1', '000000026b027601'],
    ['header count beyond all bytes', '000000026b0276feffffff0f'],
    ['null header key', '000000026b0276020100'],
    ['bytes behind the headers', '000000026b02760000'],
    ['offset delta -1', '000001026b027600'],
    ['offset delta past the last', '000002026b027600'],
    ['endless varlong', '00ffffffffffffffffffff026b027600'],
  ])('%s', (_name, body) => {
    expect(codeThrownBy(() => decodeBatch(batchWithBody(body)))).toBe('CORRUPT_MESSAGE');
  });

  test('and the body used for these is right where nothing is broken', () => {
    expect(codeThrownBy(() => decodeBatch(batchWithBody('000000026b027600')))).toBe('no error');
  });

  test.each([
    ['record length past the end', (bytes: Buffer) => bytes.writeInt8(18, 61)],
    ['record length before the end', (bytes: Buffer) => bytes.writeInt8(14, 61)],
    ['record length -1', (bytes: Buffer) => bytes.writeInt8(1, 61)],
    ['record count beyond all bytes', (bytes: Buffer) => bytes.writeInt32BE(2 ** 31 - 1, 57)],
    ['record count -1', (bytes: Buffer) => bytes.writeInt32BE(-1, 57)],
    ['bytes behind the last record', (bytes: Buffer) => bytes.writeInt32BE(0, 57)],
    ['magic 1', (bytes: Buffer) => bytes.writeInt8(1, 16)],
    ['codec 6', (bytes: Buffer) => bytes.writeInt16BE(6, 21)],
    ['a length that is not its own', (bytes: Buffer) => bytes.writeInt32BE(57, 8)],
  ])('%s', (_name, damage) => {
    expect(codeThrownBy(() => decodeBatch(changed(batchOf([record()]), damage)))).toBe(
      'CORRUPT_MESSAGE',
    );
  });

  test('and never anything but corrupt, wherever one byte is changed', () => {
    const batch = batchOf([record({ headers: [{ key: 'h', value: null }] }), record()]);
    fc.assert(
      fc.property(fc.nat(batch.length - 62), fc.nat(255), (at, byte) => {
        const bad = changed(batch, (bytes) => {
          bytes[61 + at] = byte;
        });

        expect(['no error', 'CORRUPT_MESSAGE']).toContain(codeThrownBy(() => decodeBatch(bad)));
      }),
    );
  });
});
