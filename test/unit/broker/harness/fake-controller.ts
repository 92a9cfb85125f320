import { errorNumber } from '../../../../src/base/errors.ts';
import { decideElectLeaders } from '../../../../src/controller/election.ts';
import {
  decideAlterReassignments,
  listReassignments,
} from '../../../../src/controller/reassignment.ts';
import { decideCreatePartitions, decideDeleteTopics } from '../../../../src/controller/topics.ts';
import { decideUnregisterBroker } from '../../../../src/controller/unregister.ts';
import type { Clock } from '../../../../src/env/clock.ts';
import type { Handler, Transport } from '../../../../src/env/transport.ts';
import { onCall, onStream } from '../../../../src/env/transport.ts';
import type {
  AlterPartitionItem,
  AlterPartitionRequest,
  AlterPartitionResult,
  BrokerHeartbeat,
  DeleteTopicsRequest,
  MetadataRecord,
  RegisterBrokerRequest,
} from '../../../../src/gen/ottla.ts';
import { ControllerService, MetadataBatch } from '../../../../src/gen/ottla.ts';
import type { MetadataImage } from '../../../../src/metadata/image.ts';
import { partitionOf } from '../../../../src/metadata/image.ts';
import type { MetadataEntry } from '../../../../src/metadata/loader.ts';
import { MetadataLoader } from '../../../../src/metadata/loader.ts';
import type { PartitionChange } from '../../../../src/metadata/records.ts';
import {
  brokerChangeRecord,
  metadataVersionRecord,
  NO_ELIGIBILITY,
  NO_REASSIGNMENT,
  partitionChangeRecord,
  partitionRecord,
  registerBrokerRecord,
  topicRecord,
} from '../../../../src/metadata/records.ts';
import { METADATA_VERSION_MAX } from '../../../../src/metadata/versions.ts';

export const CONTROLLER_ADDRESS = 'controller:7190';

/**
 * A controller that decides nothing but what brokers ask, and partitions to add, topics to delete,
 * leaders and moves by the real one's rules: tests script the rest.
 */
export class FakeController {
  readonly loader = new MetadataLoader();
  readonly entries: MetadataEntry[] = [];
  readonly alterRequests: AlterPartitionRequest[] = [];
  readonly deletions: DeleteTopicsRequest[] = [];
  /** Set to answer proposals in another way: undefined lets the rules decide. */
  answerAlter: ((item: AlterPartitionItem) => AlterPartitionResult | undefined) | undefined;
  /** A new incarnation is taken out of the in-sync replicas where others remain, as it should be. */
  refenceOnRegister = false;
  /** Answers whole requests with this error number while set. */
  refuseAll = 0;
  readonly heartbeats = new Map<number, BrokerHeartbeat>();
  readonly #followers = new Map<string, MetadataLoader>();
  readonly #held = new Set<string>();
  readonly #clock: Clock;
  #nextProducerId = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.commit([metadataVersionRecord(METADATA_VERSION_MAX)]);
  }

  get image(): MetadataImage {
    return this.loader.image;
  }

  async listen(transport: Transport): Promise<void> {
    await transport.listen(CONTROLLER_ADDRESS, this.#handlers());
  }

  /** A node's loader gets everything from the beginning, and what comes as it comes. */
  attach(node: string, loader: MetadataLoader): void {
    this.#followers.set(node, loader);
    this.#feed(node);
  }

  detach(node: string): void {
    this.#followers.delete(node);
    this.#held.delete(node);
  }

  /** The node's metadata stands still until `release`. */
  hold(node: string): void {
    this.#held.add(node);
  }

  release(node: string): void {
    this.#held.delete(node);
    this.#feed(node);
  }

  commit(records: readonly MetadataRecord[]): number {
    const index = this.entries.length + 1;
    const entry = { index, term: 1, payload: MetadataBatch.encode({ records }) };
    this.entries.push(entry);
    this.loader.onCommitted([entry]);
    for (const node of this.#followers.keys()) this.#clock.defer(() => this.#feed(node));
    return index;
  }

  createTopic(
    topicId: string,
    replicas: readonly number[],
    options: { readonly isr?: readonly number[]; readonly configs?: Record<string, string> } = {},
  ): void {
    const isr = options.isr ?? replicas;
    const configs = Object.entries(options.configs ?? {}).map(
      ([key, value]): MetadataRecord => ({
        kind: 'config',
        value: { resourceType: 'topic', resource: topicId, key, value },
      }),
    );
    this.commit([
      topicRecord(topicId, topicId),
      partitionRecord({
        topicId,
        partition: 0,
        replicas,
        isr,
        leader: isr[0] ?? -1,
        leaderEpoch: 0,
        partitionEpoch: 0,
        directories: replicas.map(() => ''),
        ...NO_REASSIGNMENT,
        ...NO_ELIGIBILITY,
      }),
      ...configs,
    ]);
  }

  change(topicId: string, change: PartitionChange): void {
    this.commit([partitionChangeRecord(topicId, 0, change)]);
  }

  fence(brokerId: number): void {
    this.commit([this.#fenceRecord(brokerId)]);
  }

  /** As a controller does it: out of the in-sync sets in the same decision, where others remain. */
  fenceAndDrop(brokerId: number): void {
    this.commit([this.#fenceRecord(brokerId), ...this.#withoutBroker(brokerId)]);
  }

  #fenceRecord(brokerId: number): MetadataRecord {
    const brokerEpoch = this.image.brokers.get(brokerId)?.brokerEpoch ?? -1;
    return brokerChangeRecord({ brokerId, brokerEpoch }, { fenced: true });
  }

  #feed(node: string): void {
    const loader = this.#followers.get(node);
    if (loader === undefined || this.#held.has(node)) return;
    loader.onCommitted(this.entries.slice(loader.image.index));
  }

  #handlers(): Handler[] {
    return [
      onCall(ControllerService.registerBroker, async (request) => this.#register(request)),
      onCall(ControllerService.alterPartition, async (request) => this.#alter(request)),
      onCall(ControllerService.allocateProducerIds, async () => {
        const firstProducerId = this.#nextProducerId;
        this.#nextProducerId += 2;
        return { errorCode: this.refuseAll, firstProducerId, count: 2 };
      }),
      onCall(ControllerService.createTopics, async ({ topics }) => ({
        topics: topics.map(({ name }) => {
          if (this.refuseAll === 0) this.createTopic(name, [1]);
          return {
            name,
            topicId: name,
            errorCode: this.refuseAll,
            errorMessage: '',
            partitions: 1,
            replicationFactor: 1,
          };
        }),
      })),
      onCall(ControllerService.createPartitions, async (request) => {
        const limits = { defaultPartitions: 1, defaultReplicationFactor: 1, maxPartitions: 100 };
        const context = { limits, placementSeed: 0, nowMs: 0 };
        const decision = decideCreatePartitions(this.image, request, context);
        return decision.respond(this.commit(decision.records));
      }),
      onCall(ControllerService.alterConfigs, async ({ changes }) => {
        const records = changes.map((value): MetadataRecord => ({ kind: 'config', value }));
        const results = changes.map(({ resourceType, resource }) => {
          return { resourceType, resource, errorCode: 0, errorMessage: '' };
        });
        return { results, metadataIndex: this.commit(records) };
      }),
      onCall(ControllerService.electLeaders, async (request) => {
        const decision = decideElectLeaders(this.image, request, {});
        return decision.respond(this.commit(decision.records));
      }),
      onCall(ControllerService.alterReassignments, async (request) => {
        const decision = decideAlterReassignments(this.image, request, {});
        return decision.respond(this.commit(decision.records));
      }),
      onCall(ControllerService.listReassignments, async (request) =>
        listReassignments(this.image, request),
      ),
      onCall(ControllerService.unregisterBroker, async (request) => {
        const decision = decideUnregisterBroker(this.image, request, () => false);
        return decision.respond(this.commit(decision.records));
      }),
      onCall(ControllerService.deleteTopics, async (request) => {
        this.deletions.push(request);
        const decision = decideDeleteTopics(this.image, request);
        return decision.respond(this.commit(decision.records));
      }),
      this.#sessionHandler(),
    ];
  }

  #sessionHandler(): Handler {
    return onStream(ControllerService.brokerSession, (stream) => ({
      onMessage: (beat) => stream.send(this.#beat(beat)),
      onClose: () => {},
    }));
  }

  #register(request: RegisterBrokerRequest) {
    const { brokerId } = request;
    const known = this.image.brokers.get(brokerId);
    if (this.refuseAll !== 0) {
      return { errorCode: this.refuseAll, errorMessage: 'refused by the test', brokerEpoch: -1 };
    }
    if (known?.incarnationId === request.incarnationId) {
      return { errorCode: 0, errorMessage: '', brokerEpoch: known.brokerEpoch };
    }
    const brokerEpoch = this.commit([
      registerBrokerRecord(request),
      ...(this.refenceOnRegister ? this.#withoutBroker(brokerId) : []),
    ]);
    return { errorCode: 0, errorMessage: '', brokerEpoch };
  }

  #withoutBroker(brokerId: number): MetadataRecord[] {
    return [...this.image.topics.values()].flatMap(({ topicId, partitions }) =>
      partitions.flatMap(({ isr, leader }, partition) => {
        const others = isr.filter((id) => id !== brokerId);
        if (others.length === isr.length) return [];
        const change = {
          ...(others.length > 0 ? { isr: others } : {}),
          ...(leader === brokerId ? { leader: -1 } : {}),
        };
        return Object.keys(change).length === 0
          ? []
          : [partitionChangeRecord(topicId, partition, change)];
      }),
    );
  }

  #beat(beat: BrokerHeartbeat) {
    const { brokerId, brokerEpoch } = beat;
    this.heartbeats.set(brokerId, beat);
    const broker = this.image.brokers.get(brokerId);
    const reply = { errorCode: 0, mayShutDown: false, committedIndex: this.image.index };
    if (broker === undefined || broker.brokerEpoch !== brokerEpoch) {
      return { ...reply, errorCode: errorNumber('STALE_BROKER_EPOCH'), fenced: true };
    }
    const mayUnfence = broker.isFenced && !beat.wantFence && beat.metadataIndex >= brokerEpoch;
    if (mayUnfence) this.commit([brokerChangeRecord({ brokerId, brokerEpoch }, { fenced: false })]);
    return { ...reply, fenced: broker.isFenced && !mayUnfence, mayShutDown: beat.wantShutdown };
  }

  #alter(request: AlterPartitionRequest) {
    this.alterRequests.push(request);
    if (this.refuseAll !== 0) return { errorCode: this.refuseAll, partitions: [] };
    const partitions = request.partitions.map(
      (item) => this.answerAlter?.(item) ?? this.#decide(item),
    );
    return { errorCode: 0, partitions };
  }

  /** Those of the controller's checks that the tests can meet. */
  #decide(item: AlterPartitionItem): AlterPartitionResult {
    const { topicId, partition } = item;
    const current = partitionOf(this.image, topicId, partition);
    const refuse = (code: Parameters<typeof errorNumber>[0]): AlterPartitionResult => ({
      topicId,
      partition,
      errorCode: errorNumber(code),
      leader: -1,
      leaderEpoch: -1,
      isr: [],
      partitionEpoch: -1,
    });
    if (current === undefined) return refuse('UNKNOWN_TOPIC_ID');
    if (item.leaderEpoch < current.leaderEpoch) return refuse('FENCED_LEADER_EPOCH');
    if (item.partitionEpoch < current.partitionEpoch) return refuse('INVALID_UPDATE_VERSION');
    const isEligible = item.newIsr.every(({ brokerId, brokerEpoch }) => {
      const broker = this.image.brokers.get(brokerId);
      if (broker === undefined || broker.isFenced) return false;
      return brokerEpoch === -1 || brokerEpoch === broker.brokerEpoch;
    });
    if (!isEligible) return refuse('INELIGIBLE_REPLICA');
    this.change(topicId, { isr: item.newIsr.map(({ brokerId }) => brokerId) });
    const next = partitionOf(this.image, topicId, partition) ?? current;
    return { topicId, partition, errorCode: 0, ...next };
  }
}
