import { describeAnomaly } from '../chaos/checker/anomaly.ts';
import { checkHistory } from '../chaos/checker/check.ts';
import { SeededRandom } from '../support/seeded-random.ts';
import { FAULT_ACTIONS } from './faults/actions.ts';
import type { FaultEvent } from './faults/fault.ts';
import type { Plan } from './plan.ts';
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
const SEND_MS = 60_000;
const READ_MS = 30_000;

/** Runs one plan: safety under its faults, then everything heals and the cluster must be live. */
export const simulate = async (plan: Plan, onTrace?: TraceSink): Promise<RunResult> => {
  const { seed, shape, latencyMs, maxSyncMs, config } = plan;
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
    for (const { name, partitions, minInsyncReplicas } of this.#plan.topics) {
      await world.createTopic(name, partitions, {
        'min.insync.replicas': String(minInsyncReplicas),
      });
      this.#workload.onTopic(name, partitions);
    }
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
    this.#workload.stop();
    const isSettled = await world.until(() => this.#workload.openCount === 0, SEND_MS);
    if (!isSettled) world.observer.violate('liveness', 'records stay open in a healthy cluster');
    await this.#writeEverywhere();
    await world.settle(SETTLE_MS);
    await world.until(() => this.#ends() !== undefined, SETTLE_MS);
    await this.#workload.readAll(this.#ends() ?? new Map(), READ_MS);
    world.observer.atInterval();
    world.throwIfViolated();
  }

  /** What the clients saw, all in all. */
  judge(): void {
    const [first, ...others] = checkHistory(this.#workload.history.operations);
    if (first === undefined) return;
    const more = others.length === 0 ? '' : ` (and ${others.length} more)`;
    throw new Violation(`history: ${first.kind}`, `${describeAnomaly(first)}${more}`);
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

  /** End of each partition, by key; undefined while one has no leader that knows it. */
  #ends(): Map<string, number> | undefined {
    const ends = new Map<string, number>();
    for (const { partition } of this.#world.observer.replicas) {
      if (!partition.isLeader || !partition.core.isLatestOffsetKnown) continue;
      ends.set(partition.describe(), partition.highWatermark);
    }
    const total = this.#workload.topics.reduce((sum, topic) => sum + topic.partitionCount, 0);
    return ends.size >= total ? ends : undefined;
  }
}
