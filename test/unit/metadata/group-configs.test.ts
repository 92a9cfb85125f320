import { describe, expect, test } from 'vitest';
import {
  groupConfigEntries,
  groupDegrade,
  validateGroupConfig,
  validateGroupName,
} from '../../../src/metadata/group-configs.ts';
import type { MetadataImage } from '../../../src/metadata/image.ts';
import { configRecord } from '../../../src/metadata/records.ts';
import { decodeSnapshot, encodeSnapshot } from '../../../src/metadata/snapshot.ts';
import { imageOf } from './fixtures.ts';

const GROUP = { type: 'group', name: 'billing/eu' };

const imageWith = (
  ...changes: ReadonlyArray<readonly [string, string | undefined]>
): MetadataImage => imageOf(...changes.map(([key, value]) => [configRecord(GROUP, key, value)]));

describe('the settings of a group', () => {
  test('tell its members what to leave out, from a snapshot as well', () => {
    const image = imageWith(
      ['degrade.skip.older.than.ms', '60000'],
      ['degrade.sample', '0.25'],
      ['degrade.pause', 'true'],
    );

    const told = [image, decodeSnapshot(encodeSnapshot(image))].map((each) =>
      groupDegrade(each, 'billing/eu'),
    );

    const degrade = { skipOlderThanMs: 60_000, sample: 0.25, isPaused: true };
    expect(told).toEqual([degrade, degrade]);
  });

  test('that were all taken back leave nothing out', () => {
    const image = imageWith(['degrade.pause', 'true'], ['degrade.pause', undefined]);

    expect(groupDegrade(image, 'billing/eu')).toBeUndefined();
  });

  test('that are set to their defaults leave nothing out', () => {
    const image = imageWith(
      ['degrade.skip.older.than.ms', '-1'],
      ['degrade.sample', '1'],
      ['degrade.pause', 'false'],
    );

    expect(groupDegrade(image, 'billing/eu')).toEqual({
      skipOlderThanMs: undefined,
      sample: undefined,
      isPaused: false,
    });
  });

  test('are no other group’s', () => {
    expect(groupDegrade(imageWith(['degrade.pause', 'true']), 'billing')).toBeUndefined();
  });

  test('are told whole, those that nobody has set with their defaults', () => {
    const entries = groupConfigEntries(imageWith(['degrade.sample', '0.5']), 'billing/eu');

    expect(entries.map(({ spec, value, isSet }) => [spec.key, value, isSet])).toEqual([
      ['degrade.skip.older.than.ms', '-1', false],
      ['degrade.sample', '0.5', true],
      ['degrade.pause', 'false', false],
      ['standby.labels', '', false],
      ['overflow.above.lag.count', '-1', false],
      ['overflow.above.lag.ms', '-1', false],
      ['overflow.below.lag.count', '-1', false],
      ['overflow.below.lag.ms', '-1', false],
      ['overflow.for.ms', '10000', false],
    ]);
  });

  test.each([
    ['degrade.skip.older.than.ms', '-2'],
    ['degrade.sample', '1.5'],
    ['degrade.sample', '1e-7'],
    ['degrade.pause', 'yes'],
    ['degrade.paus', 'true'],
    ['degrade.paus', undefined],
    ['standby.labels', 'two words'],
    ['standby.labels', 'app,'],
    ['standby.labels', 'app,app'],
    ['overflow.above.lag.count', '-2'],
    ['overflow.for.ms', '-1'],
  ])('cannot be %s=%s', (key, value) => {
    expect(validateGroupConfig(key, value)).toContain(key);
  });

  test.each([
    ['', false],
    ['g', true],
    ['ü'.repeat(127), true],
    ['ü'.repeat(128), false],
  ])('are of a name of 1 to 255 bytes: %j', (name, isFine) => {
    expect(validateGroupName(name) === undefined).toBe(isFine);
  });
});
