import type { NodeId } from '../../../src/base/ids.ts';
import type { ClusterShape } from './cluster-config.ts';
import { controllersOf } from './cluster-config.ts';
import type { Observer } from './observer.ts';

/**
 * The set of voters where all controllers that run have it in force and committed, and no more than
 * one does not run; else undefined: of a change under way either set may be the one that counts, and
 * nothing may be lost.
 */
export const settledVoters = (
  { live }: Observer,
  shape: ClusterShape,
): readonly NodeId[] | undefined => {
  const controllers = controllersOf(shape);
  const statuses = live
    .filter(({ machine }) => controllers.includes(machine.nodeId))
    .map(({ node }) => node.parts.raft.status());
  if (statuses.length + 1 < controllers.length) return undefined;
  const sets = new Set(statuses.map(({ voters }) => JSON.stringify(voters)));
  const isCommitted = statuses.every((status) => status.votersIndex <= status.commitIndex);
  if (sets.size !== 1 || !isCommitted) return undefined;
  return statuses[0]?.voters.map(({ id }) => id);
};
