import { expect, test } from 'vitest';
import { hostOf } from '../../../src/base/host-of.ts';

test.each([
  ['10.0.0.7:51234', '10.0.0.7'],
  ['[::1]:51234', '[::1]'],
  ['unknown', ''],
])('the host of %j is %j', (address, host) => {
  expect(hostOf(address)).toBe(host);
});
