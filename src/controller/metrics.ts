import { NONE } from '../base/ids.ts';
import type { Counter, Meter } from '../env/meter.ts';
import type { MetadataImage, PartitionRegistration } from '../metadata/image.ts';
import { hasForgotten } from '../metadata/image.ts';

export interface ControllerGauges {
  readonly isActive: () => boolean;
  /** Committed: metrics show nothing that may be undone. */
  readonly image: () => MetadataImage;
}

/** Registers the controller's gauges, under the names that Kafka's dashboards know. */
export const registerControllerMetrics = (meter: Meter, source: ControllerGauges): void => {
  const gauge = (name: string, help: string, read: (image: MetadataImage) => number): void =>
    meter.gauge({ name: `kafka_controller_kafkacontroller_${name}`, help }, () => [
      { value: read(source.image()) },
    ]);
  gauge('activecontrollercount', '1 on the active controller, 0 elsewhere.', () =>
    source.isActive() ? 1 : 0,
  );
  gauge('globaltopiccount', 'Topics of the cluster.', (image) => image.topics.size);
  gauge('globalpartitioncount', 'Partitions of the cluster.', (image) =>
    countPartitions(image, () => true),
  );
  gauge('offlinepartitionscount', 'Partitions without a leader.', (image) =>
    countPartitions(image, ({ leader }) => leader === NONE),
  );
  gauge(
    'forgottenpartitionscount',
    'Partitions offline until all replicas that may have forgotten what they acknowledged from memory are back.',
    (image) => countPartitions(image, hasForgotten),
  );
  gauge('preferredreplicaimbalancecount', 'Partitions not led by their first replica.', (image) =>
    countPartitions(image, ({ leader, replicas }) => leader !== replicas[0]),
  );
  gauge('activebrokercount', 'Brokers in service.', (image) => countBrokers(image, false));
  gauge('fencedbrokercount', 'Brokers that are fenced.', (image) => countBrokers(image, true));
  gauge('lastcommittedrecordoffset', 'Last metadata entry applied here.', ({ index }) => index);
};

export const uncleanElectionCounter = (meter: Meter): Counter =>
  meter.counter({
    name: 'kafka_controller_controllerstats_uncleanleaderelections_total',
    help: 'Leaders elected from outside the in-sync set.',
  });

const countPartitions = (
  image: MetadataImage,
  isCounted: (partition: PartitionRegistration) => boolean,
): number => {
  let count = 0;
  for (const { partitions } of image.topics.values()) count += partitions.filter(isCounted).length;
  return count;
};

const countBrokers = (image: MetadataImage, isFenced: boolean): number =>
  [...image.brokers.values()].filter((broker) => broker.isFenced === isFenced).length;
