import { expect, it } from 'vitest';
import { formatBytes } from '../../../src/cli/byte-count.ts';

it.each([
  [0, '0 B'],
  [1023, '1023 B'],
  [1536, '1.5 KiB'],
  [20 * 1024 ** 3, '20.0 GiB'],
  [5000 * 1024 ** 5, '5000.0 PiB'],
])('%i bytes are said as %s', (bytes, text) => {
  expect(formatBytes(bytes)).toBe(text);
});
