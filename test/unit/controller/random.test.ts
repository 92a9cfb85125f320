import { describe, expect, test } from 'vitest';
import { OttlaError } from '../../../src/base/errors.ts';
import { decideAlterConfigs } from '../../../src/controller/configs.ts';
import type { Decision } from '../../../src/controller/decision.ts';
import { decideElectLeaders } from '../../../src/controller/election.ts';
import { decideAlterPartition } from '../../../src/controller/isr.ts';
import { decidePreferredLeaders } from '../../../src/controller/leader-balance.ts';
import { decideAllocateProducerIds } from '../../../src/controller/producer-ids.ts';
import {
  decideCreatePartitions,
  decideCreateTopics,
  decideDeleteTopics,
} from '../../../src/controller/topics.ts';
import type { PartitionRef } from '../../../src/gen/ottla.ts';
import { MetadataBatch } from '../../../src/gen/ottla.ts';
import type { MetadataImage } from '../../../src/metadata/image.ts';
import { changedPartitions } from '../../../src/metadata/image-diff.ts';
import { MetadataLoader } from '../../../src/metadata/loader.ts';
import { imageHash } from '../../../src/metadata/snapshot.ts';
import { SeededRandom } from '../../support/seeded-random.ts';
import { LIMITS, newTopic, TestCluster } from './fixtures.ts';

const BROKER_COUNT = 5;
const STEP_COUNT = 300;

/** A cluster under random requests, most of them sensible, many of them stale. */
class RandomCluster {
  readonly cluster = new TestCluster();
  readonly producerIds = new Set<number>();
  readonly #random: SeededRandom;
  #draws = 0;

  constructor(seed: number) {
    this.#random = new SeededRandom(seed);
  }

  step(): void {
    const steps = [
      () => this.#register(),
      () => this.#beat(),
      () => this.#beat(),
      () => this.#beat(),
      () => this.#fence(),
      () => this.#alterPartition(),
      () => this.#alterPartition(),
      () => this.#createTopic(),
      () => this.#changeTopics(),
      () => this.#elect(),
      () => this.#allocate(),
    ];
    try {
      this.#pick(steps)();
    } catch (error) {
      if (!(error instanceof OttlaError)) throw error;
    }
  }

  #register(): void {
    const brokerId = this.#brokerId();
    this.#draws += 1;
    const isWiped = this.#random.chance(1, 4);
    const known = this.cluster.image.brokers.get(brokerId)?.directoryId ?? `dir-${brokerId}`;
    this.cluster.register(brokerId, {
      incarnationId: `run-${brokerId}-${this.#draws}`,
      directoryId: isWiped ? `dir-${brokerId}-${this.#draws}` : known,
      damaged: this.#someDamage(),
      offline: [],
      rack: this.#random.chance(1, 2) ? '' : `rack-${brokerId % 2}`,
    });
  }

  #beat(): void {
    const brokerId = this.#brokerId();
    if (!this.cluster.image.brokers.has(brokerId)) return;
    this.cluster.beat(brokerId, {
      metadataIndex: this.cluster.image.index - this.#random.below(3),
      wantFence: this.#random.chance(1, 10),
      wantShutdown: this.#random.chance(1, 10),
      damaged: this.#someDamage(),
      offline: [],
    });
  }

  #fence(): void {
    const brokerId = this.#brokerId();
    if (this.cluster.image.brokers.has(brokerId)) this.cluster.fence(brokerId);
  }

  #alterPartition(): void {
    const { image } = this.cluster;
    const ref = this.#partition();
    const partition = image.topics.get(ref?.topicId ?? '')?.partitions[ref?.partition ?? 0];
    const sender = image.brokers.get(partition?.leader ?? -1);
    if (ref === undefined || partition === undefined || sender === undefined) return;
    const members = partition.replicas.filter(
      (id) => id === partition.leader || this.#random.chance(2, 3),
    );
    const item = {
      ...ref,
      leaderEpoch: partition.leaderEpoch - (this.#random.chance(1, 10) ? 1 : 0),
      partitionEpoch: partition.partitionEpoch - (this.#random.chance(1, 10) ? 1 : 0),
      newIsr: members.map((brokerId) => ({
        brokerId,
        brokerEpoch: image.brokers.get(brokerId)?.brokerEpoch ?? -1,
      })),
    };
    const { brokerId, brokerEpoch } = sender;
    const request = { brokerId, brokerEpoch, partitions: [item] };
    this.cluster.run(decideAlterPartition(image, request, {}));
  }

  #createTopic(): void {
    this.#draws += 1;
    const configs = new Map(
      this.#random.chance(1, 4) ? [['unclean.leader.election.enable', 'true']] : [],
    );
    const topic = newTopic(`t${this.#random.below(8)}`, {
      partitions: 1 + this.#random.below(3),
      replicationFactor: 1 + this.#random.below(3),
      configs,
    });
    const context = {
      limits: LIMITS,
      topicIds: [`id-${this.#draws}`],
      placementSeed: this.#random.below(100),
      nowMs: 0,
    };
    const request = { topics: [topic], validateOnly: false };
    this.cluster.run(decideCreateTopics(this.cluster.image, request, context));
  }

  #changeTopics(): void {
    const { image } = this.cluster;
    const name = `t${this.#random.below(8)}`;
    const key = 'unclean.leader.election.enable';
    const value = this.#random.chance(1, 2) ? 'true' : undefined;
    const change = { resourceType: 'topic', resource: name, key, value };
    const growth = { name, totalPartitions: 1 + this.#random.below(6), assignments: [] };
    const context = { limits: LIMITS, placementSeed: 0, nowMs: 0 };
    this.cluster.run<unknown>(
      this.#pick<() => Decision<unknown>>([
        () => decideDeleteTopics(image, { names: [name], topicIds: [], validateOnly: false }),
        () => decideAlterConfigs(image, { changes: [change], validateOnly: false }, {}),
        () => decideCreatePartitions(image, { topics: [growth], validateOnly: false }, context),
      ])(),
    );
  }

  #elect(): void {
    const { image } = this.cluster;
    const ref = this.#partition();
    const partitions = ref === undefined ? [] : [ref];
    const unclean = this.#random.chance(1, 4);
    this.cluster.run<unknown>(
      this.#pick<() => Decision<unknown>>([
        () => decidePreferredLeaders(image, partitions),
        () => decideElectLeaders(image, { partitions, unclean }, {}),
      ])(),
    );
  }

  #allocate(): void {
    const broker = this.cluster.image.brokers.get(this.#brokerId());
    if (broker === undefined) return;
    const { firstProducerId, count } = this.cluster.run(
      decideAllocateProducerIds(this.cluster.image, broker),
    );
    for (let id = firstProducerId; id < firstProducerId + count; id += 1) {
      expect(this.producerIds.has(id)).toBe(false);
      this.producerIds.add(id);
    }
  }

  #brokerId(): number {
    return 1 + this.#random.below(BROKER_COUNT);
  }

  #partition(): PartitionRef | undefined {
    const topics = [...this.cluster.image.topics.values()];
    const topic = topics[this.#random.below(Math.max(1, topics.length))];
    if (topic === undefined) return undefined;
    return { topicId: topic.topicId, partition: this.#random.below(topic.partitions.length) };
  }

  #someDamage(): PartitionRef[] {
    const ref = this.#random.chance(1, 15) ? this.#partition() : undefined;
    return ref === undefined ? [] : [ref];
  }

  #pick<T>(options: readonly T[]): T {
    return options[this.#random.below(options.length)] as T;
  }
}

/** Who leads without having been in sync lost data: only where that was allowed or asked for. */
const uncleanLeaders = (before: MetadataImage, after: MetadataImage): number =>
  changedPartitions(before, after).filter(
    ({ previous, next }) =>
      previous !== undefined &&
      next !== undefined &&
      next.leader !== -1 &&
      next.leader !== previous.leader &&
      !previous.isr.includes(next.leader),
  ).length;

const SEEDS = [1, 2, 3, 4, 5, 6, 7, 8];

describe('random requests', () => {
  test.each(SEEDS)('never bring about what must not be (seed %i)', (seed) => {
    const random = new RandomCluster(seed);

    for (let step = 0; step < STEP_COUNT; step += 1) {
      const before = random.cluster.image;
      random.step();
      // An unclean leader is alone in sync: whatever it lacks, no in-sync member has either.
      for (const { previous, next } of changedPartitions(before, random.cluster.image)) {
        if (previous === undefined || next === undefined || next.leader === -1) continue;
        if (!previous.isr.includes(next.leader)) expect(next.isr).toEqual([next.leader]);
      }
    }

    expect(random.cluster.history.length).toBeGreaterThan(STEP_COUNT / 6);
  });

  test('do elect leaders, and unclean ones among them', () => {
    const random = new RandomCluster(1);
    let uncleanCount = 0;

    for (let step = 0; step < STEP_COUNT * 4; step += 1) {
      const before = random.cluster.image;
      random.step();
      uncleanCount += uncleanLeaders(before, random.cluster.image);
    }

    expect(uncleanCount).toBeGreaterThan(0);
  });

  test.each(SEEDS)(
    'replay to one image, from the start and from any snapshot (seed %i)',
    (seed) => {
      const random = new RandomCluster(seed);
      for (let step = 0; step < STEP_COUNT; step += 1) random.step();
      const entries = random.cluster.history.map((records, at) => ({
        index: at + 1,
        term: 1,
        payload: MetadataBatch.encode({ records }),
      }));
      const full = new MetadataLoader();
      full.onCommitted(entries);

      for (const share of [0.1, 0.5, 0.9]) {
        const cut = Math.floor(entries.length * share);
        const first = new MetadataLoader();
        first.onCommitted(entries.slice(0, cut));
        const second = new MetadataLoader();
        second.onSnapshot(first.snapshot());
        for (const entry of entries.slice(cut)) second.onCommitted([entry]);
        expect(imageHash(second.image)).toBe(imageHash(full.image));
      }

      expect(imageHash(full.image)).toBe(imageHash(random.cluster.image));
    },
  );
});
