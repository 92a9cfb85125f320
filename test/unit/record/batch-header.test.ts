import { describe, expect, test } from 'vitest';
import {
  batchSizeAt,
  codecOf,
  isControl,
  isLogAppendTime,
  isTransactional,
  nextOffsetOf,
  readBatchHeader,
  splitBatches,
  stampBatch,
  stampLogAppendTime,
  stampProducer,
  verifyCrc,
} from '../../../src/record/batch-header.ts';
import { batchOf, changed, codeThrownBy, hexOf, record } from './batches.ts';

/** Laid out by hand and summed by a bitwise CRC: one record, key `k`, value `v`, at 1000 ms. */
const GOLDEN =
  '0000000000000000' + // baseOffset 0
  '0000003a' + // batchLength 58
  'ffffffff' + // partitionLeaderEpoch -1
  '02' + // magic
  '716a6189' + // crc
  '0000' + // attributes
  '00000000' + // lastOffsetDelta 0
  '00000000000003e8' + // baseTimestamp 1000
  '00000000000003e8' + // maxTimestamp 1000
  'ffffffffffffffff' + // producerId -1
  'ffff' + // producerEpoch -1
  'ffffffff' + // baseSequence -1
  '00000001' + // recordCount 1
  '10000000026b027600'; // length 8, attributes, deltas, key, value, no headers

const golden = (): Buffer => Buffer.from(GOLDEN, 'hex');

describe('the layout of a batch', () => {
  test('is that of the format, byte for byte', () => {
    expect(hexOf(batchOf([record()]))).toBe(GOLDEN);
  });

  test('is read field for field', () => {
    const bytes = golden();
    bytes.writeBigInt64BE(77n, 0);
    bytes.writeInt32BE(5, 12);
    bytes.writeInt16BE(0x14, 21);
    bytes.writeInt32BE(9, 23);
    bytes.writeBigInt64BE(2000n, 35);
    bytes.writeBigInt64BE(2n ** 40n, 43);
    bytes.writeInt16BE(3, 51);
    bytes.writeInt32BE(11, 53);

    expect(readBatchHeader(bytes)).toEqual({
      baseOffset: 77,
      sizeBytes: 70,
      partitionLeaderEpoch: 5,
      magic: 2,
      crc: 0x716a6189,
      attributes: 0x14,
      lastOffsetDelta: 9,
      baseTimestampMs: 1000,
      maxTimestampMs: 2000,
      producerId: 2 ** 40,
      producerEpoch: 3,
      baseSequence: 11,
      recordCount: 1,
    });
  });

  test('is read at any position', () => {
    const bytes = Buffer.concat([Buffer.alloc(7), golden()]);

    expect(readBatchHeader(bytes, 7)).toEqual(readBatchHeader(golden()));
  });

  test('ends one past the last offset, also where compaction took the last records', () => {
    const header = { ...readBatchHeader(golden()), baseOffset: 100, lastOffsetDelta: 9 };

    expect(nextOffsetOf(header)).toBe(110);
  });

  test('fails as corrupt where the header is cut off', () => {
    expect(codeThrownBy(() => readBatchHeader(golden().subarray(0, 60)))).toBe('CORRUPT_MESSAGE');
  });

  test.each([0, 27, 35, 43])('fails as corrupt where the number at byte %d is too big', (at) => {
    const bytes = golden();
    bytes.writeBigInt64BE(2n ** 53n, at);

    expect(codeThrownBy(() => readBatchHeader(bytes))).toBe('CORRUPT_MESSAGE');
  });
});

describe('attributes', () => {
  test.each([
    [0x00, [0, false, false, false]],
    [0x04, [4, false, false, false]],
    [0x08, [0, true, false, false]],
    [0x13, [3, false, true, false]],
    [0x30, [0, false, true, true]],
  ])('%d is taken apart bit by bit', (attributes, [codec, appendTime, transactional, control]) => {
    expect(codecOf(attributes)).toBe(codec);
    expect(isLogAppendTime(attributes)).toBe(appendTime);
    expect(isTransactional(attributes)).toBe(transactional);
    expect(isControl(attributes)).toBe(control);
  });
});

describe('stamping', () => {
  test('leaves the CRC valid and unchanged, and changes 12 bytes only', () => {
    const batch = golden();

    stampBatch(batch, { baseOffset: 2 ** 40 + 3, partitionLeaderEpoch: 12 });

    expect(verifyCrc(batch)).toBe(true);
    expect(readBatchHeader(batch).baseOffset).toBe(2 ** 40 + 3);
    expect(readBatchHeader(batch).partitionLeaderEpoch).toBe(12);
    expect(batch.subarray(16).equals(golden().subarray(16))).toBe(true);
    expect(batchSizeAt(batch, 0)).toBe(70);
  });

  test('of another producer sums the batch anew', () => {
    const batch = golden();

    stampProducer(batch, { producerId: 42, producerEpoch: 1, baseSequence: 7 });

    expect(verifyCrc(batch)).toBe(true);
    expect(readBatchHeader(batch)).toMatchObject({
      producerId: 42,
      producerEpoch: 1,
      baseSequence: 7,
    });
  });

  test('of log-append time sums the batch anew and keeps the other attributes', () => {
    const batch = batchOf([record()], { isTransactional: true });

    stampLogAppendTime(batch, 5000);

    expect(verifyCrc(batch)).toBe(true);
    expect(readBatchHeader(batch)).toMatchObject({ attributes: 0x18, maxTimestampMs: 5000 });
  });
});

describe('the CRC', () => {
  test('notices every single damaged byte from the attributes on', () => {
    for (let at = 21; at < 70; at += 1) {
      const damaged = changed(
        golden(),
        (bytes) => {
          bytes[at] = (bytes[at] as number) ^ 0x01;
        },
        'unsummed',
      );

      expect(verifyCrc(damaged), `byte ${at}`).toBe(false);
    }
  });

  test('is not valid for what is shorter than a header', () => {
    expect(verifyCrc(golden().subarray(0, 20))).toBe(false);
  });
});

describe('a body of several batches', () => {
  test('is split at the batches', () => {
    const one = batchOf([record()]);
    const two = batchOf([record(), record()]);

    const spans = [...splitBatches(Buffer.concat([one, two]))];

    expect(spans).toEqual([
      { position: 0, sizeBytes: one.length },
      { position: one.length, sizeBytes: two.length },
    ]);
  });

  test.each([1, 11, 12, 69])('leaves out a last batch of which only %d bytes came', (cut) => {
    const body = Buffer.concat([golden(), golden().subarray(0, cut)]);

    expect([...splitBatches(body)]).toEqual([{ position: 0, sizeBytes: 70 }]);
  });

  test.each([-1, 0, 48])('fails as corrupt at a batch length of %d', (batchLength) => {
    const bad = changed(golden(), (bytes) => bytes.writeInt32BE(batchLength, 8));

    expect(codeThrownBy(() => [...splitBatches(bad)])).toBe('CORRUPT_MESSAGE');
  });

  test('has no size where the length field is cut off', () => {
    expect(batchSizeAt(golden().subarray(0, 11), 0)).toBeUndefined();
  });
});
