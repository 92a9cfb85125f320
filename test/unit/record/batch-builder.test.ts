import { describe, expect, test } from 'vitest';
import { BatchBuilder } from '../../../src/record/batch-builder.ts';
import { readBatchHeader, verifyCrc } from '../../../src/record/batch-header.ts';
import { decodeBatch } from '../../../src/record/batch-reader.ts';
import { loadCodec } from '../../../src/record/compression.ts';
import { bytesOf, record } from './batches.ts';

describe('the builder', () => {
  test('knows the exact size after every record', () => {
    const builder = new BatchBuilder({ maxBytes: 1 << 20 });
    builder.append(record({ headers: [{ key: 'zürau', value: null }] }));
    builder.append(record({ key: null, value: null, timestampMs: -(2 ** 45) }));
    builder.append(record({ value: new Uint8Array(5000) }));

    const promised = builder.sizeBytes;

    expect(builder.build().length).toBe(promised);
  });

  test('refuses the record that would carry it over its limit and stays as it was', () => {
    const builder = new BatchBuilder({ maxBytes: 80 });
    builder.append(record());

    const taken = builder.append(record({ value: new Uint8Array(50) }));

    expect(taken).toBe(false);
    expect([builder.count, builder.sizeBytes]).toEqual([1, 70]);
    expect(decodeBatch(builder.build()).records).toHaveLength(1);
  });

  test('takes a record that fills it to the last byte', () => {
    const builder = new BatchBuilder({ maxBytes: 79 });
    builder.append(record());

    expect(builder.append(record())).toBe(true);
    expect(builder.sizeBytes).toBe(79);
  });

  test('takes any first record, above its limit too', () => {
    const builder = new BatchBuilder({ maxBytes: 80 });

    expect(builder.append(record({ value: new Uint8Array(500) }))).toBe(true);
  });

  test('keeps nothing of a record whose arrays the caller reuses', () => {
    const value = bytesOf('first');
    const builder = new BatchBuilder({ maxBytes: 1000 });
    builder.append(record({ value }));

    value.set(bytesOf('other'));

    expect(decodeBatch(builder.build()).records[0]?.value).toEqual(bytesOf('first'));
  });

  test('writes producer, transaction and times of the batch into its header', () => {
    const builder = new BatchBuilder({ maxBytes: 1000, isTransactional: true });
    for (const timestampMs of [2000, 5000, 1000]) builder.append(record({ timestampMs }));

    const batch = builder.build({ producerId: 9, producerEpoch: 2, baseSequence: 30 });

    expect(readBatchHeader(batch)).toMatchObject({
      attributes: 0x10,
      lastOffsetDelta: 2,
      recordCount: 3,
      baseTimestampMs: 2000,
      maxTimestampMs: 5000,
      producerId: 9,
      producerEpoch: 2,
      baseSequence: 30,
    });
  });

  test('compresses the records and nothing of the header', async () => {
    const builder = new BatchBuilder({ maxBytes: 1 << 20 });
    for (let index = 0; index < 100; index += 1) builder.append(record());

    const plainBytes = builder.sizeBytes;

    const batch = builder.build({ codec: await loadCodec('gzip') });

    expect(verifyCrc(batch)).toBe(true);
    expect(readBatchHeader(batch)).toMatchObject({ attributes: 1, recordCount: 100 });
    expect(batch.length).toBeLessThan(plainBytes / 2);
  });

  test('is spent after it has built', () => {
    const builder = new BatchBuilder({ maxBytes: 1000 });
    builder.append(record());
    builder.build();

    expect(() => builder.append(record())).toThrow(/after it was built/);
    expect(() => builder.build()).toThrow(/built once/);
  });

  test('builds no batch of no records', () => {
    expect(() => new BatchBuilder({ maxBytes: 1000 }).build()).toThrow(/at least one record/);
  });
});
