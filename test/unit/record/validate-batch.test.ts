import { describe, expect, test } from 'vitest';
import type { ErrorCode } from '../../../src/base/errors.ts';
import { validateBatch, validateStoredBatch } from '../../../src/record/validate-batch.ts';
import { batchOf, changed, record } from './batches.ts';

const LIMITS = { maxBytes: 1000 };
const IDEMPOTENT = { producerId: 7, producerEpoch: 0, baseSequence: 0 };

const sound = (): Uint8Array => batchOf([record(), record()], IDEMPOTENT);

const judge = (records: Uint8Array): ErrorCode | undefined => validateBatch(records, LIMITS)?.code;

describe('a produced batch', () => {
  test('passes when it is sound', () => {
    expect(judge(sound())).toBeUndefined();
  });

  test('passes without a producer id, whatever epoch and sequence say', () => {
    const batch = batchOf([record()], { producerId: -1, producerEpoch: 0, baseSequence: -1 });

    expect(judge(batch)).toBeUndefined();
  });

  test.each([7, 8, 9, 10, 11, 12, 13])(
    'passes with attribute bit %d, which means nothing',
    (bit) => {
      const batch = changed(sound(), (bytes) => bytes.writeUInt16BE(1 << bit, 21));

      expect(judge(batch)).toBeUndefined();
    },
  );

  test('passes at exactly the size limit', () => {
    const batch = sound();

    expect(validateBatch(batch, { maxBytes: batch.length })).toBeUndefined();
  });

  test('is too large one byte above the limit', () => {
    const batch = sound();

    const fault = validateBatch(batch, { maxBytes: batch.length - 1 });

    expect(fault?.code).toBe('MESSAGE_TOO_LARGE');
  });

  test('is refused when there is none', () => {
    expect(judge(new Uint8Array(0))).toBe('INVALID_RECORD');
  });

  test('is refused when a second one follows', () => {
    expect(judge(Buffer.concat([sound(), sound()]))).toBe('INVALID_RECORD');
  });

  test.each([1, 16, 17, 60, 70])('is corrupt when only %d bytes of it came', (sizeBytes) => {
    expect(judge(sound().subarray(0, sizeBytes))).toBe('CORRUPT_MESSAGE');
  });
});

describe('a broken header field, the sum being right, is refused:', () => {
  const damages: [string, (bytes: Buffer) => unknown, ErrorCode][] = [
    ['base offset 1', (bytes) => bytes.writeBigInt64BE(1n, 0), 'INVALID_RECORD'],
    ['batch length 48', (bytes) => bytes.writeInt32BE(48, 8), 'CORRUPT_MESSAGE'],
    ['batch length -1', (bytes) => bytes.writeInt32BE(-1, 8), 'CORRUPT_MESSAGE'],
    ['batch length past the end', (bytes) => bytes.writeInt32BE(9999, 8), 'CORRUPT_MESSAGE'],
    ['batch length before the end', (bytes) => bytes.writeInt32BE(60, 8), 'INVALID_RECORD'],
    ['magic 1', (bytes) => bytes.writeInt8(1, 16), 'INVALID_RECORD'],
    ['magic 3', (bytes) => bytes.writeInt8(3, 16), 'INVALID_RECORD'],
    ['codec 5', (bytes) => bytes.writeInt16BE(5, 21), 'CORRUPT_MESSAGE'],
    ['codec 7', (bytes) => bytes.writeInt16BE(7, 21), 'CORRUPT_MESSAGE'],
    ['log-append time', (bytes) => bytes.writeInt16BE(0x08, 21), 'INVALID_TIMESTAMP'],
    ['control bit', (bytes) => bytes.writeInt16BE(0x20, 21), 'INVALID_RECORD'],
    ['delete-horizon bit', (bytes) => bytes.writeInt16BE(0x40, 21), 'INVALID_RECORD'],
    ['delivery bit', (bytes) => bytes.writeUInt16BE(0x4000, 21), 'INVALID_RECORD'],
    ['held bit', (bytes) => bytes.writeUInt16BE(0x8000, 21), 'INVALID_RECORD'],
    ['last offset delta', (bytes) => bytes.writeInt32BE(2, 23), 'INVALID_RECORD'],
    ['huge base time', (bytes) => bytes.writeBigInt64BE(2n ** 60n, 27), 'INVALID_TIMESTAMP'],
    ['huge max time', (bytes) => bytes.writeBigInt64BE(2n ** 60n, 35), 'INVALID_TIMESTAMP'],
    ['huge producer id', (bytes) => bytes.writeBigInt64BE(2n ** 60n, 43), 'INVALID_RECORD'],
    ['producer epoch -1', (bytes) => bytes.writeInt16BE(-1, 51), 'INVALID_RECORD'],
    ['base sequence -1', (bytes) => bytes.writeInt32BE(-1, 53), 'INVALID_RECORD'],
    ['record count 0', (bytes) => bytes.writeInt32BE(0, 57), 'INVALID_RECORD'],
    ['record count -1', (bytes) => bytes.writeInt32BE(-1, 57), 'INVALID_RECORD'],
    ['record count 3', (bytes) => bytes.writeInt32BE(3, 57), 'INVALID_RECORD'],
  ];

  test.each(damages)('%s', (_name, damage, code) => {
    expect(judge(changed(sound(), damage))).toBe(code);
  });

  test('CRC', () => {
    const batch = changed(sound(), (bytes) => bytes.writeUInt32BE(1, 17), 'unsummed');

    expect(judge(batch)).toBe('CORRUPT_MESSAGE');
  });

  test.each([
    ['uncompressed', 0, 1_000],
    ['compressed', 1, 2_000_000_000],
  ])('a count that %s bytes cannot hold, with a delta that fits it', (_name, codec, count) => {
    const batch = changed(sound(), (bytes) => {
      bytes.writeInt16BE(codec, 21);
      bytes.writeInt32BE(count - 1, 23);
      bytes.writeInt32BE(count, 57);
    });

    expect(judge(batch)).toBe('INVALID_RECORD');
  });

  test('a transactional batch without a producer', () => {
    const batch = batchOf([record()], { isTransactional: true });

    expect(judge(batch)).toBe('INVALID_RECORD');
  });
});

describe('of several faults the first in order is reported:', () => {
  test('magic before length', () => {
    const batch = changed(sound(), (bytes) => {
      bytes.writeInt8(1, 16);
      bytes.writeInt32BE(-1, 8);
    });

    expect(judge(batch)).toBe('INVALID_RECORD');
  });

  test('size before CRC', () => {
    const batch = changed(sound(), (bytes) => bytes.writeUInt32BE(1, 17), 'unsummed');

    expect(validateBatch(batch, { maxBytes: 62 })?.code).toBe('MESSAGE_TOO_LARGE');
  });

  test('CRC before the fields that it covers', () => {
    const batch = changed(sound(), (bytes) => bytes.writeInt16BE(0x20, 21), 'unsummed');

    expect(judge(batch)).toBe('CORRUPT_MESSAGE');
  });
});

describe('a stored batch', () => {
  test('passes with stamps, control bit and records gone', () => {
    const batch = changed(sound(), (bytes) => {
      bytes.writeBigInt64BE(500n, 0);
      bytes.writeInt16BE(0x30, 21);
      bytes.writeInt32BE(9, 23);
    });

    expect(validateStoredBatch(batch)).toBeUndefined();
  });

  test('is corrupt when its CRC does not match', () => {
    const batch = changed(sound(), (bytes) => bytes.writeInt32BE(9, 23), 'unsummed');

    expect(validateStoredBatch(batch)?.code).toBe('CORRUPT_MESSAGE');
  });
});
