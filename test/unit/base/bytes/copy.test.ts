import { expect, test } from 'vitest';
import { copyBytes } from '../../../../src/base/bytes/copy.ts';

test.each([
  ['a Buffer', Buffer.from([1, 2, 3])],
  ['a view of an array', new Uint8Array([0, 1, 2, 3]).subarray(1)],
])('a copy of %s does not change with it', (_, bytes) => {
  const copy = copyBytes(bytes);

  bytes.fill(9);

  expect([...copy]).toEqual([1, 2, 3]);
});
