import type { HandlerTimesTold } from '../handling/handler-times.ts';
import { drainTimeMs } from './drain-time.ts';
import type {
  Diagnosis,
  DiagnosisOptions,
  GroupMeasurement,
  PartitionPace,
  Skew,
  Verdict,
} from './group-diagnosis-types.ts';
import { remediesFor } from './group-remedies.ts';

const MS_PER_SECOND = 1000;
/** A partition with so many times its part is skewed. */
const SKEWED_TIMES = 2;
/** A key with so much of all records is hot. */
const HOT_SHARE = 0.1;
/** The assignor by which one member has everything, for the sake of the order. */
const SINGLE_ACTIVE = 'single-active';

/** Judges what was measured; asks nobody. */
export const diagnose = (measured: GroupMeasurement, options: DiagnosisOptions): Diagnosis => {
  const { partitions, windowMs, memberCount, standbyMemberCount, overflowMemberCount } = measured;
  const perSecond = (count: number): number => (count * MS_PER_SECOND) / windowMs;
  const lagCount = sum(partitions, (it) => it.lagCount);
  const arrivalPerSecond = perSecond(sum(partitions, (it) => it.arrivedCount));
  const consumptionPerSecond = perSecond(sum(partitions, (it) => it.consumedCount));
  const drainMs = drainTimeMs(lagCount, consumptionPerSecond, arrivalPerSecond);
  const busyMemberCount = new Set(partitions.flatMap(({ memberId = [] }) => memberId)).size;
  const facts = {
    isTotalOrder: options.isTotalOrder || measured.assignor === SINGLE_ACTIVE,
    lagCount,
    maxLagMs: maxLagMs(partitions),
    arrivalPerSecond,
    consumptionPerSecond,
    neededPerSecond:
      arrivalPerSecond + (lagCount * MS_PER_SECOND) / Math.max(1, options.drainWithinMs),
    drainMs,
    busyMemberCount,
    idleMemberCount: Math.max(
      0,
      memberCount - busyMemberCount - standbyMemberCount - overflowMemberCount,
    ),
    standbyMemberCount,
    overflowMemberCount,
    partitionCount: partitions.length,
    skew: skewOf(partitions),
    handler: handlerOf(measured.handlerTimes),
    hotKey: measured.hottest && measured.hottest.share >= HOT_SHARE ? measured.hottest : undefined,
  };
  const verdict = verdictOf({ ...facts, memberCount }, options);
  const remedies = verdict === 'tooSlow' ? remediesFor(facts) : [];
  return { verdict, ...facts, remedies };
};

/** What waits for less than this is on its way: commits come in intervals. */
const SETTLED_LAG_MS = 10_000;

const verdictOf = (
  facts: Omit<Diagnosis, 'verdict' | 'remedies'> & { readonly memberCount: number },
  { drainWithinMs }: DiagnosisOptions,
): Verdict => {
  const { lagCount, maxLagMs: lagMs, drainMs, consumptionPerSecond } = facts;
  if (lagCount === 0) return 'noBacklog';
  if (facts.memberCount === 0 && consumptionPerSecond === 0) return 'noMembers';
  const isShort = lagMs !== undefined && lagMs < SETTLED_LAG_MS;
  if (isShort && consumptionPerSecond >= facts.arrivalPerSecond) return 'noBacklog';
  if (consumptionPerSecond === 0) return 'stalled';
  return drainMs !== undefined && drainMs <= drainWithinMs ? 'drains' : 'tooSlow';
};

const skewOf = (partitions: readonly PartitionPace[]): Skew | undefined => {
  const arrivedCount = sum(partitions, (it) => it.arrivedCount);
  const evenShare = 1 / partitions.length;
  const [busiest] = [...partitions].sort((a, b) => b.arrivedCount - a.arrivedCount);
  if (busiest === undefined || arrivedCount === 0) return undefined;
  const share = busiest.arrivedCount / arrivedCount;
  if (share < SKEWED_TIMES * evenShare) return undefined;
  const { topic, partition } = busiest;
  return { topic, partition, share, evenShare };
};

/** Percentiles of several members are of no one histogram: the half is weighted by calls. */
const handlerOf = (times: readonly HandlerTimesTold[]): HandlerTimesTold | undefined => {
  if (times.length === 0) return undefined;
  const callCount = times.reduce((total, each) => total + each.callCount, 0);
  const recordCount = times.reduce((total, each) => total + each.recordCount, 0);
  const p99Ms = Math.max(...times.map((each) => each.p99Ms));
  let p50Ms = 0;
  let below = 0;
  for (const each of times.toSorted((a, b) => a.p50Ms - b.p50Ms)) {
    if (below < callCount / 2) p50Ms = each.p50Ms;
    below += each.callCount;
  }
  return { callCount, recordCount, p50Ms, p99Ms };
};

const maxLagMs = (partitions: readonly PartitionPace[]): number | undefined => {
  const known = partitions.flatMap(({ lagMs = [] }) => lagMs);
  return known.length === 0 ? undefined : known.reduce((a, b) => Math.max(a, b));
};

const sum = (
  partitions: readonly PartitionPace[],
  countOf: (partition: PartitionPace) => number,
): number => partitions.reduce((total, each) => total + countOf(each), 0);
