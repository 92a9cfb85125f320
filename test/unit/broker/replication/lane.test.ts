import { expect, test } from 'vitest';
import { decideLane } from '../../../../src/broker/replication/lane.ts';

const LIMITS = { farBytes: 1000, nearBytes: 100 };

test.each([
  ['data', 0, 'data'],
  ['data', 1000, 'data'],
  ['data', 1001, 'catchup'],
  ['catchup', 1000, 'catchup'],
  ['catchup', 101, 'catchup'],
  ['catchup', 100, 'data'],
] as const)('a replica on the %s stream, %i bytes behind, belongs on %s', (lane, behind, next) => {
  expect(decideLane(lane, behind, LIMITS)).toBe(next);
});
