import type { GroupState } from '../../broker/groups/types.ts';

const NAMES: Readonly<Record<GroupState, string>> = {
  preparingRebalance: 'PreparingRebalance',
  completingRebalance: 'CompletingRebalance',
  stable: 'Stable',
  empty: 'Empty',
  dead: 'Dead',
};

/** A group's state as Kafka's clients know it. */
export const stateName = (state: GroupState): string => NAMES[state];
