import { OttlaError } from '../../base/errors.ts';
import type { KeysOf } from '../../base/known-keys.ts';
import { checkKeys } from '../../base/known-keys.ts';
import { validateLabel } from '../../base/member-label.ts';
import type { GroupSharing as SharingTold } from '../../gen/ottla.ts';
import type { BacklogBounds } from '../backlog/backlog-core.ts';
import type { LimitOptions } from '../backlog/backlog-options.ts';
import { resolveLimits } from '../backlog/backlog-options.ts';
import type { ConfigAlteration, ConfigValue } from './admin-types.ts';
import type { GroupSharing, OverflowLimits } from './group-types.ts';

const STANDBY_LABELS = 'standby.labels';
const ABOVE_COUNT = 'overflow.above.lag.count';
const ABOVE_MS = 'overflow.above.lag.ms';
const BELOW_COUNT = 'overflow.below.lag.count';
const BELOW_MS = 'overflow.below.lag.ms';
const FOR_MS = 'overflow.for.ms';

const LIMIT_KEYS: KeysOf<LimitOptions> = { above: true, below: true, forMs: true };

/** Throws CONFIG for what can be no label. None: nobody is on standby. */
export const standbyChanges = (groupId: string, labels: readonly string[]): ConfigAlteration[] => {
  const reason = labels.map(validateLabel).find((each) => each !== undefined);
  if (reason !== undefined) throw new OttlaError('CONFIG', `standby: ${reason}`);
  const value = labels.length === 0 ? null : [...new Set(labels)].sort().join(',');
  return [{ type: 'group', name: groupId, key: STANDBY_LABELS, value }];
};

/** Throws CONFIG for limits that cannot be. Undefined: none. */
export const overflowChanges = (
  groupId: string,
  options: LimitOptions | undefined,
): ConfigAlteration[] => {
  if (options !== undefined) checkKeys('overflow option', options, LIMIT_KEYS);
  const limits = options && resolveLimits('overflow', options);
  const value = {
    [ABOVE_COUNT]: limits?.above.lagCount,
    [ABOVE_MS]: limits?.above.lagMs,
    [BELOW_COUNT]: limits?.below.lagCount,
    [BELOW_MS]: limits?.below.lagMs,
    [FOR_MS]: limits?.forMs,
  };
  return Object.entries(value).map(([key, to]) => ({
    type: 'group',
    name: groupId,
    key,
    value: to ?? null,
  }));
};

/** As the settings of the group have it. */
export const sharingIn = (values: readonly ConfigValue[]): GroupSharing => {
  const textOf = (key: string): string => values.find((each) => each.key === key)?.value ?? '';
  const boundOf = (key: string): number | undefined => {
    const bound = Number(textOf(key) || '-1');
    return bound < 0 ? undefined : bound;
  };
  const labels = textOf(STANDBY_LABELS);
  return sharingTold({
    standbyLabels:
      labels === ''
        ? []
        : labels
            .split(',')
            .map((label) => label.trim())
            .sort(),
    overflow: {
      aboveLagCount: boundOf(ABOVE_COUNT),
      aboveLagMs: boundOf(ABOVE_MS),
      belowLagCount: lower(boundOf(ABOVE_COUNT), boundOf(BELOW_COUNT)),
      belowLagMs: lower(boundOf(ABOVE_MS), boundOf(BELOW_MS)),
      forMs: boundOf(FOR_MS) ?? 0,
    },
  });
};

/** As a coordinator tells it. */
export const sharingTold = (told: SharingTold | undefined): GroupSharing => ({
  standbyLabels: told?.standbyLabels ?? [],
  overflow: told?.overflow && limitsIn(told.overflow),
});

const limitsIn = (told: NonNullable<SharingTold['overflow']>): OverflowLimits | undefined => {
  const above = bounds(told.aboveLagCount, told.aboveLagMs);
  if (Object.keys(above).length === 0) return undefined;
  return { above, below: bounds(told.belowLagCount, told.belowLagMs), forMs: told.forMs };
};

const bounds = (lagCount: number | undefined, lagMs: number | undefined): BacklogBounds => ({
  ...(lagCount === undefined ? {} : { lagCount }),
  ...(lagMs === undefined ? {} : { lagMs }),
});

/** As brokers take it: the settings are checked one by one. */
const lower = (above: number | undefined, below: number | undefined): number | undefined =>
  above === undefined ? undefined : Math.min(below ?? Math.floor(above / 2), above);
