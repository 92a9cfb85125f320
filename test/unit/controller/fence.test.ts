import { describe, expect, test } from 'vitest';
import { must } from '../../../src/base/assert.ts';
import { decideCreatePartitions, decideDeleteTopics } from '../../../src/controller/topics.ts';
import type { TopicResult } from '../../../src/gen/ottla.ts';
import { metadataVersionRecord } from '../../../src/metadata/records.ts';
import { decodeSnapshot, encodeSnapshot } from '../../../src/metadata/snapshot.ts';
import type { TopicFence } from '../../../src/metadata/topic-fence.ts';
import { topicFence } from '../../../src/metadata/topic-fence.ts';
import { codesOf, LIMITS, TestCluster } from './fixtures.ts';

const NOW_MS = 5000;
const FENCE = { groups: ['a, b', 'c'], settleMs: 700 };

/** A topic `t` of three partitions. */
const start = (): TestCluster => {
  const cluster = TestCluster.withBrokers(3);
  cluster.createTopic('t', [[1], [2], [3]]);
  return cluster;
};

const grow = (
  cluster: TestCluster,
  totalPartitions: number,
  fence?: { readonly groups: string[]; readonly settleMs: number },
): TopicResult => {
  const topics = [{ name: 't', totalPartitions, assignments: [], fence }];
  const request = { topics, validateOnly: false };
  const context = { limits: LIMITS, placementSeed: 0, nowMs: NOW_MS };
  const decision = decideCreatePartitions(cluster.image, request, context);
  return must(cluster.run(decision).topics[0], 'there is one result');
};

const fenceOf = (cluster: TestCluster): TopicFence | undefined =>
  topicFence(cluster.image, cluster.image.topicIdsByName.get('t') ?? '');

describe('a topic that grows behind a fence', () => {
  test('has it from the batch on that brings the partitions, and in a snapshot', () => {
    const cluster = start();

    const result = grow(cluster, 6, FENCE);

    const fence = { firstPartition: 3, groups: ['a, b', 'c'], sinceMs: NOW_MS, settleMs: 700 };
    const topicId = cluster.image.topicIdsByName.get('t') ?? '';
    expect(result).toMatchObject({ errorCode: 0, partitions: 6 });
    expect(fenceOf(cluster)).toEqual(fence);
    const read = decodeSnapshot(encodeSnapshot(cluster.image));
    expect(topicFence(read, topicId)).toEqual(fence);
  });

  test('does not where a coordinator may not know of fences', () => {
    const cluster = start();
    cluster.run({ records: [metadataVersionRecord(2)], respond: () => undefined });

    const result = grow(cluster, 6, FENCE);

    expect(codesOf([result])).toEqual(['UNSUPPORTED_VERSION']);
  });

  test('grows by a whole factor only, or keys would move among the old partitions', () => {
    const cluster = start();

    const result = grow(cluster, 7, FENCE);

    expect(codesOf([result])).toEqual(['INVALID_PARTITIONS']);
    expect(result.errorMessage).toMatch(/multiple of them.*ask for 9$/);
    expect(fenceOf(cluster)).toBeUndefined();
  });

  test.each([
    ['no group', { groups: [], settleMs: 1 }, /names no group/],
    ['a name that cannot be', { groups: [''], settleMs: 1 }, /name of 1 to 255 bytes/],
    ['less than no time', { groups: ['g'], settleMs: -1 }, /settles in -1 ms/],
  ])('is refused with %s', (_, fence, message) => {
    const cluster = start();

    const result = grow(cluster, 6, fence);

    expect(codesOf([result])).toEqual(['INVALID_REQUEST']);
    expect(result.errorMessage).toMatch(message);
    expect(result.partitions).toBe(-1);
  });

  test('keeps it where it grows further without one, and has another with the next', () => {
    const cluster = start();
    grow(cluster, 6, FENCE);

    grow(cluster, 8);
    const kept = fenceOf(cluster)?.firstPartition;
    grow(cluster, 16, { groups: ['c'], settleMs: 0 });

    expect(kept).toBe(3);
    expect(fenceOf(cluster)).toMatchObject({ firstPartition: 8, groups: ['c'] });
  });
});

describe('a fence', () => {
  test('loses groups one by one, and is gone with the last', () => {
    const cluster = start();
    grow(cluster, 6, FENCE);

    grow(cluster, 6, { groups: ['c'], settleMs: 0 });
    const less = fenceOf(cluster);
    grow(cluster, 6, { groups: [], settleMs: 0 });

    expect(less).toMatchObject({ groups: ['c'], firstPartition: 3, settleMs: 700 });
    expect(fenceOf(cluster)).toBeUndefined();
  });

  test('is put before no group later on: it may have read what is behind', () => {
    const cluster = start();
    grow(cluster, 6, FENCE);

    const result = grow(cluster, 6, { groups: ['c', 'd'], settleMs: 0 });

    expect(codesOf([result])).toEqual(['INVALID_REQUEST']);
    expect(result.errorMessage).toMatch(/cannot be put before group d later on/);
  });

  test('goes with its topic', () => {
    const cluster = start();
    grow(cluster, 6, FENCE);

    cluster.run(
      decideDeleteTopics(cluster.image, { names: ['t'], topicIds: [], validateOnly: false }),
    );

    expect([...cluster.image.configs.keys()]).toEqual([]);
  });
});
