import { OttlaError } from '../../../src/base/errors.ts';
import type { History } from '../../chaos/checker/history.ts';
import type { World } from '../world.ts';

export interface KnownTopic {
  readonly name: string;
  partitionCount: number;
}

/** What every client of a run shares. */
export interface WorkloadContext {
  readonly world: World;
  readonly history: History;
  readonly topics: readonly KnownTopic[];
}

/** True where an outcome is open: the operation may have taken effect. */
export const isUncertain = (error: unknown): boolean =>
  !(error instanceof OttlaError) || error.maybeApplied;
