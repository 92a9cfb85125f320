import { describe, expect, test } from 'vitest';
import { groupSharing } from '../../../src/metadata/group-sharing.ts';
import type { MetadataImage } from '../../../src/metadata/image.ts';
import { configRecord } from '../../../src/metadata/records.ts';
import { imageOf } from './fixtures.ts';

const imageWith = (configs: Readonly<Record<string, string>>): MetadataImage =>
  imageOf(
    ...Object.entries(configs).map(([key, value]) => [
      configRecord({ type: 'group', name: 'billing' }, key, value),
    ]),
  );

describe('how a group shares its partitions out', () => {
  test('is told as it is set, lower bounds with half of the upper ones where they are not', () => {
    const image = imageWith({
      'standby.labels': 'web, app',
      'overflow.above.lag.count': '1001',
      'overflow.above.lag.ms': '60000',
      'overflow.below.lag.ms': '5000',
    });

    expect(groupSharing(image, 'billing')).toEqual({
      standbyLabels: ['app', 'web'],
      overflow: {
        aboveLagCount: 1001,
        belowLagCount: 500,
        aboveLagMs: 60_000,
        belowLagMs: 5000,
        forMs: 10_000,
      },
    });
  });

  test('has no lower bound above the upper one: the backlog would never be low', () => {
    const image = imageWith({
      'overflow.above.lag.count': '10',
      'overflow.below.lag.count': '20',
      'overflow.for.ms': '0',
    });

    expect(groupSharing(image, 'billing')?.overflow).toMatchObject({
      belowLagCount: 10,
      forMs: 0,
    });
  });

  test.each<Readonly<Record<string, string>>>([
    {},
    { 'degrade.pause': 'true' },
    { 'standby.labels': '' },
    { 'overflow.above.lag.count': '-1', 'overflow.below.lag.count': '5' },
  ])('is nothing with %j', (configs) => {
    expect(groupSharing(imageWith(configs), 'billing')).toBeUndefined();
  });

  test('is no other group’s', () => {
    expect(groupSharing(imageWith({ 'standby.labels': 'app' }), 'bill')).toBeUndefined();
  });
});
