import type { SeededRandom } from '../../support/seeded-random.ts';
import type { FaultEvent } from '../faults/fault.ts';
import type { ClusterShape } from '../world/cluster-config.ts';
import { nodeIdsOf } from '../world/cluster-config.ts';

/** Drawn where it is asked for: nothing else that a seed decides moves by it. */
export const HAS_MEMBERS = process.env['SIM_MEMBERS'] === '1';

/** One or two controllers more than the quorum begins with. */
export const withSpares = (random: SeededRandom, shape: ClusterShape): ClusterShape => {
  const last = Math.max(...nodeIdsOf(shape));
  const spares = [last + 1, last + 2].slice(0, 1 + random.below(2));
  return { ...shape, spares };
};

/** When operators change who votes, and when disks are exchanged for new or earlier ones. */
export const drawMembers = (random: SeededRandom, safetyMs: number): Omit<FaultEvent, 'id'>[] => {
  const draw = (kind: FaultEvent['kind'], count: number): Omit<FaultEvent, 'id'>[] =>
    Array.from({ length: count }, () => ({
      kind,
      atMs: random.below(safetyMs - 1000),
      durationMs: random.below(2000),
    }));
  return [...draw('change-voters', 2 + random.below(10)), ...draw('old-disk', random.below(8))];
};
