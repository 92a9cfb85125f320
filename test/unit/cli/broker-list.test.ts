import { expect, it } from 'vitest';
import { describeOffline } from '../../../src/cli/broker-list.ts';

it('names offline log directories in a line each, whatever is in their paths', () => {
  const offlineDirectories = [{ path: '/a\nb\u001b[31m', reason: 'STORAGE_ERROR: it is\u009b' }];

  const lines = describeOffline([{ brokerId: 4, offlineDirectories }]);

  expect(lines[2]).toBe('  /a\\u000ab\\u001b[31m of broker 4: STORAGE_ERROR: it is\\u009b');
  expect(lines).toHaveLength(5);
});

it('says nothing where none is offline', () => {
  expect(describeOffline([{ brokerId: 4, offlineDirectories: [] }])).toEqual([]);
});
