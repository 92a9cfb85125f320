import { describeFault } from './faults/fault.ts';
import type { Plan } from './plan.ts';
import type { RunResult } from './simulate.ts';

/** What a number of runs have met, together. */
export class SwarmTotals {
  readonly faults = new Map<string, number>();
  readonly marks = new Map<string, number>();
  seedCount = 0;
  virtualMs = 0;
  eventCount = 0;
  acknowledgedCount = 0;

  add(result: RunResult): void {
    this.seedCount += 1;
    this.virtualMs += result.virtualMs;
    this.eventCount += result.eventCount;
    this.acknowledgedCount += result.acknowledgedCount;
    for (const [kind, count] of result.faults) increase(this.faults, kind, count);
    for (const [name, count] of result.marks) increase(this.marks, name, count);
  }

  /** Lines for a person: the pace, then what was met, the rarest last. */
  describe(tookMs: number): string[] {
    const seconds = tookMs / 1000;
    const perSeed = (count: number): string => (count / Math.max(1, this.seedCount)).toFixed(0);
    return [
      `${this.seedCount} seeds in ${seconds.toFixed(1)} s: ` +
        `${(this.seedCount / seconds).toFixed(2)} seeds/s, ` +
        `${(this.virtualMs / 3_600_000).toFixed(2)} virtual hours`,
      `per seed: ${perSeed(this.virtualMs / 1000)} virtual s, ${perSeed(this.eventCount)} events, ` +
        `${perSeed(this.acknowledgedCount)} acknowledged records, ${perSeed(sum(this.faults))} faults`,
      `faults: ${describeCounts(this.faults)}`,
      `marks: ${describeCounts(this.marks)}`,
    ];
  }
}

const increase = (counts: Map<string, number>, name: string, by: number): void => {
  counts.set(name, (counts.get(name) ?? 0) + by);
};

const sum = (counts: ReadonlyMap<string, number>): number =>
  [...counts.values()].reduce((total, count) => total + count, 0);

const describeCounts = (counts: ReadonlyMap<string, number>): string =>
  [...counts]
    .sort(([, a], [, b]) => b - a)
    .map(([name, count]) => `${name} ${count}`)
    .join(', ');

/** What a failing seed tells, first and last: the property, its values, the plan, the replay. */
export const describeFailure = (plan: Plan, { violation, traceHash }: RunResult): string[] => {
  const { shape, topics, faults } = plan;
  return [
    `seed ${plan.seed} breaks ${violation?.message}`,
    `  brokers ${shape.brokers.join()}, controllers ${shape.controllers.join()}, topics ` +
      topics.map(({ name, configs }) => `${name} ${JSON.stringify(configs)}`).join(),
    ...faults.map((fault) => `  ${describeFault(fault)}`),
    `  trace hash: ${traceHash}`,
    `  replay: make sim SEED=${plan.seed}`,
  ];
};
