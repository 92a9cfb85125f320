import type { MetadataRecord, RegisterBrokerRecord } from '../../../src/gen/ottla.ts';
import { MetadataBatch } from '../../../src/gen/ottla.ts';
import { applyBatch } from '../../../src/metadata/apply-batch.ts';
import type { MetadataImage } from '../../../src/metadata/image.ts';
import { emptyImage } from '../../../src/metadata/image.ts';
import type { MetadataEntry } from '../../../src/metadata/loader.ts';
import {
  NO_ELIGIBILITY,
  partitionRecord,
  registerBrokerRecord,
  topicRecord,
} from '../../../src/metadata/records.ts';
import { METADATA_VERSION_MAX } from '../../../src/metadata/versions.ts';

export const broker = (
  brokerId: number,
  overrides: Partial<RegisterBrokerRecord> = {},
): MetadataRecord =>
  registerBrokerRecord({
    brokerId,
    incarnationId: `run-${brokerId}`,
    directoryId: `dir-${brokerId}`,
    clientAddress: `node-${brokerId}:7091`,
    peerAddress: `node-${brokerId}:7191`,
    kafkaAddress: '',
    rack: '',
    minMetadataVersion: 1,
    maxMetadataVersion: METADATA_VERSION_MAX,
    ...overrides,
  });

export const partition = (
  overrides: Partial<Parameters<typeof partitionRecord>[0]> = {},
): MetadataRecord =>
  partitionRecord({
    topicId: 'id-t',
    partition: 0,
    replicas: [1, 2],
    isr: [1, 2],
    leader: 1,
    leaderEpoch: 0,
    partitionEpoch: 0,
    directories: ['dir-1', 'dir-2'],
    addingReplicas: [],
    removingReplicas: [],
    ...NO_ELIGIBILITY,
    ...overrides,
  });

export const topic = (name = 't'): MetadataRecord => topicRecord(`id-${name}`, name);

/** The image after these batches, one an index, from 1 on. */
export const imageOf = (...batches: readonly MetadataRecord[][]): MetadataImage =>
  batches.reduce(
    (image, records) => applyBatch(image, records, { index: image.index + 1, term: 1 }),
    emptyImage,
  );

export const entry = (
  index: number,
  records: readonly MetadataRecord[],
  term = 1,
): MetadataEntry => ({ index, term, payload: MetadataBatch.encode({ records }) });
