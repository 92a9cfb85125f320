import { expect, test } from 'vitest';
import { clientHostOf } from '../../../../src/broker/groups/kafka-names.ts';

test.each([
  ['10.0.0.7:51234', '/10.0.0.7'],
  ['[::1]:51234', '/[::1]'],
  ['unknown', '/'],
  ['', '/'],
])('the client at %j is shown with host %s', (peer, host) => {
  expect(clientHostOf(peer)).toBe(host);
});
