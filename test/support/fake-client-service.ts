import type { ErrorCode } from '../../src/base/errors.ts';
import { errorNumber, OttlaError } from '../../src/base/errors.ts';
import { validateTopicName } from '../../src/base/topic-name.ts';
import type { GroupsContext } from '../../src/broker/client/groups.ts';
import { groupHandlers } from '../../src/broker/client/groups.ts';
import type { Clock } from '../../src/env/clock.ts';
import type { Handler, Transport } from '../../src/env/transport.ts';
import { onCall } from '../../src/env/transport.ts';
import type {
  DescribeQuorumResponse,
  DescribeVersionsResponse,
  MetadataRequest,
  MetadataResponse,
  TopicFence,
  TopicInfo,
  TopicResult,
} from '../../src/gen/ottla.ts';
import { ClientService } from '../../src/gen/ottla.ts';
import { configResource } from '../../src/metadata/image.ts';
import type { FakeState, ProduceFault } from './fake-cluster/fake-broker.ts';
import { FakeBroker } from './fake-cluster/fake-broker.ts';
import { FakeGroups } from './fake-cluster/fake-groups.ts';
import { FakePartition } from './fake-cluster/fake-partition.ts';
import type { MemoryNetwork } from './memory-transport.ts';

const DEFAULT_MAX_MESSAGE_BYTES = 1_048_588;

export interface FakeClusterOptions {
  readonly clock: Clock;
  readonly network: MemoryNetwork;
  /** Default 3. */
  readonly brokerCount?: number;
}

export interface FakeTopicOptions {
  readonly partitions?: number;
  readonly maxMessageBytes?: number;
}

interface FakeTopic {
  readonly name: string;
  readonly topicId: string;
  readonly partitions: FakePartition[];
  readonly maxMessageBytes: number;
  readonly configs: Map<string, string>;
}

interface Planted<T> {
  readonly fault: T;
  readonly brokerId: number | undefined;
  readonly partition: number | undefined;
  remaining: number;
}

export interface FaultTarget {
  readonly brokerId?: number;
  readonly partition?: number;
  /** Requests that meet it; default 1. */
  readonly times?: number;
}

const AT_NO_VERSION = { metadataVersion: 0, knownMetadataVersion: 0 };

/**
 * A cluster behind the client door, in memory: one log a partition that every broker shares, sequences
 * checked as Kafka does, faults planted request by request. Partition p is led by broker p % count + 1.
 */
export class FakeCluster implements FakeState {
  readonly clock: Clock;
  readonly brokers: FakeBroker[];
  readonly groups: FakeGroups;
  /** Whether a refusal by a non-leader names the leader. */
  givesHints = true;
  initProducerIdCount = 0;
  metadataCallCount = 0;
  /** What administrative calls answer first, used up one by one. */
  readonly adminFailures: ErrorCode[] = [];
  /** What metadata says of a topic instead of describing it. */
  readonly topicErrors = new Map<string, ErrorCode>();
  /** Before partitions that were added, by topic. */
  readonly fences = new Map<string, TopicFence>();
  readonly versions: DescribeVersionsResponse = {
    finalized: 1,
    possible: 2,
    versions: [],
    nodes: [
      { nodeId: 1, broker: true, voter: true, minVersion: 1, maxVersion: 2 },
      { nodeId: 2, broker: false, voter: true, minVersion: 0, maxVersion: 0 },
    ],
    hindrances: [],
  };
  /** What describeCluster tells of the controllers. */
  quorum: DescribeQuorumResponse | undefined;
  readonly #network: MemoryNetwork;
  readonly #transports: Transport[] = [];
  readonly #topics = new Map<string, FakeTopic>();
  readonly #groupConfigs = new Map<string, ReadonlyMap<string, string>>();
  readonly #produceFaults: Array<Planted<ProduceFault>> = [];
  readonly #fetchFaults: Array<Planted<ErrorCode>> = [];
  /** Brokers that answer metadata as it was. */
  readonly #frozen = new Map<number, MetadataResponse>();
  #metadataIndex = 1;
  #nextProducerId = 1000;
  #nextTopicId = 1;
  #damageCount = 0;

  constructor(options: FakeClusterOptions) {
    this.clock = options.clock;
    this.#network = options.network;
    this.groups = new FakeGroups(options.clock);
    this.brokers = Array.from(
      { length: options.brokerCount ?? 3 },
      (_, index) => new FakeBroker(index + 1, this),
    );
  }

  get bootstrap(): string[] {
    return this.brokers.map(({ brokerId }) => addressOf(brokerId));
  }

  async start(): Promise<void> {
    for (const broker of this.brokers) {
      const transport = this.#network.transportFor(nodeOf(broker.brokerId));
      this.#transports.push(transport);
      await transport.listen(addressOf(broker.brokerId), this.#handlers(broker));
    }
  }

  broker(brokerId: number): FakeBroker {
    const broker = this.brokers[brokerId - 1];
    if (broker === undefined) throw new Error(`no broker ${brokerId}`);
    return broker;
  }

  createTopic(name: string, options: FakeTopicOptions = {}): void {
    const { partitions = 1, maxMessageBytes = DEFAULT_MAX_MESSAGE_BYTES } = options;
    const topicId = `topic-id-${this.#nextTopicId++}`;
    this.#topics.set(name, {
      name,
      topicId,
      maxMessageBytes,
      configs: new Map(),
      partitions: Array.from(
        { length: partitions },
        (_, index) => new FakePartition((index % this.brokers.length) + 1, maxMessageBytes),
      ),
    });
    this.#metadataIndex += 1;
  }

  deleteTopic(name: string): void {
    this.#topics.delete(name);
    this.groups.onTopicDeleted(name);
    this.#metadataIndex += 1;
  }

  partition(topic: string, partition = 0): FakePartition {
    const found = this.#topics.get(topic)?.partitions[partition];
    if (found === undefined) throw new Error(`no partition ${partition} of ${topic}`);
    return found;
  }

  moveLeader(topic: string, partition: number, brokerId: number): void {
    this.#metadataIndex += 1;
    this.partition(topic, partition).moveTo(brokerId);
  }

  addPartitions(topic: string, count: number): void {
    const found = this.#topics.get(topic);
    for (let index = 0; index < count; index += 1) {
      const leader = ((found?.partitions.length ?? 0) % this.brokers.length) + 1;
      found?.partitions.push(new FakePartition(leader, found.maxMessageBytes));
    }
    this.#metadataIndex += 1;
  }

  /** This broker answers metadata as it is now, whatever changes. */
  freezeMetadata(brokerId: number): void {
    this.#frozen.set(
      brokerId,
      this.#metadata({ topics: [], allTopics: true, allowAutoCreate: false }),
    );
  }

  onProduce(fault: ProduceFault, target: FaultTarget = {}): void {
    this.#produceFaults.push(planted(fault, target));
  }

  onFetch(code: ErrorCode, target: FaultTarget = {}): void {
    this.#fetchFaults.push(planted(code, target));
  }

  damageFetches(count: number): void {
    this.#damageCount = count;
  }

  #nameOf(topicId: string): string | undefined {
    for (const [name, topic] of this.#topics) if (topic.topicId === topicId) return name;
    return undefined;
  }

  find(topicId: string, partition: number): FakePartition | undefined {
    for (const topic of this.#topics.values()) {
      if (topic.topicId === topicId) return topic.partitions[partition];
    }
    return undefined;
  }

  takeProduceFault(brokerId: number, partition: number): ProduceFault | undefined {
    return take(this.#produceFaults, brokerId, partition);
  }

  takeFetchFault(partition: number): ErrorCode | undefined {
    return take(this.#fetchFaults, undefined, partition);
  }

  takeDamage(): boolean {
    if (this.#damageCount === 0) return false;
    this.#damageCount -= 1;
    return true;
  }

  #handlers(broker: FakeBroker): Handler[] {
    return [
      ...broker.handlers(),
      // The others are of an earlier release.
      ...(broker.brokerId === this.brokers.length
        ? [onCall(ClientService.describeVersions, async () => this.versions)]
        : []),
      onCall(ClientService.metadata, async (request) => {
        await broker.whenRunning();
        this.metadataCallCount += 1;
        const frozen = this.#frozen.get(broker.brokerId);
        if (frozen === undefined) return this.#metadata(request);
        const { allTopics, topics } = request;
        const isAsked = ({ name }: TopicInfo): boolean => allTopics || topics.includes(name);
        return { ...frozen, topics: frozen.topics.filter(isAsked) };
      }),
      onCall(ClientService.initProducerId, async () => {
        await broker.whenRunning();
        this.initProducerIdCount += 1;
        const code = this.adminFailures.shift() ?? 'NONE';
        const errorCode = errorNumber(code);
        return { errorCode, producerId: this.#nextProducerId++, producerEpoch: 0 };
      }),
      ...this.#adminHandlers(broker),
      ...this.#groupHandlers(broker),
    ];
  }

  /** As `ottla group degrade` and its like do: these settings, and no others. */
  configureGroup(groupId: string, configs: Readonly<Record<string, string>>): void {
    this.#groupConfigs.set(configResource('group', groupId), new Map(Object.entries(configs)));
  }

  #groupHandlers({ brokerId }: FakeBroker): Handler[] {
    const brokers = new Map(
      this.brokers.map((it) => [it.brokerId, { clientAddress: addressOf(it.brokerId) }]),
    );
    const image = {
      brokers,
      configs: this.#groupConfigs,
    } as unknown as GroupsContext['metadata']['image'];
    return groupHandlers({
      groups: this.groups.at(brokerId),
      metadata: { image, subscribe: () => () => {} },
      onFatal: (error) => {
        throw error;
      },
    });
  }

  #adminHandlers(broker: FakeBroker): Handler[] {
    return [
      onCall(ClientService.createTopics, async ({ topics, validateOnly }) => {
        const results = topics.map(({ name, partitions }): TopicResult => {
          if (this.#topics.has(name)) return topicResult(name, 'TOPIC_ALREADY_EXISTS');
          if (!validateOnly)
            this.createTopic(name, { partitions: partitions < 0 ? 1 : partitions });
          const topicId = this.#topics.get(name)?.topicId ?? '';
          return { ...topicResult(name, 'NONE'), topicId, partitions, replicationFactor: 1 };
        });
        this.#failIfPlanted();
        return { topics: results };
      }),
      onCall(ClientService.deleteTopics, async ({ names, topicIds, validateOnly }) => {
        const named = names.map((name) => ({ name, topicId: this.#topics.get(name)?.topicId }));
        const known = topicIds.map((topicId) => ({ name: this.#nameOf(topicId), topicId }));
        const topics = [...named, ...known].map(({ name, topicId }) => {
          if (topicId === undefined) return topicResult(name ?? '', 'UNKNOWN_TOPIC_OR_PARTITION');
          if (name === undefined) return { ...topicResult('', 'UNKNOWN_TOPIC_ID'), topicId };
          if (!validateOnly) this.deleteTopic(name);
          return { ...topicResult(name, 'NONE'), topicId };
        });
        this.#failIfPlanted();
        return { topics };
      }),
      onCall(ClientService.alterConfigs, async ({ changes }) => {
        this.#failIfPlanted();
        const results = changes.map(({ resourceType, resource, key, value }) => {
          const configs = this.#topics.get(resource)?.configs;
          if (value === undefined) configs?.delete(key);
          else configs?.set(key, value);
          const code = key.startsWith('no.such') ? 'INVALID_CONFIG' : 'NONE';
          return { resourceType, resource, errorCode: errorNumber(code), errorMessage: key };
        });
        return { results, metadataIndex: 0 };
      }),
      onCall(ClientService.describeConfigs, async ({ resource }) => {
        const configs = this.#topics.get(resource)?.configs ?? new Map<string, string>();
        const entries = [...configs].map(([key, value]) => ({
          key,
          value,
          isDefault: false,
          description: '',
          source: 'topic',
        }));
        return { errorCode: 0, errorMessage: '', entries };
      }),
      onCall(ClientService.describeCluster, async () => ({
        clusterId: 'fake-cluster',
        brokerId: broker.brokerId,
        brokers: this.#metadata({ topics: [], allTopics: false, allowAutoCreate: false }).brokers,
        partitions: [...this.#topics.values()].reduce((sum, it) => sum + it.partitions.length, 0),
        underReplicated: 0,
        underMinIsr: 0,
        offline: 0,
        ...AT_NO_VERSION,
        ...(this.quorum === undefined ? {} : { quorum: this.quorum }),
      })),
    ];
  }

  /** Fails after the change was made: the caller cannot know. */
  #failIfPlanted(): void {
    const code = this.adminFailures.shift();
    if (code !== undefined && code !== 'NONE') throw new OttlaError(code, 'planted');
  }

  #metadata(request: MetadataRequest): MetadataResponse {
    const names = request.allTopics ? [...this.#topics.keys()] : request.topics;
    return {
      clusterId: 'fake-cluster',
      controllerId: 1,
      metadataIndex: this.#metadataIndex,
      brokers: this.brokers.map(({ brokerId }) => ({
        brokerId,
        address: addressOf(brokerId),
        kafkaAddress: '',
        rack: '',
        fenced: false,
        offlineDirectories: [],
      })),
      topics: names.map((name) => this.#topicInfo(name)),
    };
  }

  #topicInfo(name: string): TopicInfo {
    const topic = this.#topics.get(name);
    const told = this.topicErrors.get(name);
    if (topic === undefined || told !== undefined) {
      const isName = validateTopicName(name) === undefined;
      const code = told ?? (isName ? 'UNKNOWN_TOPIC_OR_PARTITION' : 'INVALID_TOPIC');
      const errorCode = errorNumber(code);
      return { errorCode, name, topicId: '', partitions: [], maxMessageBytes: 0 };
    }
    const delayEnable = topic.configs.get('delay.enable');
    return {
      errorCode: 0,
      name,
      topicId: topic.topicId,
      maxMessageBytes: topic.maxMessageBytes,
      ...(delayEnable === undefined ? {} : { delayEnable: delayEnable === 'true' }),
      fence: this.fences.get(name),
      partitions: topic.partitions.map(({ leader, leaderEpoch }, partition) => ({
        partition,
        leader,
        leaderEpoch,
        replicas: [leader],
        isr: [leader],
        eligibleLeaderReplicas: [],
        lastKnownElr: [],
        offline: [],
      })),
    };
  }
}

const nodeOf = (brokerId: number): string => `broker-${brokerId}`;
const addressOf = (brokerId: number): string => `broker-${brokerId}:7091`;

const topicResult = (name: string, code: ErrorCode): TopicResult => ({
  name,
  topicId: '',
  errorCode: errorNumber(code),
  errorMessage: '',
  partitions: 0,
  replicationFactor: 0,
});

const planted = <T>(fault: T, { brokerId, partition, times = 1 }: FaultTarget): Planted<T> => ({
  fault,
  brokerId,
  partition,
  remaining: times,
});

const take = <T>(
  faults: Array<Planted<T>>,
  brokerId: number | undefined,
  partition: number,
): T | undefined => {
  const found = faults.find(
    (it) =>
      it.remaining > 0 &&
      (it.brokerId === undefined || brokerId === undefined || it.brokerId === brokerId) &&
      (it.partition === undefined || it.partition === partition),
  );
  if (found === undefined) return undefined;
  found.remaining -= 1;
  return found.fault;
};
