import { expect, test } from 'vitest';
import type { Partition } from '../../../src/broker/replication/partition.ts';
import type { ProduceOutcome } from '../../../src/broker/replication/produce-outcome.ts';
import { SeededRandom } from '../../support/seeded-random.ts';
import type { TestBroker } from './harness/test-broker.ts';
import { batchOf, TestCluster, valuesOf } from './harness/test-cluster.ts';

const SEEDS = 12;
const STEPS = 50;
const TOPIC = 't';

/**
 * A cluster under random faults with the checks that hold at any moment: one value for ever at each
 * committed offset, and every acknowledged record at its offset in the end.
 */
class FaultyCluster {
  readonly random: SeededRandom;
  readonly cluster: TestCluster;
  readonly #down = new Set<number>();
  readonly #committed = new Map<number, string>();
  readonly acknowledged = new Map<number, string>();
  #count = 0;

  constructor(seed: number, cluster: TestCluster) {
    this.random = new SeededRandom(seed);
    this.cluster = cluster;
  }

  async step(): Promise<void> {
    const draw = this.random.below(100);
    this.#slowDisks();
    if (this.random.below(2) === 0) {
      this.#produce();
      await this.cluster.run(this.random.below(15));
    }
    if (draw < 35) this.#produce();
    else if (draw < 47) await this.#crash();
    else if (draw < 54) await this.#blackout();
    else if (draw < 75) await this.#restart();
    else if (draw < 83) this.#cut();
    else if (draw < 90) this.cluster.network.heal();
    else this.#elect();
    await this.cluster.run(this.random.below(60));
    this.#reconcile();
    await this.cluster.run(this.random.below(20));
    this.#check();
  }

  async healAll(): Promise<void> {
    this.cluster.network.heal();
    for (const brokerId of [...this.#down]) await this.#start(brokerId);
    for (let round = 0; round < 8; round += 1) {
      await this.cluster.run(500);
      this.#reconcile();
    }
    this.#check();
  }

  #running(): TestBroker[] {
    return this.cluster.brokers.filter(({ brokerId }) => !this.#down.has(brokerId));
  }

  #replicas(): Partition[] {
    return this.#running().flatMap(({ node }) => node.replicas.partitionAt(`${TOPIC}-0`) ?? []);
  }

  #produce(): void {
    const leaders = this.#replicas().filter(({ isLeader }) => isLeader);
    const leader = leaders[this.random.below(leaders.length || 1)];
    if (leader === undefined) return;
    for (let count = this.random.below(4); count >= 0; count -= 1) {
      this.#count += 1;
      const value = `v${this.#count}`;
      const acks = this.random.below(4) === 0 ? 1 : -1;
      const onDone = (outcome: ProduceOutcome): void => {
        if (outcome.code === 'NONE' && acks === -1)
          this.acknowledged.set(outcome.baseOffset, value);
      };
      leader.produce(batchOf([value]), { acks, timeoutMs: 500 }, onDone);
    }
  }

  async #crash(): Promise<void> {
    const running = this.#running();
    const broker = running[this.random.below(running.length || 1)];
    if (broker === undefined) return;
    broker.crash({ power: this.random.below(2) === 0 });
    this.#down.add(broker.brokerId);
    await this.cluster.run(this.random.below(30));
    if (this.cluster.controller.image.brokers.has(broker.brokerId)) {
      this.cluster.controller.fence(broker.brokerId);
    }
  }

  /** Syncs take their time, so that a power cut finds much that is not synced. */
  #slowDisks(): void {
    for (const { disk } of this.cluster.brokers) disk.syncDelayMs = this.random.below(40);
  }

  /** Every machine loses its power at the same moment. */
  async #blackout(): Promise<void> {
    for (const broker of this.#running()) {
      broker.crash({ power: true });
      this.#down.add(broker.brokerId);
    }
    for (const brokerId of [3, 1, 2].slice(this.random.below(2))) await this.#start(brokerId);
    await this.cluster.run(100);
  }

  async #restart(): Promise<void> {
    const down = [...this.#down];
    const brokerId = down[this.random.below(down.length || 1)];
    if (brokerId !== undefined) await this.#start(brokerId);
  }

  async #start(brokerId: number): Promise<void> {
    this.#down.delete(brokerId);
    await this.cluster.broker(brokerId).start();
  }

  #cut(): void {
    const from = 1 + this.random.below(3);
    const to = 1 + ((from + this.random.below(2)) % 3);
    if (from !== to) this.cluster.network.cut(`b${from}`, `b${to}`);
  }

  #elect(): void {
    const current = this.#registration();
    const leader = current.isr[this.random.below(current.isr.length || 1)];
    if (leader !== undefined && this.#isUsable(leader)) {
      this.cluster.controller.change(TOPIC, { leader });
    }
  }

  #registration() {
    const found = this.cluster.controller.image.topics.get(TOPIC)?.partitions[0];
    if (found === undefined) throw new Error('the topic exists');
    return found;
  }

  #isUsable(brokerId: number): boolean {
    return this.cluster.controller.image.brokers.get(brokerId)?.isFenced === false;
  }

  /** As the controller does: never drops the last in-sync member, elects from the others. */
  #reconcile(): void {
    const { isr, leader } = this.#registration();
    const live = isr.filter((id) => this.#isUsable(id));
    const nextIsr = live.length > 0 ? live : isr;
    const nextLeader = live.includes(leader) ? leader : (live[0] ?? -1);
    const change = {
      ...(nextIsr.length === isr.length ? {} : { isr: nextIsr }),
      ...(nextLeader === leader ? {} : { leader: nextLeader }),
    };
    if (Object.keys(change).length > 0) this.cluster.controller.change(TOPIC, change);
  }

  #check(): void {
    this.cluster.expectHealthy();
    for (const replica of this.#replicas()) {
      const values = valuesOf(replica).slice(0, replica.highWatermark);
      for (const [offset, value] of values.entries()) {
        const known = this.#committed.get(offset) ?? value;
        expect(value, `offset ${offset} of ${replica.describe()}`).toBe(known);
        this.#committed.set(offset, value);
      }
    }
  }
}

test.each(Array.from({ length: SEEDS }, (_, index) => index + 1))(
  'no acknowledged record is lost under crashes, power cuts and cut links, seed %i',
  async (seed) => {
    const cluster = await TestCluster.start(3);
    cluster.controller.refenceOnRegister = true;
    cluster.controller.createTopic(TOPIC, [1, 2, 3], {
      configs: { 'min.insync.replicas': '2', 'segment.bytes': '400' },
    });
    await cluster.run(100);
    const faulty = new FaultyCluster(seed, cluster);

    for (let step = 0; step < STEPS; step += 1) await faulty.step();
    await faulty.healAll();

    const contents = cluster.brokers.map((broker) => valuesOf(broker.replica(TOPIC)));
    expect(contents[1]).toEqual(contents[0]);
    expect(contents[2]).toEqual(contents[0]);
    for (const [offset, value] of faulty.acknowledged) expect(contents[0]?.[offset]).toBe(value);
    expect(faulty.acknowledged.size).toBeGreaterThan(0);
  },
);
