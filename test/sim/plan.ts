import { SeededRandom } from '../support/seeded-random.ts';
import type { FaultEvent, FaultKind } from './faults/fault.ts';
import { FAULT_KINDS, LOSES_CACHE } from './faults/fault.ts';
import { drawBalance, drawOperations, HAS_BALANCE } from './workload/balance-plan.ts';
import type { KnownTopic } from './workload/context.ts';
import type { DirectoryPlan } from './workload/directory-plan.ts';
import { drawDirectories, ONE_DIRECTORY } from './workload/directory-plan.ts';
import { drawGroups, HAS_GROUPS } from './workload/group-plan.ts';
import { drawJournal, HAS_JOURNAL, NO_JOURNAL } from './workload/journal-plan.ts';
import { drawMembers, HAS_MEMBERS, withSpares } from './workload/member-plan.ts';
import { drawSchedules } from './workload/schedules.ts';
import { DEDUPS, DELAYS, settingsOf } from './workload/topic-settings.ts';
import type { WorkloadOptions } from './workload/workload.ts';
import type { ClusterShape } from './world/cluster-config.ts';
import { combined } from './world/cluster-config.ts';

export interface TopicPlan {
  readonly name: string;
  readonly partitions: number;
  readonly keeps: KnownTopic['keeps'];
  /** It holds records back, and some that are sent ask for that. */
  readonly delays: boolean;
  /** It knows repeats by their ids, and some that are sent have one. */
  readonly dedups: boolean;
  readonly configs: Readonly<Record<string, string>>;
}

/** All that one seed decides before its run begins. */
export interface Plan {
  readonly seed: number;
  readonly shape: ClusterShape;
  readonly latencyMs: { readonly min: number; readonly max: number };
  readonly topics: readonly TopicPlan[];
  readonly workload: WorkloadOptions;
  /** Once all is healed, producers go on until so many records were acknowledged. */
  readonly leastAcknowledged: number;
  /** A sync of a healthy disk takes up to this. */
  readonly maxSyncMs: number;
  /** Length of the safety phase. */
  readonly safetyMs: number;
  readonly faults: readonly FaultEvent[];
  /** Lines of every node's configuration. */
  readonly config: readonly string[];
}

const SAFETY_MS = 60_000;
const MAX_PAUSE_MS = 60_000;
const LEAST_ACKNOWLEDGED = 500;
/** Slow ones leave room for a crash between a write and its sync. */
const SYNC_MS = [2, 2, 10, 40, 150] as const;
const SEGMENT_BYTES = [2048, 4096, 16_384] as const;

/** Swarm testing: first which faults exist at all, then how often they come. */
export const planOf = (seed: number): Plan => {
  const random = new SeededRandom(`plan-${seed}`);
  const drawnShape = drawShape(random.fork('shape'));
  const shape = HAS_MEMBERS ? withSpares(random.fork('spares'), drawnShape) : drawnShape;
  const isPowerSafe = random.fork('power').chance(1, 5);
  const brokerCount = shape.brokers.length;
  const drawn = drawTopics(random.fork('topics'), { brokerCount, isPowerSafe });
  const names = drawn.map(({ name }) => name);
  const groups = HAS_GROUPS ? drawGroups(random.fork('groups'), names) : [];
  const topics =
    groups.length === 0
      ? knowingIds(random.fork('ids'), holdingBack(random.fork('delays'), drawn))
      : keepingFirst(drawn);
  const details = random.fork('details');
  const faults = drawFaults(random.fork('faults'), isPowerSafe);
  const doClocksJump = faults.some(({ kind }) => kind === 'wall-jump');
  const schedules = topics.some(({ delays }) => delays)
    ? drawSchedules(random.fork('schedules'), { doClocksJump })
    : [];
  // Of one that fails the cache is lost.
  const directories: DirectoryPlan = isPowerSafe
    ? ONE_DIRECTORY
    : drawDirectories(random.fork('directories'), SAFETY_MS);
  const minMs = details.below(2);
  return {
    seed,
    shape,
    latencyMs: { min: minMs, max: minMs + 1 + details.below(details.chance(1, 4) ? 30 : 4) },
    maxSyncMs: SYNC_MS[details.below(SYNC_MS.length)] ?? 2,
    topics,
    workload: { ...drawWorkload(details), groups, schedules },
    leastAcknowledged: LEAST_ACKNOWLEDGED,
    safetyMs: SAFETY_MS,
    faults: withOwnIds([
      ...faults,
      ...drawMoves(random.fork('moves')),
      ...(topics.some(({ delays }) => delays) ? drawIndexLosses(random.fork('indexes')) : []),
      ...(HAS_BALANCE ? drawOperations(random.fork('operations'), SAFETY_MS) : []),
      ...(HAS_MEMBERS ? drawMembers(random.fork('members'), SAFETY_MS) : []),
      ...directories.faults,
    ]),
    config: [
      `log.segment.bytes=${SEGMENT_BYTES[details.below(SEGMENT_BYTES.length)] ?? 2048}`,
      'log.index.interval.bytes=256',
      'log.retention.check.interval.ms=1500',
      `replica.lag.time.max.ms=${details.chance(1, 2) ? 3000 : 10_000}`,
      ...(HAS_JOURNAL ? drawJournal(random.fork('journal')) : NO_JOURNAL),
      ...(HAS_BALANCE ? drawBalance(random.fork('balance')) : []),
      ...directories.config,
    ],
  };
};

/** Three of both kinds is what most clusters are; the others show what hides in that. */
const drawShape = (random: SeededRandom): ClusterShape => {
  if (random.chance(2, 3)) return combined([1, 2, 3, 3, 3, 4, 5][random.below(7)] ?? 3);
  const controllerCount = [1, 3, 3][random.below(3)] ?? 3;
  const brokerCount = 2 + random.below(3);
  return random.chance(1, 4)
    ? apart([2, 4, 5][random.below(3)] ?? 5, [1, 5][random.below(2)] ?? 5)
    : apart(controllerCount, brokerCount);
};

const apart = (controllerCount: number, brokerCount: number): ClusterShape => {
  const ids = (first: number, count: number): number[] =>
    Array.from({ length: count }, (_, index) => first + index);
  return { brokers: ids(1, brokerCount), controllers: ids(brokerCount + 1, controllerCount) };
};

/** Many producers send as much as one does: a dozen records a second, as long as all is well. */
const drawWorkload = (random: SeededRandom): Omit<WorkloadOptions, 'groups' | 'schedules'> => {
  const producerCount = 1 + random.below(4);
  return {
    producerCount,
    readerCount: 1 + random.below(4),
    pauseMs: producerCount * (90 + random.below(100)),
  };
};

/** Where no page cache is ever lost, topics that count on it keep their promise too. */
const drawTopics = (
  random: SeededRandom,
  { brokerCount, isPowerSafe }: { readonly brokerCount: number; readonly isPowerSafe: boolean },
): TopicPlan[] => {
  const replicas = Math.min(3, brokerCount);
  const minInsyncReplicas = random.chance(2, 3)
    ? Math.min(2, replicas)
    : 1 + random.below(replicas);
  const count = 1 + random.below(3);
  return Array.from({ length: count }, (_, index) => {
    const keeps = random.chance(1, 5) ? 'newest' : 'all';
    const partitions = 1 + random.below(2);
    const isOfMemory = isPowerSafe && random.chance(1, 2);
    const configs = {
      'min.insync.replicas': String(minInsyncReplicas),
      ...settingsOf(keeps),
      ...(isOfMemory && { 'ack.durability': 'memory' }),
    };
    return { name: `t${index}`, partitions, keeps, delays: false, dedups: false, configs };
  });
};

/** A fifth of the clusters holds records back, in each topic or in some. */
const holdingBack = (random: SeededRandom, topics: readonly TopicPlan[]): readonly TopicPlan[] => {
  if (!random.chance(1, 5)) return topics;
  return topics.map((topic, at) => {
    if (at > 0 && random.chance(1, 3)) return topic;
    return { ...topic, delays: true, configs: { ...topic.configs, ...DELAYS } };
  });
};

/** A quarter of the other clusters knows repeats, in every topic that keeps its records. */
const knowingIds = (random: SeededRandom, topics: readonly TopicPlan[]): readonly TopicPlan[] => {
  if (topics.some(({ delays }) => delays) || !random.chance(1, 4)) return topics;
  return topics.map((topic) =>
    topic.keeps === 'all'
      ? { ...topic, dedups: true, configs: { ...topic.configs, ...DEDUPS } }
      : topic,
  );
};

/** What groups must have handled stays. */
const keepingFirst = (topics: readonly TopicPlan[]): TopicPlan[] =>
  topics.map((topic, at) => {
    if (at > 0 || topic.keeps === 'all') return topic;
    const { 'retention.bytes': _, 'segment.bytes': __, ...configs } = topic.configs;
    return { ...topic, keeps: 'all', configs };
  });

const drawFaults = (random: SeededRandom, isPowerSafe: boolean): FaultEvent[] => {
  const share = 1 + random.below(3);
  const enabled = FAULT_KINDS.filter(
    (kind) => random.chance(share, 5) && !(isPowerSafe && LOSES_CACHE.has(kind)),
  );
  if (enabled.length === 0) enabled.push('crash');
  const count = 8 + random.below(20);
  let lastMs = 0;
  const events = Array.from({ length: count }, () => {
    // Trouble comes in company: what one fault begins, the next one meets half done.
    const isNear = random.chance(1, 2);
    const atMs = isNear ? lastMs + random.below(1500) : random.below(SAFETY_MS - 1000);
    lastMs = Math.min(atMs, SAFETY_MS - 1000);
    return { kind: enabled[random.below(enabled.length)] ?? 'crash', atMs: lastMs };
  });
  return events
    .sort((a, b) => a.atMs - b.atMs)
    .map((event, id) => ({ ...event, id, durationMs: drawDuration(random, event.kind) }));
};

/** Each is known by its place; what is drawn apart comes last, so that all else stays as it was. */
const withOwnIds = (faults: readonly Omit<FaultEvent, 'id'>[]): FaultEvent[] =>
  faults.map((fault, id) => ({ ...fault, id }));

/** Partitions move in a third of the clusters. */
const drawMoves = (random: SeededRandom): Omit<FaultEvent, 'id'>[] => {
  const count = random.chance(1, 3) ? 1 + random.below(8) : 0;
  return Array.from({ length: count }, () => {
    const atMs = random.below(SAFETY_MS - 1000);
    return { kind: 'reassign', atMs, durationMs: 0 };
  });
};

const drawIndexLosses = (random: SeededRandom): Omit<FaultEvent, 'id'>[] =>
  Array.from({ length: random.below(5) }, () => {
    const atMs = random.below(SAFETY_MS - 1000);
    return { kind: 'delayed-index', atMs, durationMs: 20 + random.below(3000) };
  });

const drawDuration = (random: SeededRandom, kind: FaultKind): number => {
  if (kind === 'pause' && random.chance(1, 6)) return random.below(MAX_PAUSE_MS);
  // Mostly about as long as the time-outs are; now and then long enough for everybody to notice.
  return 20 + random.below(random.chance(1, 4) ? 15_000 : 3000);
};
