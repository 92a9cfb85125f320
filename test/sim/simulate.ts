import type { Partition } from '../../src/broker/replication/partition.ts';
import { SeededRandom } from '../support/seeded-random.ts';
import { FAULT_ACTIONS } from './faults/actions.ts';
import type { FaultEvent } from './faults/fault.ts';
import type { Plan } from './plan.ts';
import { keyOf } from './workload/context.ts';
import { groupConfig } from './workload/group-plan.ts';
import { MAX_DELAY_MS } from './workload/sim-producer.ts';
import { Workload } from './workload/workload.ts';
import type { TraceSink } from './world/trace.ts';
import { Violation } from './world/violation.ts';
import { World } from './world.ts';

export interface RunResult {
  readonly seed: number;
  readonly traceHash: string;
  /** Undefined: every property held. */
  readonly violation: Violation | undefined;
  readonly acknowledgedCount: number;
  readonly eventCount: number;
  readonly virtualMs: number;
  /** Faults that came, by kind. */
  readonly faults: ReadonlyMap<string, number>;
  readonly marks: ReadonlyMap<string, number>;
}

/** With everything healed: one cluster, every open record settled, all of it read. */
const SETTLE_MS = 90_000;
/** Far longer than the records that a run asks for take. */
const ENOUGH_MS = 300_000;
const SEND_MS = 60_000;
const READ_MS = 30_000;
/** Clocks are looked at each second, and what is due then is committed. */
const DELIVER_MS = 10_000;
/** Sessions of members that are gone end, and whoever is left handles what was sent. */
const DRAIN_MS = 90_000;

/** Runs one plan: safety under its faults, then everything heals and the cluster must be live. */
export const simulate = async (plan: Plan, onTrace?: TraceSink): Promise<RunResult> => {
  const { seed, shape, latencyMs, maxSyncMs } = plan;
  const hasGroups = plan.workload.groups.length > 0;
  const config = hasGroups ? [...plan.config, ...groupConfig(shape)] : plan.config;
  const trace = onTrace === undefined ? {} : { onTrace };
  const world = await World.create({ seed, shape, latencyMs, maxSyncMs, config, ...trace });
  const run = new Run(world, plan);
  try {
    await run.safety();
    await run.liveness();
    run.judge();
    return run.result(undefined);
  } catch (error) {
    if (error instanceof Violation) return run.result(error);
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return run.result(new Violation('simulator', text));
  } finally {
    world.close();
  }
};

class Run {
  readonly #world: World;
  readonly #plan: Plan;
  readonly #workload: Workload;
  readonly #faults = new Map<string, number>();
  #isHealed = false;

  constructor(world: World, plan: Plan) {
    this.#world = world;
    this.#plan = plan;
    this.#workload = new Workload(world, plan.workload);
  }

  /** A healthy start, then clients and faults together. */
  async safety(): Promise<void> {
    const world = this.#world;
    await world.settle();
    for (const { name, partitions, configs, keeps, delays, dedups } of this.#plan.topics) {
      await world.createTopic(name, partitions, configs);
      this.#workload.onTopic({ name, partitionCount: partitions, keeps, delays, dedups });
    }
    for (const { groupId } of this.#plan.workload.groups) await this.#findCoordinator(groupId);
    await world.settle();
    this.#workload.start();
    for (const event of this.#plan.faults) {
      world.clock.setTimer(event.atMs, () => this.#inject(event));
    }
    await world.advance(this.#plan.safetyMs);
  }

  async liveness(): Promise<void> {
    const world = this.#world;
    this.#isHealed = true;
    world.healAll();
    await world.settle(SETTLE_MS);
    await this.#takeEnough();
    this.#workload.stop();
    const isSettled = await world.until(() => this.#workload.openCount === 0, SEND_MS);
    if (!isSettled) world.observer.violate('liveness', 'records stay open in a healthy cluster');
    if (this.#plan.topics.some(({ delays }) => delays)) await this.#deliverAll();
    await this.#writeEverywhere();
    await world.settle(SETTLE_MS);
    await world.until(() => this.#areEndsKnown(), SETTLE_MS);
    const ends = this.#marks(({ highWatermark }) => highWatermark);
    await this.#workload.drainGroups(ends, DRAIN_MS);
    await this.#workload.readAll(ends, READ_MS);
    world.observer.atInterval();
    world.throwIfViolated();
  }

  /** What the clients saw, all in all. */
  judge(): void {
    const [first, ...others] = this.#workload.judge(this.#marks(({ log }) => log.logStartOffset));
    if (first === undefined) return;
    const more = others.length === 0 ? '' : ` (and ${others.length} more)`;
    throw new Violation(`history: ${first.slice(0, first.indexOf(' '))}`, `${first}${more}`);
  }

  result(violation: Violation | undefined): RunResult {
    const world = this.#world;
    return {
      seed: this.#plan.seed,
      traceHash: world.trace.hash,
      violation,
      acknowledgedCount: this.#workload.acknowledgedCount,
      eventCount: world.eventCount,
      virtualMs: world.nowMs,
      faults: this.#faults,
      marks: world.observer.marks,
    };
  }

  #inject({ id, kind, durationMs }: FaultEvent): void {
    if (this.#isHealed) return;
    const world = this.#world;
    const random = new SeededRandom(`${this.#plan.seed}/fault-${id}`);
    const scene = { world, workload: this.#workload, random, durationMs };
    world.trace.add(world.nowMs, 'fault', kind);
    if (!FAULT_ACTIONS[kind](scene)) return;
    this.#faults.set(kind, (this.#faults.get(kind) ?? 0) + 1);
  }

  /** At first use the topic of groups is made: that is done before there are faults. */
  async #findCoordinator(groupId: string): Promise<void> {
    const admin = this.#world.client('admin').sdk.admin();
    await this.#world.outcome(admin.groups.offsets(groupId), `finding group ${groupId}`);
  }

  /** Faults may have left little time for records. */
  async #takeEnough(): Promise<void> {
    const { leastAcknowledged } = this.#plan;
    const isEnough = (): boolean => this.#workload.acknowledgedCount >= leastAcknowledged;
    if (await this.#world.until(isEnough, ENOUGH_MS)) return;
    const count = this.#workload.acknowledgedCount;
    this.#world.observer.violate('liveness', `${count} of ${leastAcknowledged} records are taken`);
  }

  /** Nothing waits any more once every clock has passed what was asked for. */
  async #deliverAll(): Promise<void> {
    const world = this.#world;
    await world.settle(SETTLE_MS);
    world.passAllClocks(MAX_DELAY_MS);
    await world.advance(DELIVER_MS);
    world.observer.onAllDue();
    world.throwIfViolated();
  }

  /** Every partition accepts a write. */
  async #writeEverywhere(): Promise<void> {
    const world = this.#world;
    const producer = world.client('prober').sdk.producer({ deliveryTimeoutMs: SEND_MS });
    for (const { name, partitionCount } of this.#workload.topics) {
      for (let partition = 0; partition < partitionCount; partition += 1) {
        const value = 'probe|';
        const sent = producer.send({ topic: name, partition, value });
        await world.outcome(sent, `a write to ${name}-${partition}`, SEND_MS);
      }
    }
  }

  #areEndsKnown(): boolean {
    const total = this.#workload.topics.reduce((sum, topic) => sum + topic.partitionCount, 0);
    return this.#marks(({ highWatermark }) => highWatermark).size >= total;
  }

  /** What each partition's leader says, by key; without those whose leader knows no end yet. */
  #marks(markOf: (partition: Partition) => number): Map<string, number> {
    const { replicas, truth } = this.#world.observer;
    const marks = new Map<string, number>();
    for (const { partition } of replicas) {
      if (!partition.isLeader || !partition.core.isLatestOffsetKnown) continue;
      const topic = this.#workload.topics.find(({ name }) => name === partition.topicName);
      if (topic === undefined) continue;
      if (truth.topicIdsByName.get(topic.name) !== partition.topicId) continue;
      marks.set(keyOf(topic, partition.partition), markOf(partition));
    }
    return marks;
  }
}
