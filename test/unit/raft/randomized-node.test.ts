import { describe, expect, it } from 'vitest';
import type { NodeId } from '../../../src/base/ids.ts';
import type { SeededRandom } from '../../support/seeded-random.ts';
import type { ClusterOptions } from './cluster.ts';
import { Cluster, nameOf } from './cluster.ts';

const SEEDS = 200;
/** Seeds in one test, so that a failure names a few. */
const SEEDS_PER_TEST = 20;
const STEPS = 30;
const OBSERVER = 9;

const optionsOf = (seed: number): ClusterOptions => ({
  seed,
  voters: seed % 6 === 0 ? [1] : seed % 6 === 1 ? [1, 2, 3, 4, 5] : [1, 2, 3],
  syncDelayMs: [0, 1, 8, 30][seed % 4] ?? 0,
  tuning: { trailingEntries: seed % 3, snapshotChunkBytes: 32, maxAppendBytes: 20, maxInflight: 4 },
});

/** Ordinary faults only: what was synced stays. The cluster must then never contradict itself. */
class Storm {
  readonly #cluster: Cluster;
  readonly #random: SeededRandom;
  readonly #ids: readonly NodeId[];
  #proposals = 0;

  constructor(cluster: Cluster, seed: number) {
    this.#cluster = cluster;
    this.#random = cluster.random.fork('storm');
    this.#ids = seed % 2 === 0 ? cluster.voters : [...cluster.voters, OBSERVER];
  }

  async run(): Promise<void> {
    for (let step = 0; step < STEPS; step += 1) {
      await this.#act();
      await this.#cluster.clock.settle(this.#random.below(4) === 0 ? 400 : this.#random.below(60));
    }
  }

  /** Faults end; every node must come back to one state that holds all that was committed. */
  async calm(): Promise<void> {
    const cluster = this.#cluster;
    cluster.network.heal();
    for (const id of this.#ids) if (!cluster.runs.has(id)) await cluster.start(id);
    await cluster.settleUntil(() => cluster.activeLeader() !== undefined, 30_000);
    await this.#proposeUntilTaken('the end');
    // It may have been proposed again meanwhile.
    await cluster.clock.settle(1000);
    const isLevel = () =>
      [...cluster.runs.values()].every(({ state }) => state.size === cluster.committed.size);
    await cluster.settleUntil(isLevel, 30_000);
  }

  async #proposeUntilTaken(text: string): Promise<void> {
    const cluster = this.#cluster;
    await cluster.settleUntil(() => {
      if (cluster.isEverywhere(text)) return true;
      for (const { node, state } of cluster.runs.values()) {
        const isThere = [...state.values()].some((each) => each.endsWith(text));
        if (node.status().role === 'leader' && !isThere) this.#proposeAt(node, text);
      }
      return false;
    }, 30_000);
  }

  async #act(): Promise<void> {
    const draw = this.#random.below(20);
    if (draw < 8) this.#propose();
    else if (draw < 10) this.#crash(this.#anyId());
    else if (draw < 13) await this.#restart();
    else if (draw < 15) await this.#snapshot();
    else if (draw === 15) this.#cut();
    else if (draw === 16) this.#cluster.network.heal();
    else if (draw === 17) void this.#cluster.runs.get(this.#anyId())?.node.handOver();
    else if (draw === 18) for (const id of this.#ids) this.#crash(id);
    else this.#cluster.network.reset(nameOf(this.#anyId()), nameOf(this.#anyId()));
  }

  /** At every node that believes to lead, deposed or not. */
  #propose(): void {
    for (const { node } of this.#cluster.runs.values()) {
      for (let count = this.#random.below(4); count > 0; count -= 1) {
        this.#proposals += 1;
        this.#proposeAt(node, `proposal ${this.#proposals}`);
      }
    }
  }

  #proposeAt(node: { propose(payload: Uint8Array): unknown }, text: string): void {
    try {
      node.propose(Buffer.from(text));
    } catch (error) {
      expect(error).toMatchObject({ code: 'NOT_CONTROLLER' });
    }
  }

  #crash(id: NodeId): void {
    const power = this.#random.below(3) > 0;
    if (this.#cluster.runs.has(id)) this.#cluster.crash(id, { power, random: this.#random });
  }

  async #restart(): Promise<void> {
    for (const id of this.#ids) if (!this.#cluster.runs.has(id)) await this.#cluster.start(id);
  }

  /** Not awaited half of the time: what follows then races with it. */
  async #snapshot(): Promise<void> {
    const id = this.#anyId();
    const run = this.#cluster.runs.get(id);
    if (run === undefined || run.state.size === 0) return;
    const taken = this.#cluster.snapshotNow(id);
    if (this.#random.below(2) === 0) await this.#cluster.inTime(taken);
  }

  #cut(): void {
    const [from, to] = [this.#anyId(), this.#anyId()];
    if (from === to) return;
    if (this.#random.below(2) === 0) this.#cluster.network.cut(nameOf(from), nameOf(to));
    else this.#cluster.network.cutOneWay(nameOf(from), nameOf(to));
  }

  #anyId(): NodeId {
    return this.#ids[this.#random.below(this.#ids.length)] ?? 1;
  }
}

const weather = async (seed: number): Promise<Cluster> => {
  const cluster = await Cluster.started(optionsOf(seed));
  if (seed % 2 === 1) await cluster.start(OBSERVER);
  const storm = new Storm(cluster, seed);
  await storm.run();
  await storm.calm();
  return cluster;
};

const firsts = Array.from({ length: SEEDS / SEEDS_PER_TEST }, (_, at) => at * SEEDS_PER_TEST);

describe('raft nodes that crash, lose what was not synced and are cut off', () => {
  it.each(firsts)('end in one state with all that was committed (seeds from %i)', async (first) => {
    for (let seed = first; seed < first + SEEDS_PER_TEST; seed += 1) {
      const cluster = await weather(seed);

      const committed = [...cluster.committed].sort(([a], [b]) => a - b);
      for (const [id, run] of cluster.runs) {
        expect([...run.state], `the state of node ${id}, seed ${seed}`).toEqual(committed);
        expect(run.fatal, `failures of node ${id}, seed ${seed}`).toEqual([]);
      }
    }
  });

  it('go the same way twice under one seed', async () => {
    const first = await weather(17);

    const second = await weather(17);

    expect([...second.committed]).toEqual([...first.committed]);
    expect(second.clock.monotonicMs()).toBe(first.clock.monotonicMs());
  });
});
