import { expect, it } from 'vitest';
import { partitionKey } from '../../../src/base/ids.ts';
import type { DirectoryState } from '../../../src/log/log-directories.ts';
import { FlushedOffsets } from './flushed-offsets.ts';
import type { LiveNode } from './invariant.ts';

/** A process of node 1 that has this much of partition `T-0`, or no replica of it. */
const processWith = (flushedOffset?: number, missing: readonly string[] = []): LiveNode => {
  const logs = flushedOffset === undefined ? [] : [{ topicId: 'T', partition: 0, flushedOffset }];
  const states: DirectoryState[] = missing.map((path) => ({ path, failure: 'not mounted' }));
  const directories = {
    list: () => logs,
    directoryOf: () => '/disk2',
    states: [{ path: '/data', failure: undefined }, ...states],
    failed: [],
    isIncomplete: missing.length > 0,
  };
  const node = { parts: { logs: directories } };
  return { machine: { nodeId: 1 }, node } as unknown as LiveNode;
};

it('a replica that was moved away, and comes back, may begin anew', () => {
  const flushed = new FlushedOffsets();
  flushed.keep(processWith(11));
  const before = flushed.lastOf(1, partitionKey('T', 0));

  flushed.keep(processWith());

  expect(before).toBe(11);
  expect(flushed.lastOf(1, partitionKey('T', 0))).toBeUndefined();
});

it('a replica whose directory is missing holds what it held', () => {
  const flushed = new FlushedOffsets();
  flushed.keep(processWith(11));

  flushed.keep(processWith(undefined, ['/disk2']));

  expect(flushed.lastOf(1, partitionKey('T', 0))).toBe(11);
});

it('a process that never opened its logs has not lost them', () => {
  const flushed = new FlushedOffsets();
  flushed.keep(processWith(11));

  flushed.keep({ machine: { nodeId: 1 }, node: { parts: {} } } as unknown as LiveNode);

  expect(flushed.lastOf(1, partitionKey('T', 0))).toBe(11);
});
