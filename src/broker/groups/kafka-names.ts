import { hostOf } from '../../base/host-of.ts';
import type { GroupState } from './types.ts';

const STATE_NAMES: Readonly<Record<GroupState, string>> = {
  preparingRebalance: 'PreparingRebalance',
  completingRebalance: 'CompletingRebalance',
  stable: 'Stable',
  empty: 'Empty',
  dead: 'Dead',
};

/** A group's state as Kafka's clients and tools know it. */
export const stateName = (state: GroupState): string => STATE_NAMES[state];

/** A client's host as Kafka shows it, of `host:port`: an address behind a slash. */
export const clientHostOf = (peer: string): string => `/${hostOf(peer)}`;
