import { expect, test } from 'vitest';
import { crc32c } from '../../../../src/base/bytes/crc32c.ts';

test('crc32c gives the check value of the Castagnoli polynomial, unsigned', () => {
  expect(crc32c(Buffer.from('123456789'))).toBe(0xe3069283);
});

test('crc32c goes on from the sum of the bytes before', () => {
  const bytes = Buffer.from('123456789');

  const sum = crc32c(bytes.subarray(4), crc32c(bytes.subarray(0, 4)));

  expect(sum).toBe(crc32c(bytes));
});

test('crc32c of a view sums the view only', () => {
  const bytes = new Uint8Array(Buffer.from('xx123456789xx'));

  expect(crc32c(bytes.subarray(2, 11))).toBe(0xe3069283);
});
