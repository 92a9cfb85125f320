import { expect, test } from 'vitest';
import { CREATE_PARTITIONS } from '../../../../src/broker/client/admin.ts';
import type { MetadataImage } from '../../../../src/metadata/image.ts';
import { topicFenceRecords } from '../../../../src/metadata/topic-fence.ts';
import { imageOf, partition, topic } from '../../metadata/fixtures.ts';

const behindFenceOf = (groups: readonly string[] | undefined): MetadataImage => {
  const fence = groups && { firstPartition: 0, groups, sinceMs: 1, settleMs: 1 };
  return imageOf([topic(), partition()], topicFenceRecords('id-t', fence));
};

const isVisible = (asked: string[] | undefined, image: MetadataImage): boolean | undefined => {
  const fence = asked && { groups: asked, settleMs: 0 };
  const topics = [{ name: 't', totalPartitions: 1, assignments: [], ...(fence && { fence }) }];
  return CREATE_PARTITIONS.isVisible?.({ topics, validateOnly: false }, { topics: [] }, image);
};

test.each<[string, string[] | undefined, string[] | undefined, boolean]>([
  ['lifted, where there is none any more', [], undefined, true],
  ['lifted, where it still stands', [], ['a', 'b'], false],
  ['left for one group, where that is all', ['a'], ['a'], true],
  ['left for one group, where it stands for two', ['a'], ['a', 'b'], false],
  ['of no concern, where it stands', undefined, ['a'], true],
])('a change of a fence is shown when it is %s: %j of %j', (_, asked, there, isShown) => {
  expect(isVisible(asked, behindFenceOf(there))).toBe(isShown);
});
