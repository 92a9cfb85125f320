import type { Plan } from './plan.ts';
import { planOf } from './plan.ts';
import type { Reduction } from './reduction.ts';
import { reduce } from './reduction.ts';
import type { RunResult } from './simulate.ts';
import { simulate } from './simulate.ts';

/** Whether a run still breaks what it broke. */
export type Fails = (reduction: Reduction) => Promise<boolean>;

/** Where the search for few records begins. */
const FIRST_RECORDS = 512;

export interface ShrinkLimits {
  readonly mayGoOn: () => boolean;
}

/**
 * What of a seed's plan its failure needs: faults go first, in halves and then one by one, then
 * nodes, then operations. Ends with the smallest found when nothing can go or `mayGoOn` says no.
 */
export const shrink = (
  seed: number,
  failure: RunResult,
  limits: ShrinkLimits,
): Promise<Reduction> => {
  const plan = planOf(seed);
  const property = failure.violation?.property;
  const fails: Fails = async (reduction) => {
    const { violation } = await simulate(reduce(plan, reduction));
    return violation?.property === property;
  };
  return shrinkWith(plan, fails, limits);
};

/** The search alone, for any judge of what still fails. */
export const shrinkWith = async (
  plan: Plan,
  fails: Fails,
  limits: ShrinkLimits,
): Promise<Reduction> => {
  const search = new Search(fails, limits);
  await search.dropFaults(plan.faults.map(({ id }) => id));
  await search.dropNodes(plan);
  await search.dropOperations(plan);
  // A smaller cluster may need fewer of them.
  const { faults = [], ...others } = search.smallest;
  if (Object.keys(others).length > 0) await search.dropFaults(faults);
  return search.smallest;
};

class Search {
  smallest: Reduction = {};
  readonly #fails: Fails;
  readonly #limits: ShrinkLimits;

  constructor(fails: Fails, limits: ShrinkLimits) {
    this.#fails = fails;
    this.#limits = limits;
  }

  /** Halves first, then ever smaller parts, down to single ones. */
  async dropFaults(ids: readonly number[]): Promise<void> {
    let kept = ids;
    let size = Math.ceil(kept.length / 2);
    while (size >= 1) {
      const smaller = await this.#withoutOnePart(kept, size);
      if (smaller !== undefined) kept = smaller;
      else size = size === 1 ? 0 : Math.ceil(size / 2);
    }
  }

  /** A machine that is both goes as both; a quorum stays odd. */
  async dropNodes({ shape }: Plan): Promise<void> {
    let { length: brokers } = shape.brokers;
    let { length: controllers } = shape.controllers;
    const isCombined = shape.brokers.join() === shape.controllers.join();
    if (isCombined) {
      while (brokers > 1 && (await this.#try({ brokers: brokers - 1, controllers: brokers - 1 }))) {
        brokers -= 1;
      }
      return;
    }
    while (brokers > 1 && (await this.#try({ brokers: brokers - 1 }))) brokers -= 1;
    while (controllers > 2 && (await this.#try({ controllers: controllers - 2 }))) controllers -= 2;
  }

  async dropOperations({ topics, workload }: Plan): Promise<void> {
    await this.#lower('readers', workload.readerCount, 0);
    await this.#lower('groups', workload.groups.length, 0);
    await this.#lower('producers', workload.producerCount, 1);
    await this.#lower('topics', topics.length, 1);
    for (let records = FIRST_RECORDS; records >= 1; records = Math.floor(records / 2)) {
      if (!(await this.#try({ records }))) return;
    }
  }

  async #lower(
    name: 'readers' | 'groups' | 'producers' | 'topics',
    from: number,
    least: number,
  ): Promise<void> {
    let count = from;
    while (count > least && (await this.#try({ [name]: count - 1 }))) count -= 1;
  }

  async #withoutOnePart(
    ids: readonly number[],
    size: number,
  ): Promise<readonly number[] | undefined> {
    for (let at = 0; at < ids.length; at += size) {
      const faults = [...ids.slice(0, at), ...ids.slice(at + size)];
      if (await this.#try({ faults })) return faults;
    }
    return undefined;
  }

  async #try(change: Reduction): Promise<boolean> {
    if (!this.#limits.mayGoOn()) return false;
    const smaller = { ...this.smallest, ...change };
    if (!(await this.#fails(smaller))) return false;
    this.smallest = smaller;
    return true;
  }
}
