import { describeFault } from './faults/fault.ts';
import type { ReducedSeed } from './reduction.ts';
import { describeReduced, planOfReduced } from './reduction.ts';
import type { RunResult } from './simulate.ts';
import { HAS_BALANCE } from './workload/balance-plan.ts';
import { HAS_GROUPS } from './workload/group-plan.ts';
import { HAS_JOURNAL } from './workload/journal-plan.ts';
import { HAS_MEMBERS } from './workload/member-plan.ts';

/** What a number of runs have met, together. */
export class SwarmTotals {
  readonly faults = new Map<string, number>();
  readonly marks = new Map<string, number>();
  seedCount = 0;
  virtualMs = 0;
  eventCount = 0;
  acknowledgedCount = 0;
  /** Of one seed. */
  leastAcknowledged = Number.POSITIVE_INFINITY;
  leastFaults = Number.POSITIVE_INFINITY;

  add(result: RunResult): void {
    this.seedCount += 1;
    this.virtualMs += result.virtualMs;
    this.eventCount += result.eventCount;
    this.acknowledgedCount += result.acknowledgedCount;
    this.leastAcknowledged = Math.min(this.leastAcknowledged, result.acknowledgedCount);
    this.leastFaults = Math.min(this.leastFaults, sum(result.faults));
    for (const [kind, count] of result.faults) increase(this.faults, kind, count);
    for (const [name, count] of result.marks) increase(this.marks, name, count);
  }

  /** Lines for a person: the pace, then what was met, the rarest last. */
  describe({ tookMs, processorMs }: Pace): string[] {
    const seconds = tookMs / 1000;
    const perCore = (this.seedCount / (processorMs / 1000)).toFixed(2);
    const perSeed = (count: number): string => (count / Math.max(1, this.seedCount)).toFixed(0);
    return [
      `${this.seedCount} seeds in ${seconds.toFixed(1)} s: ` +
        `${(this.seedCount / seconds).toFixed(2)} seeds/s, ` +
        `${perCore} a second of a processor, ` +
        `${(this.virtualMs / 3_600_000).toFixed(2)} virtual hours, ` +
        `${this.acknowledgedCount} acknowledged records, ${sum(this.faults)} faults`,
      `per seed: ${perSeed(this.virtualMs / 1000)} virtual s, ${perSeed(this.eventCount)} events, ` +
        `${perSeed(this.acknowledgedCount)} acknowledged records (at least ` +
        `${this.leastAcknowledged}), ${perSeed(sum(this.faults))} faults (at least ` +
        `${this.leastFaults})`,
      `faults: ${describeCounts(this.faults)}`,
      `marks: ${describeCounts(this.marks)}`,
    ];
  }
}

export interface Pace {
  readonly tookMs: number;
  /** Of that, what processors were at work: less where the machine is busy with other things. */
  readonly processorMs: number;
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

/** What a failing run tells: the property with its values, the plan, and how to see it again. */
export const describeFailure = (
  reduced: ReducedSeed,
  { violation, traceHash }: RunResult,
  commit?: string,
): string[] => {
  const { shape, topics, faults, workload } = planOfReduced(reduced);
  const { producerCount, readerCount, groups, maxRecords } = workload;
  const run = describeReduced(reduced);
  return [
    `seed ${run} breaks ${violation?.message}`,
    ...(commit === undefined ? [] : [`  commit ${commit}`]),
    `  brokers ${shape.brokers.join()}, controllers ${shape.controllers.join()}, topics ` +
      topics.map(({ name, configs }) => `${name} ${JSON.stringify(configs)}`).join(),
    `  producers ${producerCount}, readers ${readerCount}` +
      (maxRecords === undefined ? '' : `, records ${maxRecords}`),
    ...groups.map(
      ({ groupId, commits, assignors, members }) =>
        `  group ${groupId} by ${assignors.join()}, ${commits} commits, members ` +
        members.map(({ name, isStatic }) => `${name}${isStatic ? ' (static)' : ''}`).join(),
    ),
    ...faults.map((fault) => `  ${describeFault(fault)}`),
    `  trace hash: ${traceHash}`,
    `  replay: make sim SEED=${run}${switches()}`,
  ];
};

/** What the environment has switched on, as it has to be for a replay. */
const switches = (): string =>
  [
    HAS_GROUPS ? ' SIM_GROUPS=1' : '',
    HAS_JOURNAL ? ' SIM_JOURNAL=1' : '',
    HAS_BALANCE ? ' SIM_BALANCE=1' : '',
    HAS_MEMBERS ? ' SIM_MEMBERS=1' : '',
  ].join('');
