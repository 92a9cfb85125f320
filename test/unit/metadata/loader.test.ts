import { describe, expect, test, vi } from 'vitest';
import { applyBatch } from '../../../src/metadata/apply-batch.ts';
import { changedBrokers, changedPartitions } from '../../../src/metadata/image-diff.ts';
import { MetadataLoader } from '../../../src/metadata/loader.ts';
import { partitionChangeRecord, removeTopicRecord } from '../../../src/metadata/records.ts';
import { broker, entry, imageOf, partition, topic } from './fixtures.ts';

describe('the loader', () => {
  test('applies entries that come together, and tells once', () => {
    const loader = new MetadataLoader();
    const listener = vi.fn();
    loader.subscribe(listener);

    loader.onCommitted([entry(1, [broker(1)]), entry(4, [broker(2)], 2)]);

    expect(loader.image).toMatchObject({ index: 4, term: 2 });
    expect(loader.image.brokers.get(2)?.brokerEpoch).toBe(4);
    expect(listener).toHaveBeenCalledTimes(1);
    expect(listener.mock.calls[0]?.[1]).toMatchObject({ index: 0 });
  });

  test('gives the same image however the entries are grouped', () => {
    const entries = [
      entry(1, [topic(), partition()]),
      entry(2, [partitionChangeRecord('id-t', 0, { isr: [1] })]),
      entry(3, [partitionChangeRecord('id-t', 0, { leader: 1 })]),
    ];
    const together = new MetadataLoader();
    const apart = new MetadataLoader();

    together.onCommitted(entries);
    for (const one of entries) apart.onCommitted([one]);

    expect(together.image).toEqual(apart.image);
  });

  test('stops at an entry that cannot be applied, with the image as it was', () => {
    const loader = new MetadataLoader();
    loader.onCommitted([entry(1, [topic()])]);
    const before = loader.image;

    const run = () => loader.onCommitted([entry(2, [topic('u')]), entry(3, [topic('u')])]);

    expect(run).toThrow('topic id id-u is new');
    expect(loader.image).toBe(before);
  });

  test('stops at a record that this program does not know (KAFKA-14275)', () => {
    const loader = new MetadataLoader();
    const unknown = { index: 1, term: 1, payload: new Uint8Array([0x0a, 0x03, 0xa2, 0x06, 0x00]) };

    expect(() => loader.onCommitted([unknown])).toThrow(
      'metadata entry 1 is of a later release: MetadataRecord has no member that this release ' +
        'knows; run that one here',
    );
  });

  test('stops at an entry out of order', () => {
    const loader = new MetadataLoader();
    loader.onCommitted([entry(2, [])]);

    expect(() => loader.onCommitted([entry(2, [])])).toThrow('metadata entry 2 follows 2');
  });

  test('goes on from a snapshot of another loader', () => {
    const first = new MetadataLoader();
    first.onCommitted([entry(1, [topic(), partition()])]);
    const second = new MetadataLoader();

    second.onSnapshot(first.snapshot());
    for (const loader of [first, second]) loader.onCommitted([entry(2, [broker(1)])]);

    expect(second.image).toEqual(first.image);
  });

  test('leaves the image for no older snapshot', () => {
    const loader = new MetadataLoader();
    const old = loader.snapshot();
    loader.onCommitted([entry(1, [topic()])]);

    loader.onSnapshot(old);

    expect(loader.image.index).toBe(1);
  });

  test('no longer tells one that has unsubscribed', () => {
    const loader = new MetadataLoader();
    const listener = vi.fn();

    loader.subscribe(listener)();
    loader.onCommitted([entry(1, [])]);

    expect(listener).not.toHaveBeenCalled();
  });
});

describe('what changed between two images', () => {
  test('names added, changed and removed partitions, and no others', () => {
    const loader = new MetadataLoader();
    loader.onCommitted([
      entry(1, [topic(), partition(), partition({ partition: 1 })]),
      entry(2, [topic('u')]),
      entry(3, [partition({ topicId: 'id-u' })]),
    ]);
    const base = loader.image;

    loader.onCommitted([
      entry(4, [partitionChangeRecord('id-t', 1, { isr: [1] })]),
      entry(5, [partition({ partition: 2 })]),
      entry(6, [removeTopicRecord('id-u')]),
    ]);

    const names = changedPartitions(base, loader.image).map(
      ({ topicName, partition: number, previous, next }) =>
        `${topicName}-${number} ${previous === undefined ? 'new' : next === undefined ? 'gone' : 'changed'}`,
    );
    expect(names).toEqual(['t-1 changed', 't-2 new', 'u-0 gone']);
  });

  test('names brokers that were added, changed or removed', () => {
    const before = imageOf([broker(1), broker(2)]);
    const after = applyBatch(before, [broker(3), broker(1)], { index: 2, term: 1 });

    const ids = changedBrokers(before, after);

    expect(ids.map(({ brokerId }) => brokerId)).toEqual([1, 3]);
  });
});
