import { must } from '../../../src/base/assert.ts';
import type { ErrorCode } from '../../../src/base/errors.ts';
import { errorCodeOf, OttlaError } from '../../../src/base/errors.ts';
import type { NodeId } from '../../../src/base/ids.ts';
import { decideFence, decideHeartbeat } from '../../../src/controller/brokers.ts';
import type { DecideContext, Decision } from '../../../src/controller/decision.ts';
import { checkTransition } from '../../../src/controller/invariants.ts';
import { decideRegisterBroker } from '../../../src/controller/registration.ts';
import type { TopicLimits } from '../../../src/controller/topics.ts';
import { decideCreateTopics } from '../../../src/controller/topics.ts';
import type {
  BrokerHeartbeat,
  MetadataRecord,
  NewTopic,
  RegisterBrokerRequest,
} from '../../../src/gen/ottla.ts';
import { applyBatch } from '../../../src/metadata/apply-batch.ts';
import type { MetadataImage, PartitionRegistration } from '../../../src/metadata/image.ts';
import { emptyImage } from '../../../src/metadata/image.ts';
import type { PartitionChange } from '../../../src/metadata/records.ts';
import { metadataVersionRecord, partitionChangeRecord } from '../../../src/metadata/records.ts';
import { METADATA_VERSION_MAX } from '../../../src/metadata/versions.ts';

export const CLUSTER_ID = 'cluster-000000000000001';
export const LIMITS: TopicLimits = {
  defaultPartitions: 1,
  defaultReplicationFactor: 1,
  maxPartitions: 100,
};

export const registerRequest = (
  brokerId: NodeId,
  overrides: Partial<RegisterBrokerRequest> = {},
): RegisterBrokerRequest => ({
  clusterId: CLUSTER_ID,
  brokerId,
  incarnationId: `run-${brokerId}-a`,
  directoryId: `dir-${brokerId}`,
  clientAddress: `node-${brokerId}:7091`,
  peerAddress: `node-${brokerId}:7191`,
  kafkaAddress: '',
  rack: '',
  minMetadataVersion: 1,
  maxMetadataVersion: METADATA_VERSION_MAX,
  previousBrokerEpoch: -1,
  damaged: [],
  offline: [],
  ...overrides,
});

export const newTopic = (name: string, overrides: Partial<NewTopic> = {}): NewTopic => ({
  name,
  partitions: -1,
  replicationFactor: -1,
  assignments: [],
  configs: new Map(),
  ...overrides,
});

/** An image that decisions move along, every step checked by the controller's invariants. */
export class TestCluster {
  /** Of no entry yet, and at the newest metadata.version. */
  image: MetadataImage = { ...emptyImage, metadataVersion: METADATA_VERSION_MAX };
  context: DecideContext = {};
  /** What was applied: the batch at index n is the nth. The first brings metadata.version, too. */
  readonly history: (readonly MetadataRecord[])[] = [];

  /** Brokers 1 to `count`, registered and in service. */
  static withBrokers(count: number): TestCluster {
    const cluster = new TestCluster();
    for (let brokerId = 1; brokerId <= count; brokerId += 1) cluster.start(brokerId);
    return cluster;
  }

  run<Response>(decision: Decision<Response>): Response {
    const position = { index: this.image.index + 1, term: 1 };
    if (decision.records.length === 0) return decision.respond(this.image.index);
    const next = applyBatch(this.image, decision.records, position);
    checkTransition(this.image, next);
    this.image = next;
    const before = this.history.length === 0 ? [metadataVersionRecord(METADATA_VERSION_MAX)] : [];
    this.history.push([...before, ...decision.records]);
    return decision.respond(position.index);
  }

  register(brokerId: NodeId, overrides: Partial<RegisterBrokerRequest> = {}): void {
    this.run(
      decideRegisterBroker(this.image, registerRequest(brokerId, overrides), {
        ...this.context,
        clusterId: CLUSTER_ID,
        hasLiveSession: false,
      }),
    );
  }

  /** Registers and unfences. */
  start(brokerId: NodeId, overrides: Partial<RegisterBrokerRequest> = {}): void {
    this.register(brokerId, overrides);
    this.beat(brokerId);
  }

  beat(brokerId: NodeId, overrides: Partial<BrokerHeartbeat> = {}): void {
    this.run(decideHeartbeat(this.image, this.heartbeat(brokerId, overrides), this.context));
  }

  heartbeat(brokerId: NodeId, overrides: Partial<BrokerHeartbeat> = {}): BrokerHeartbeat {
    return {
      brokerId,
      brokerEpoch: this.epochOf(brokerId),
      metadataIndex: this.image.index,
      wantFence: false,
      wantShutdown: false,
      damaged: [],
      offline: [],
      offlineDirectories: [],
      ...overrides,
    };
  }

  fence(brokerId: NodeId): void {
    const brokerEpoch = this.epochOf(brokerId);
    this.run(decideFence(this.image, { brokerId, brokerEpoch }, this.context));
  }

  /** A topic whose id is `id-NAME`, with these replicas. */
  createTopic(
    name: string,
    replicas: readonly (readonly NodeId[])[],
    configs: Readonly<Record<string, string>> = {},
  ): void {
    const assignments = replicas.map((list, partition) => ({ partition, replicas: list }));
    const topic = newTopic(name, { assignments, configs: new Map(Object.entries(configs)) });
    const { topics } = this.run(
      decideCreateTopics(
        this.image,
        { topics: [topic], validateOnly: false },
        { limits: LIMITS, topicIds: [`id-${name}`], placementSeed: 0, nowMs: 0 },
      ),
    );
    if (topics[0]?.errorCode !== 0) throw new Error(topics[0]?.errorMessage);
  }

  changePartition(name: string, partition: number, change: PartitionChange): void {
    const records = [partitionChangeRecord(`id-${name}`, partition, change)];
    this.run({ records, respond: () => undefined });
  }

  epochOf(brokerId: NodeId): number {
    return must(this.image.brokers.get(brokerId), `broker ${brokerId} is registered`).brokerEpoch;
  }

  partition(name: string, partition = 0): PartitionRegistration {
    const topic = this.image.topics.get(`id-${name}`);
    return must(topic?.partitions[partition], `partition ${name}-${partition} exists`);
  }
}

/** The code of the operating error that `run` ends with, or NONE. */
export const codeOf = (run: () => unknown): ErrorCode => {
  try {
    run();
  } catch (error) {
    if (error instanceof OttlaError) return error.code;
    throw error;
  }
  return 'NONE';
};

export const codesOf = (results: readonly { readonly errorCode: number }[]): ErrorCode[] =>
  results.map(({ errorCode }) => errorCodeOf(errorCode));
