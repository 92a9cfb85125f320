import { describe, expect, test } from 'vitest';
import { applyBatch } from '../../../src/metadata/apply-batch.ts';
import { emptyImage } from '../../../src/metadata/image.ts';
import {
  brokerChangeRecord,
  configRecord,
  metadataVersionRecord,
  partitionChangeRecord,
  producerIdsRecord,
} from '../../../src/metadata/records.ts';
import { decodeSnapshot, encodeSnapshot, imageHash } from '../../../src/metadata/snapshot.ts';
import { broker, imageOf, partition, topic } from './fixtures.ts';

const everything = [
  [metadataVersionRecord(1)],
  [broker(2, { rack: 'r' })],
  [broker(1)],
  [brokerChangeRecord({ brokerId: 1, brokerEpoch: 3 }, { fenced: false })],
  [
    topic(),
    partition(),
    partition({ partition: 1, replicas: [2], isr: [], leader: -1, directories: [''] }),
  ],
  [configRecord({ type: 'topic', name: 'id-t' }, 'retention.ms', '5')],
  [configRecord({ type: 'cluster', name: '' }, 'log.retention.ms', '6')],
  [producerIdsRecord({ brokerId: 1, brokerEpoch: 3 }, 1000)],
  [partitionChangeRecord('id-t', 0, { isr: [1], leader: 1 })],
];

describe('a snapshot', () => {
  test('holds the whole image', () => {
    const image = imageOf(...everything);

    expect(decodeSnapshot(encodeSnapshot(image))).toEqual(image);
  });

  test('of the empty image is the empty image', () => {
    expect(decodeSnapshot(encodeSnapshot(emptyImage))).toEqual(emptyImage);
  });

  test('taken anywhere, with the entries after it, is the same as all entries', () => {
    const full = imageOf(...everything);

    for (const cut of everything.keys()) {
      const restored = decodeSnapshot(encodeSnapshot(imageOf(...everything.slice(0, cut))));
      const image = everything
        .slice(cut)
        .reduce(
          (at, records) => applyBatch(at, records, { index: at.index + 1, term: 1 }),
          restored,
        );
      expect(image).toEqual(full);
      expect(imageHash(image)).toBe(imageHash(full));
    }
  });

  test('does not depend on the order in which things came to be', () => {
    const one = imageOf([topic('a'), topic('b')]);
    const other = imageOf([topic('b'), topic('a')]);

    expect(encodeSnapshot(one)).toEqual(encodeSnapshot(other));
  });

  test('has another hash when anything differs', () => {
    const image = imageOf(...everything);
    const other = applyBatch(image, [partitionChangeRecord('id-t', 0, {})], {
      index: image.index,
      term: 1,
    });

    expect(imageHash(other)).not.toBe(imageHash(image));
  });

  test('that is no snapshot is refused', () => {
    expect(() => decodeSnapshot(new Uint8Array([0x1a, 0xff]))).toThrow(
      expect.objectContaining({ code: 'INVALID_REQUEST' }),
    );
  });
});
