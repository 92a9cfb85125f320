import type { SeededRandom } from '../../support/seeded-random.ts';
import type { Workload } from '../workload/workload.ts';
import type { World } from '../world.ts';

/** One planned trouble: what, when, and for how long. What it hits is drawn when it comes. */
export interface FaultEvent {
  /** Place in the plan: the fault's draws depend on it and on nothing else. */
  readonly id: number;
  readonly kind: FaultKind;
  /** From the start of the safety phase. */
  readonly atMs: number;
  readonly durationMs: number;
}

export interface FaultScene {
  readonly world: World;
  readonly workload: Workload;
  readonly random: SeededRandom;
  readonly durationMs: number;
}

/** Does its harm now, and sees to its end. False: there was nothing to harm. */
export type FaultAction = (scene: FaultScene) => boolean;

export const FAULT_KINDS = [
  'crash',
  'power-cut',
  'power-cut-all',
  'power-cut-midway',
  'restart',
  'restart-storm',
  'pause',
  'wall-jump',
  'isolate',
  'split',
  'cut-one-way',
  'cut-pair',
  'clog',
  'reset',
  'slow-network',
  'duplicate',
  'slow-sync',
  'stuck-sync',
  'eio',
  'disk-full',
  'rot',
  'wipe',
  'producer-crash',
  'create-topic',
  'grow-topic',
  'delete-topic',
  'elect-leaders',
] as const;

/** After these, what was written and not synced may be gone. */
export const LOSES_CACHE: ReadonlySet<string> = new Set([
  'power-cut',
  'power-cut-all',
  'power-cut-midway',
  'restart-storm',
  'eio',
  'rot',
  'wipe',
]);

/** The last ones are drawn apart: see `drawMoves`, `drawOperations` and the like. */
export type FaultKind =
  | (typeof FAULT_KINDS)[number]
  | 'reassign'
  | 'operate'
  | 'delayed-index'
  | 'change-voters'
  | 'old-disk'
  | 'directory-fails'
  | 'directory-missing'
  | 'directory-given-up';

export const describeFault = ({ id, kind, atMs, durationMs }: FaultEvent): string =>
  `#${id} ${kind} at ${atMs} ms for ${durationMs} ms`;
