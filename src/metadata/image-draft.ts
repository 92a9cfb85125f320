import { must } from '../base/assert.ts';
import type { LeaderEpoch, NodeId, PartitionId, ProducerId, TopicId } from '../base/ids.ts';
import type {
  BrokerRegistration,
  ConfigValues,
  LogPosition,
  MetadataImage,
  PartitionRegistration,
  TopicImage,
} from './image.ts';

/** The leader has not all that was committed, and what it lacks is lost. */
export interface UncleanElection {
  readonly topicId: TopicId;
  readonly partition: PartitionId;
  readonly leader: NodeId;
  readonly leaderEpoch: LeaderEpoch;
  /** Of those that forgot what they had acknowledged from memory: nobody was sure to have it. */
  readonly isRecovered: boolean;
}

/**
 * The next image while it is being made: reads like an image, and copies a map or a topic the
 * first time it changes. However many changes one batch brings, each map is copied once at most.
 */
export class ImageDraft implements MetadataImage {
  index: number;
  term: number;
  nextProducerId: ProducerId;
  metadataVersion: number;
  readonly #uncleanElections: UncleanElection[] = [];
  #brokers: ReadonlyMap<NodeId, BrokerRegistration>;
  #topics: ReadonlyMap<TopicId, TopicImage>;
  #topicIdsByName: ReadonlyMap<string, TopicId>;
  #configs: ReadonlyMap<string, ConfigValues>;
  #ownBrokers: Map<NodeId, BrokerRegistration> | undefined;
  #ownTopics: Map<TopicId, TopicImage> | undefined;
  #ownNames: Map<string, TopicId> | undefined;
  #ownConfigs: Map<string, ConfigValues> | undefined;
  /** Partition lists that this draft made, and may therefore change in place. */
  readonly #ownPartitions = new Map<TopicId, PartitionRegistration[]>();

  constructor(base: MetadataImage) {
    this.index = base.index;
    this.term = base.term;
    this.nextProducerId = base.nextProducerId;
    this.metadataVersion = base.metadataVersion;
    this.#brokers = base.brokers;
    this.#topics = base.topics;
    this.#topicIdsByName = base.topicIdsByName;
    this.#configs = base.configs;
  }

  get brokers(): ReadonlyMap<NodeId, BrokerRegistration> {
    return this.#brokers;
  }

  get topics(): ReadonlyMap<TopicId, TopicImage> {
    return this.#topics;
  }

  get topicIdsByName(): ReadonlyMap<string, TopicId> {
    return this.#topicIdsByName;
  }

  get configs(): ReadonlyMap<string, ConfigValues> {
    return this.#configs;
  }

  setBroker(broker: BrokerRegistration): void {
    this.#writableBrokers().set(broker.brokerId, broker);
  }

  removeBroker(brokerId: NodeId): void {
    this.#writableBrokers().delete(brokerId);
  }

  addTopic(topicId: TopicId, name: string): void {
    const partitions: PartitionRegistration[] = [];
    this.#ownPartitions.set(topicId, partitions);
    this.#writableTopics().set(topicId, { topicId, name, partitions });
    this.#writableNames().set(name, topicId);
  }

  removeTopic(topic: TopicImage): void {
    this.#ownPartitions.delete(topic.topicId);
    this.#writableTopics().delete(topic.topicId);
    this.#writableNames().delete(topic.name);
  }

  /** Replaces a partition, or adds the one after the last. */
  setPartition(topicId: TopicId, partition: PartitionId, next: PartitionRegistration): void {
    this.#writablePartitions(topicId)[partition] = next;
  }

  /** A replica that was not in sync leads from here on. */
  noteUncleanElection(election: UncleanElection): void {
    this.#uncleanElections.push(election);
  }

  get uncleanElections(): readonly UncleanElection[] {
    return this.#uncleanElections;
  }

  /** A resource left without values disappears. */
  setConfigs(resource: string, values: ConfigValues): void {
    this.#ownConfigs ??= new Map(this.#configs);
    this.#configs = this.#ownConfigs;
    if (values.size === 0) this.#ownConfigs.delete(resource);
    else this.#ownConfigs.set(resource, values);
  }

  /** The image at `position`. The draft may go on from it: what it handed out stays as it is. */
  finish({ index, term }: LogPosition): MetadataImage {
    this.index = index;
    this.term = term;
    this.#ownBrokers = undefined;
    this.#ownTopics = undefined;
    this.#ownNames = undefined;
    this.#ownConfigs = undefined;
    this.#ownPartitions.clear();
    return {
      index,
      term,
      brokers: this.#brokers,
      topics: this.#topics,
      topicIdsByName: this.#topicIdsByName,
      configs: this.#configs,
      nextProducerId: this.nextProducerId,
      metadataVersion: this.metadataVersion,
    };
  }

  #writableBrokers(): Map<NodeId, BrokerRegistration> {
    this.#ownBrokers ??= new Map(this.#brokers);
    this.#brokers = this.#ownBrokers;
    return this.#ownBrokers;
  }

  #writableTopics(): Map<TopicId, TopicImage> {
    this.#ownTopics ??= new Map(this.#topics);
    this.#topics = this.#ownTopics;
    return this.#ownTopics;
  }

  #writableNames(): Map<string, TopicId> {
    this.#ownNames ??= new Map(this.#topicIdsByName);
    this.#topicIdsByName = this.#ownNames;
    return this.#ownNames;
  }

  #writablePartitions(topicId: TopicId): PartitionRegistration[] {
    const own = this.#ownPartitions.get(topicId);
    if (own !== undefined) return own;
    const topic = must(this.#topics.get(topicId), `topic ${topicId} is in the image`);
    const partitions = [...topic.partitions];
    this.#ownPartitions.set(topicId, partitions);
    this.#writableTopics().set(topicId, { ...topic, partitions });
    return partitions;
  }
}
