import type { AssignorName } from '../../../src/client/group/consumer-options.ts';
import type { SeededRandom } from '../../support/seeded-random.ts';
import type { ClusterShape } from '../world/cluster-config.ts';

/** One member of a group, through all its lives. */
export interface MemberPlan {
  readonly name: string;
  /** Static: it does not leave, and comes back as itself. */
  readonly isStatic: boolean;
  /** From the start of the load; later ones find the group at work. */
  readonly joinsAtMs: number;
}

export interface GroupPlan {
  readonly groupId: string;
  /** Names; the first is kept through the run, and what is handled of it is judged. */
  readonly topics: readonly string[];
  readonly assignors: readonly AssignorName[];
  readonly commits: 'automatic' | 'manual';
  readonly sessionTimeoutMs: number;
  readonly members: readonly MemberPlan[];
}

/** Groups are drawn where they are asked for: a seed that has them takes twice as long. */
export const HAS_GROUPS = process.env['SIM_GROUPS'] === '1';

const ASSIGNORS: readonly (readonly AssignorName[])[] = [
  ['cooperative-sticky'],
  ['cooperative-sticky'],
  ['range'],
  ['roundrobin'],
  ['cooperative-sticky', 'range'],
];
const LATE_MS = 30_000;

/** A part of the seeds has groups: one or two of up to three members. */
export const drawGroups = (random: SeededRandom, topics: readonly string[]): GroupPlan[] => {
  if (!random.chance(1, 3)) return [];
  const count = random.chance(1, 3) ? 2 : 1;
  return Array.from({ length: count }, (_, at) => drawGroup(random, `g${at}`, topics));
};

const drawGroup = (random: SeededRandom, groupId: string, topics: readonly string[]): GroupPlan => {
  const staticShare = random.below(3);
  const memberCount = 1 + random.below(3);
  return {
    groupId,
    topics: topics.slice(0, 1 + random.below(2)),
    assignors: ASSIGNORS[random.below(ASSIGNORS.length)] ?? ['range'],
    commits: random.chance(1, 2) ? 'automatic' : 'manual',
    sessionTimeoutMs: 3000 + random.below(5000),
    members: Array.from({ length: memberCount }, (_, at) => ({
      name: `${groupId}m${at}`,
      isStatic: random.below(2) < staticShare,
      joinsAtMs: at === 0 ? 0 : random.below(LATE_MS),
    })),
  };
};

/** Lines of every node's configuration where a run has groups: all is small, and soon. */
export const groupConfig = ({ brokers }: ClusterShape): string[] => [
  'offsets.topic.num.partitions=2',
  `offsets.topic.replication.factor=${Math.min(3, brokers.length)}`,
  'offsets.topic.segment.bytes=4096',
  'group.initial.rebalance.delay.ms=500',
  'group.min.session.timeout.ms=1000',
  'log.cleaner.backoff.ms=3000',
];
