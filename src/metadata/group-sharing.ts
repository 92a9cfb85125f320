import { readNames, readWhole } from './config-type.ts';
import { OVERFLOW_FOR_MS, SHARING_KEYS } from './group-configs.ts';
import type { MetadataImage } from './image.ts';
import { configResource } from './image.ts';

/** When the backlog of a group is high, and when it is low again. */
export interface OverflowLimits {
  /** Above one of these; undefined: not by this. At least one is there. */
  readonly aboveLagCount: number | undefined;
  readonly aboveLagMs: number | undefined;
  /** At or below all of these, each there where its counterpart is, and no higher than that. */
  readonly belowLagCount: number | undefined;
  readonly belowLagMs: number | undefined;
  readonly forMs: number;
}

/** Which members of a group get partitions. */
export interface GroupSharing {
  /** In ascending order. */
  readonly standbyLabels: readonly string[];
  /** Undefined: members of the overflow lane get nothing while there are others. */
  readonly overflow: OverflowLimits | undefined;
}

/** Undefined: nothing of it is set. */
export const groupSharing = (image: MetadataImage, groupId: string): GroupSharing | undefined => {
  const values = image.configs.get(configResource('group', groupId));
  if (values === undefined) return undefined;
  const standbyLabels = readNames(values.get(SHARING_KEYS.standbyLabels) ?? '').sort();
  const overflow = overflowLimits(values);
  if (standbyLabels.length === 0 && overflow === undefined) return undefined;
  return { standbyLabels, overflow };
};

const overflowLimits = (values: ReadonlyMap<string, string>): OverflowLimits | undefined => {
  const bound = (key: string): number | undefined => {
    const value = readWhole(values.get(key) ?? '-1');
    return value < 0 ? undefined : value;
  };
  const aboveLagCount = bound(SHARING_KEYS.aboveLagCount);
  const aboveLagMs = bound(SHARING_KEYS.aboveLagMs);
  if (aboveLagCount === undefined && aboveLagMs === undefined) return undefined;
  return {
    aboveLagCount,
    aboveLagMs,
    belowLagCount: below(aboveLagCount, bound(SHARING_KEYS.belowLagCount)),
    belowLagMs: below(aboveLagMs, bound(SHARING_KEYS.belowLagMs)),
    forMs: bound(SHARING_KEYS.forMs) ?? OVERFLOW_FOR_MS,
  };
};

/** The two are set one by one: a lower bound above the upper one would never let it be low. */
const below = (above: number | undefined, set: number | undefined): number | undefined =>
  above === undefined ? undefined : Math.min(set ?? Math.floor(above / 2), above);
