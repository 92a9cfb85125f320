import type { PartitionId } from '../../base/ids.ts';
import type { TableEntry } from './offset-table.ts';

/** A group and what it has committed. */
export interface LaggingGroup<Group> {
  readonly group: Group;
  readonly groupId: string;
  readonly entries: readonly TableEntry[];
}

export interface LagRound<Group> {
  readonly groups: readonly LaggingGroup<Group>[];
  /** Partitions of groups that are left out. */
  readonly omittedCount: number;
}

/**
 * Which groups a round looks at: by name, as many as have room, each wholly or not at all, so that
 * no sum over a group lacks a part of it.
 */
export const decideRound = <Group>(
  groups: readonly LaggingGroup<Group>[],
  maxPartitionCount: number,
): LagRound<Group> => {
  const chosen: LaggingGroup<Group>[] = [];
  let chosenCount = 0;
  let omittedCount = 0;
  for (const each of [...groups].sort(byName)) {
    const count = each.entries.length;
    if (chosenCount + count > maxPartitionCount) {
      omittedCount += count;
      continue;
    }
    chosen.push(each);
    chosenCount += count;
  }
  return { groups: chosen, omittedCount };
};

/** How far a group is behind in a partition, as a round found it. */
export interface PlaceLag {
  readonly topic: string;
  readonly partition: PartitionId;
  readonly lagCount: number;
  readonly lagMs: number | undefined;
}

/** Undefined: no partition told a time. */
export const maxLagMs = (lags: readonly PlaceLag[]): number | undefined => {
  const known = lags.flatMap(({ lagMs }) => (lagMs === undefined ? [] : [lagMs]));
  return known.length === 0 ? undefined : known.reduce((a, b) => Math.max(a, b));
};

export const lagCountByTopic = (lags: readonly PlaceLag[]): ReadonlyMap<string, number> => {
  const sums = new Map<string, number>();
  for (const { topic, lagCount } of lags) sums.set(topic, (sums.get(topic) ?? 0) + lagCount);
  return sums;
};

const byName = (a: { readonly groupId: string }, b: { readonly groupId: string }): number =>
  a.groupId < b.groupId ? -1 : 1;
