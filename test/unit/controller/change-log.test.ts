import { describe, expect, test } from 'vitest';
import { logChanges } from '../../../src/controller/change-log.ts';
import { silentLogger } from '../../../src/env/logger.ts';
import type { MetadataRecord } from '../../../src/gen/ottla.ts';
import { MetadataLoader } from '../../../src/metadata/loader.ts';
import { partitionChangeRecord, removeTopicRecord } from '../../../src/metadata/records.ts';
import { broker, entry, partition, topic } from '../metadata/fixtures.ts';

/** What is said, and counted, of changes that are committed together. */
const told = (...changes: ReadonlyArray<readonly MetadataRecord[]>) => {
  const loader = new MetadataLoader();
  const replicas = { replicas: [1, 2, 3], directories: ['a', 'b', 'c'] };
  loader.onCommitted([entry(1, [broker(1), broker(2), topic(), partition(replicas)])]);
  const lines: string[] = [];
  const counts: number[] = [];
  const note = (message: string): void => void lines.push(message);
  const logger = { ...silentLogger, info: note, warn: note, error: note };
  const uncleanElections = { add: (count: number) => void counts.push(count) };
  loader.subscribe((next, previous, news) =>
    logChanges({ previous, next, ...news }, { logger, uncleanElections }),
  );
  loader.onCommitted(changes.map((records, at) => entry(2 + at, records)));
  return { lines, uncleanCount: counts.reduce((sum, count) => sum + count, 0) };
};

const change = (fields: { leader?: number; isr?: readonly number[] }): MetadataRecord[] => [
  partitionChangeRecord('id-t', 0, fields),
];

const UNCLEAN = 'unclean leader elected: records that only others had are lost';

describe('an election is', () => {
  test('unclean where the leader was not in sync', () => {
    const { lines, uncleanCount } = told(change({ leader: 3, isr: [3] }));

    expect(lines).toEqual([UNCLEAN]);
    expect(uncleanCount).toBe(1);
  });

  test('clean where the leader came in sync before, by a change told together with it', () => {
    const joined = change({ isr: [1, 2, 3] });

    const { lines, uncleanCount } = told(joined, change({ leader: 3, isr: [2, 3] }));

    expect(lines).toEqual(['leader elected']);
    expect(uncleanCount).toBe(0);
  });

  test('unclean though a change told together with it has another one lead by now', () => {
    const grown = change({ isr: [1, 3] });

    const { lines, uncleanCount } = told(
      change({ leader: 3, isr: [3] }),
      grown,
      change({ leader: 1 }),
    );

    expect(lines).toEqual([UNCLEAN]);
    expect(uncleanCount).toBe(1);
  });

  test('counted each, where several are told together', () => {
    const { lines, uncleanCount } = told(
      change({ leader: 3, isr: [3] }),
      change({ leader: 1, isr: [1] }),
    );

    expect(lines.filter((line) => line === UNCLEAN)).toHaveLength(2);
    expect(uncleanCount).toBe(2);
  });

  test('unclean though its topic is gone by now', () => {
    const { uncleanCount } = told(change({ leader: 3, isr: [3] }), [removeTopicRecord('id-t')]);

    expect(uncleanCount).toBe(1);
  });
});
