import type { SeededRandom } from '../../support/seeded-random.ts';
import type { FaultEvent, FaultKind } from '../faults/fault.ts';

const FURTHER = ['/disk2', '/disk3'] as const;

const FAILS: readonly FaultKind[] = [
  'directory-fails',
  'directory-fails',
  'directory-missing',
  'directory-missing',
  'directory-given-up',
];

/** What one seed decides of log directories. */
export interface DirectoryPlan {
  /** Lines of every node's configuration. */
  readonly config: readonly string[];
  readonly faults: readonly Omit<FaultEvent, 'id'>[];
}

export const ONE_DIRECTORY: DirectoryPlan = { config: [], faults: [] };

/**
 * In a quarter of the clusters brokers have two or three log directories, in some of them none with
 * the metadata, and these fail, are missing for a while, or are given up.
 */
export const drawDirectories = (random: SeededRandom, safetyMs: number): DirectoryPlan => {
  if (!random.chance(1, 4)) return ONE_DIRECTORY;
  const further = FURTHER.slice(0, 1 + random.below(2));
  const isApart = random.chance(1, 4);
  const logDirs = isApart ? FURTHER : ['/data', ...further];
  const faults = Array.from({ length: 2 + random.below(6) }, () => ({
    kind: FAILS[random.below(FAILS.length)] ?? 'directory-fails',
    atMs: random.below(safetyMs - 1000),
    durationMs: 20 + random.below(random.chance(1, 3) ? 15_000 : 3000),
  }));
  return { config: ['metadata.log.dir=/data', `log.dirs=${logDirs.join()}`], faults };
};
