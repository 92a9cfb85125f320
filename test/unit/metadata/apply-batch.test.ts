import { describe, expect, test } from 'vitest';
import type { MetadataRecord } from '../../../src/gen/ottla.ts';
import { applyBatch } from '../../../src/metadata/apply-batch.ts';
import { configResource, emptyImage, partitionOf } from '../../../src/metadata/image.ts';
import {
  brokerChangeRecord,
  configRecord,
  metadataVersionRecord,
  partitionChangeRecord,
  producerIdsRecord,
  removeTopicRecord,
  topicRecord,
} from '../../../src/metadata/records.ts';
import { METADATA_VERSION_MAX } from '../../../src/metadata/versions.ts';
import { broker, imageOf, partition, topic } from './fixtures.ts';

const ref = { brokerId: 1, brokerEpoch: 1 };

describe('applying a batch', () => {
  test('gives a broker the index of its entry as epoch, fenced', () => {
    const image = imageOf([], [broker(1)]);

    expect(image.brokers.get(1)).toMatchObject({
      brokerEpoch: 2,
      isFenced: true,
      inControlledShutdown: false,
      peerAddress: 'node-1:7191',
    });
  });

  test('changes of a broker only what the record names', () => {
    const image = imageOf([broker(1)], [brokerChangeRecord(ref, { inControlledShutdown: true })]);

    expect(image.brokers.get(1)).toMatchObject({ isFenced: true, inControlledShutdown: true });
  });

  test('a new registration of a broker begins fenced again', () => {
    const image = imageOf(
      [broker(1)],
      [brokerChangeRecord(ref, { fenced: false, inControlledShutdown: true })],
      [broker(1, { incarnationId: 'next' })],
    );

    expect(image.brokers.get(1)).toMatchObject({
      brokerEpoch: 3,
      isFenced: true,
      inControlledShutdown: false,
    });
  });

  test('a leader in a change bumps the leader epoch, even the same leader', () => {
    const image = imageOf(
      [topic(), partition()],
      [partitionChangeRecord('id-t', 0, { leader: 1 })],
    );

    expect(partitionOf(image, 'id-t', 0)).toMatchObject({ leaderEpoch: 1, partitionEpoch: 1 });
  });

  test('a change without a leader bumps the partition epoch alone', () => {
    const image = imageOf([topic(), partition()], [partitionChangeRecord('id-t', 0, { isr: [1] })]);

    expect(partitionOf(image, 'id-t', 0)).toMatchObject({
      isr: [1],
      leader: 1,
      leaderEpoch: 0,
      partitionEpoch: 1,
    });
  });

  test('an empty in-sync set is not the same as none given', () => {
    const image = imageOf(
      [topic(), partition()],
      [partitionChangeRecord('id-t', 0, { isr: [], leader: -1 })],
    );

    expect(partitionOf(image, 'id-t', 0)?.isr).toEqual([]);
  });

  test('removes a topic with its settings and its name', () => {
    const image = imageOf(
      [topic(), partition(), configRecord({ type: 'topic', name: 'id-t' }, 'retention.ms', '1')],
      [removeTopicRecord('id-t')],
    );

    expect([image.topics.size, image.topicIdsByName.size, image.configs.size]).toEqual([0, 0, 0]);
  });

  test('a setting without a value returns to its default', () => {
    const resource = { type: 'cluster', name: '' };
    const image = imageOf(
      [configRecord(resource, 'a', '1'), configRecord(resource, 'b', '2')],
      [configRecord(resource, 'a', undefined)],
    );

    expect(image.configs.get(configResource('cluster', ''))).toEqual(new Map([['b', '2']]));
  });

  test('leaves the image it began with as it was', () => {
    const before = imageOf([topic(), partition()]);
    const copy = structuredClone(before);

    applyBatch(before, [partitionChangeRecord('id-t', 0, { isr: [1] }), topic('u'), broker(3)], {
      index: 2,
      term: 1,
    });

    expect(before).toEqual(copy);
  });

  test('shares what did not change with the image before', () => {
    const before = imageOf([topic(), partition(), partition({ partition: 1 }), topic('u')]);

    const after = applyBatch(before, [partitionChangeRecord('id-t', 0, { isr: [1] })], {
      index: 2,
      term: 1,
    });

    expect(after.topics.get('id-u')).toBe(before.topics.get('id-u'));
    expect(partitionOf(after, 'id-t', 1)).toBe(partitionOf(before, 'id-t', 1));
    expect(after.brokers).toBe(before.brokers);
  });
});

describe('a record that cannot apply', () => {
  test.each<[string, MetadataRecord]>([
    [
      'a change of a broker that is not registered',
      brokerChangeRecord({ brokerId: 9, brokerEpoch: 1 }, {}),
    ],
    [
      'a change of an earlier registration',
      brokerChangeRecord({ brokerId: 1, brokerEpoch: 0 }, {}),
    ],
    ['a topic whose id is taken', topicRecord('id-t', 'other')],
    ['a topic whose name is taken', topicRecord('other', 't')],
    ['the removal of an unknown topic', removeTopicRecord('gone')],
    ['a partition of an unknown topic', partition({ topicId: 'gone' })],
    ['a partition beyond the next', partition({ partition: 2 })],
    ['a partition that is there', partition({ partition: 0 })],
    [
      'a partition without replicas',
      partition({ partition: 1, replicas: [], isr: [], leader: -1, directories: [] }),
    ],
    ['a change of an unknown partition', partitionChangeRecord('id-t', 5, { isr: [1] })],
    ['an in-sync set beyond the replicas', partitionChangeRecord('id-t', 0, { isr: [1, 3] })],
    ['an in-sync set with a member twice', partitionChangeRecord('id-t', 0, { isr: [1, 1] })],
    ['a leader out of sync', partitionChangeRecord('id-t', 0, { leader: 2, isr: [1] })],
    ['an in-sync set without the leader', partitionChangeRecord('id-t', 0, { isr: [2] })],
    [
      'directories for some replicas only',
      partitionChangeRecord('id-t', 0, { directories: ['x'] }),
    ],
    ['a setting of an unknown topic', configRecord({ type: 'topic', name: 'gone' }, 'a', '1')],
    ['a block of producer ids that is given out', producerIdsRecord(ref, 1000)],
  ])('stops the node: %s', (_what, record) => {
    const image = imageOf([broker(1)], [topic(), partition(), producerIdsRecord(ref, 1000)]);

    const run = () => applyBatch(image, [record], { index: 3, term: 1 });

    expect(run).toThrow(expect.objectContaining({ name: 'InvariantViolation' }));
  });

  test.each<[string, MetadataRecord, string]>([
    [
      'a later metadata.version',
      metadataVersionRecord(METADATA_VERSION_MAX + 1),
      `the cluster is at metadata.version ${METADATA_VERSION_MAX + 1}, this release knows ` +
        `metadata.version 1 to ${METADATA_VERSION_MAX}: run a later release on this node`,
    ],
    [
      'an earlier metadata.version than any known',
      metadataVersionRecord(0),
      `the cluster is at metadata.version 0, this release knows metadata.version 1 to ` +
        `${METADATA_VERSION_MAX}: run an earlier release on it, and 'ottla cluster upgrade' in ` +
        'the cluster first',
    ],
    [
      'a feature that is not known',
      { kind: 'featureLevel', value: { name: 'magic', level: 1 } },
      "the cluster uses the feature 'magic', which this release does not know: " +
        'run a later release on this node',
    ],
  ])('stops the node with what to do: %s', (_what, record, line) => {
    const run = () => applyBatch(emptyImage, [record], { index: 3, term: 1 });

    expect(run).toThrow(expect.objectContaining({ code: 'UNSUPPORTED_VERSION', message: line }));
  });

  test('leaves nothing of the records before it in the batch', () => {
    const image = imageOf([topic(), partition()]);

    const run = () => applyBatch(image, [topic('u'), topic('u')], { index: 2, term: 1 });

    expect(run).toThrow();
    expect(image.topicIdsByName.has('u')).toBe(false);
  });
});

test('the empty image knows nothing', () => {
  expect(emptyImage).toMatchObject({ index: 0, nextProducerId: 0, metadataVersion: 0 });
});
