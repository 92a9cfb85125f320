import { expect, test } from 'vitest';
import { partitionKey } from '../../../src/base/ids.ts';
import { PartitionTable } from '../../../src/broker/partition-table.ts';
import type { Partition } from '../../../src/broker/replication/partition.ts';

/** What the table looks at of a replica. */
const replica = (topicId: string, partition: number): Partition =>
  ({ topicId, partition, key: partitionKey(topicId, partition) }) as Partition;

test('a replica is found by its key, and by topic and number', () => {
  const table = new PartitionTable();
  const wanted = replica('t', 1);
  for (const each of [replica('t', 0), wanted, replica('u', 1)]) table.set(each);

  expect(table.get(wanted.key)).toBe(wanted);
  expect(table.find('t', 1)).toBe(wanted);
});

test('one that is gone is found by neither, and the others stay', () => {
  const table = new PartitionTable();
  const [gone, stays] = [replica('t', 0), replica('t', 1)];
  for (const each of [gone, stays]) table.set(each);

  table.delete(gone.key);

  expect([table.get(gone.key), table.find('t', 0)]).toEqual([undefined, undefined]);
  expect(table.find('t', 1)).toBe(stays);
  expect([...table.values()]).toEqual([stays]);
});

test('one in the place of another is found by both', () => {
  const table = new PartitionTable();
  table.set(replica('t', 0));
  const anew = replica('t', 0);

  table.set(anew);

  expect([table.get(anew.key), table.find('t', 0)]).toEqual([anew, anew]);
});
