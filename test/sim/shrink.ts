import type { FaultEvent } from './faults/fault.ts';
import type { Plan } from './plan.ts';
import type { RunResult } from './simulate.ts';
import { simulate } from './simulate.ts';

/**
 * The plan without the faults that its failure does not need: halves first, then one by one, until
 * none can go or `untilMs` (of `performance.now`) has come.
 */
export const shrink = async (plan: Plan, failure: RunResult, untilMs: number): Promise<Plan> => {
  const property = failure.violation?.property;
  const fails = async (faults: readonly FaultEvent[]): Promise<boolean> => {
    const { violation } = await simulate({ ...plan, faults });
    return violation?.property === property;
  };
  let { faults } = plan;
  let size = Math.ceil(faults.length / 2);
  while (size >= 1 && performance.now() < untilMs) {
    const smaller = await withoutOneChunk(faults, size, fails);
    if (smaller !== undefined) faults = smaller;
    else size = size === 1 ? 0 : Math.ceil(size / 2);
  }
  return { ...plan, faults };
};

const withoutOneChunk = async (
  faults: readonly FaultEvent[],
  size: number,
  fails: (faults: readonly FaultEvent[]) => Promise<boolean>,
): Promise<readonly FaultEvent[] | undefined> => {
  for (let at = 0; at < faults.length; at += size) {
    const rest = [...faults.slice(0, at), ...faults.slice(at + size)];
    if (await fails(rest)) return rest;
  }
  return undefined;
};
