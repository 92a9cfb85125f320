import { must } from '../base/assert.ts';
import { crc32c } from '../base/bytes/crc32c.ts';
import type { BrokerState, MetadataRecord } from '../gen/ottla.ts';
import { MetadataSnapshot } from '../gen/ottla.ts';
import { applyRecord } from './apply-batch.ts';
import type { BrokerRegistration, MetadataImage, TopicImage } from './image.ts';
import { emptyImage } from './image.ts';
import { ImageDraft } from './image-draft.ts';
import {
  configRecord,
  metadataVersionRecord,
  partitionRecord,
  producerIdsRecord,
  registerBrokerRecord,
  topicRecord,
} from './records.ts';

/**
 * The image as bytes: equal images give equal bytes, whatever order their history had, so that
 * snapshots and hashes of different nodes can be compared.
 */
export const encodeSnapshot = (image: MetadataImage): Uint8Array => {
  const brokers = [...image.brokers.values()].sort((a, b) => a.brokerId - b.brokerId);
  return MetadataSnapshot.encode({
    lastIndex: image.index,
    lastTerm: image.term,
    records: [
      ...(image.metadataVersion === 0 ? [] : [metadataVersionRecord(image.metadataVersion)]),
      ...brokers.map(registrationRecord),
      ...sortedByText(image.topics.values(), (topic) => topic.topicId).flatMap(topicRecords),
      ...configRecords(image),
      ...(image.nextProducerId === 0 ? [] : [producerIdsRecord(NO_BROKER, image.nextProducerId)]),
    ],
    brokerStates: brokers.map(stateOf),
  });
};

/** The image that `encodeSnapshot` was given. Throws INVALID_REQUEST on bytes that are not one. */
export const decodeSnapshot = (bytes: Uint8Array): MetadataImage => {
  const snapshot = MetadataSnapshot.decode(bytes);
  const position = { index: snapshot.lastIndex, term: snapshot.lastTerm };
  const draft = new ImageDraft(emptyImage);
  for (const record of snapshot.records) applyRecord(draft, record, position);
  for (const state of snapshot.brokerStates) {
    const broker = must(draft.brokers.get(state.brokerId), 'a broker state has a registration');
    draft.setBroker({
      ...broker,
      brokerEpoch: state.brokerEpoch,
      isFenced: state.fenced,
      inControlledShutdown: state.inControlledShutdown,
    });
  }
  return draft.finish(position);
};

/** One number for the whole image: nodes that applied the same entries have the same. */
export const imageHash = (image: MetadataImage): number => crc32c(encodeSnapshot(image));

/** The record holds only where the ids go on; who was given the last block is history. */
const NO_BROKER = { brokerId: 0, brokerEpoch: 0 };

const registrationRecord = (broker: BrokerRegistration): MetadataRecord => {
  const { brokerEpoch, isFenced, inControlledShutdown, ...record } = broker;
  return registerBrokerRecord(record);
};

const stateOf = (broker: BrokerRegistration): BrokerState => ({
  brokerId: broker.brokerId,
  brokerEpoch: broker.brokerEpoch,
  fenced: broker.isFenced,
  inControlledShutdown: broker.inControlledShutdown,
});

const topicRecords = ({ topicId, name, partitions }: TopicImage): MetadataRecord[] => [
  topicRecord(topicId, name),
  ...partitions.map((registration, partition) =>
    partitionRecord({ topicId, partition, ...registration }),
  ),
];

const configRecords = (image: MetadataImage): MetadataRecord[] =>
  sortedByText(image.configs, ([resource]) => resource).flatMap(([resource, values]) => {
    const slash = resource.indexOf('/');
    const target = { type: resource.slice(0, slash), name: resource.slice(slash + 1) };
    return sortedByText(values, ([key]) => key).map(([key, value]) =>
      configRecord(target, key, value),
    );
  });

const sortedByText = <T>(items: Iterable<T>, textOf: (item: T) => string): T[] =>
  [...items].sort((a, b) => (textOf(a) < textOf(b) ? -1 : 1));
