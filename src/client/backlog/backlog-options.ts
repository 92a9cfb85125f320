import { OttlaError } from '../../base/errors.ts';
import type { KeysOf } from '../../base/known-keys.ts';
import { checkKeys } from '../../base/known-keys.ts';
import type { Lag } from '../../base/lag.ts';
import type { BacklogBounds, BacklogLimits } from './backlog-core.ts';

/** Hears of the backlog that made the difference. */
export type BacklogHook = (lag: Lag) => void | Promise<void>;

export interface BacklogOptions {
  /** The backlog is high where it is above one of these. */
  readonly above: BacklogBounds;
  /** It is low again where it is above none of these; default half of each of `above`. */
  readonly below?: BacklogBounds;
  /** For how long without a break either has to be so before it is told; default 10000. */
  readonly forMs?: number;
  /** Pause between two looks; default 2000. Each asks the leaders of this member's partitions. */
  readonly intervalMs?: number;
  /** It has become high: time to stop side work. */
  readonly onHigh: BacklogHook;
  /** It was high and has become low: time to begin it again. */
  readonly onLow: BacklogHook;
}

export interface BacklogSettings extends BacklogLimits {
  readonly intervalMs: number;
  readonly onHigh: BacklogHook;
  readonly onLow: BacklogHook;
}

const OPTION_KEYS: KeysOf<BacklogOptions> = {
  above: true,
  below: true,
  forMs: true,
  intervalMs: true,
  onHigh: true,
  onLow: true,
};

const BOUND_KEYS: KeysOf<BacklogBounds> = { lagCount: true, lagMs: true };

const config = (message: string): OttlaError => new OttlaError('CONFIG', message);

/** The options with their defaults; throws CONFIG naming what is unknown or wrong. */
export const resolveBacklogOptions = (options: BacklogOptions): BacklogSettings => {
  checkKeys('onBacklog option', options, OPTION_KEYS);
  const { onHigh, onLow, intervalMs = 2000 } = options;
  const limits = resolveLimits('onBacklog', options);
  for (const [name, hook] of Object.entries({ onHigh, onLow })) {
    if (typeof hook !== 'function') throw config(`onBacklog option ${name} is no function`);
  }
  const wait = wholeNumber('onBacklog option intervalMs', intervalMs, 1);
  return { ...limits, intervalMs: wait, onHigh, onLow };
};

export type LimitOptions = Pick<BacklogOptions, 'above' | 'below' | 'forMs'>;

/** `what` they are options of. Throws CONFIG naming what is unknown or wrong. */
export const resolveLimits = (
  what: string,
  { above, below = {}, forMs = 10_000 }: LimitOptions,
): BacklogLimits => {
  checkKeys('key of above', above, BOUND_KEYS);
  checkKeys('key of below', below, BOUND_KEYS);
  if (above.lagCount === undefined && above.lagMs === undefined) {
    throw config(`${what} option above has no bound: give lagCount, lagMs or both`);
  }
  const bounds = (['lagCount', 'lagMs'] as const).map((name) =>
    boundBelow(`${what} option`, name, { above, below }),
  );
  return {
    above,
    below: Object.assign({}, ...bounds),
    forMs: wholeNumber(`${what} option forMs`, forMs),
  };
};

const boundBelow = (
  what: string,
  name: keyof BacklogBounds,
  { above: { [name]: high }, below: { [name]: given } }: Required<Omit<LimitOptions, 'forMs'>>,
): BacklogBounds => {
  if (high === undefined) {
    if (given === undefined) return {};
    throw config(`${what} below has ${name}, above has not: give both or none`);
  }
  wholeNumber(`${what} above.${name}`, high);
  const low = wholeNumber(`${what} below.${name}`, given ?? Math.floor(high / 2));
  if (low <= high) return { [name]: low };
  throw config(`${what} below.${name}=${low} is more than above.${name}=${high}`);
};

const wholeNumber = (name: string, value: number, min = 0): number => {
  if (Number.isSafeInteger(value) && value >= min) return value;
  throw config(`${name}=${value} is not a whole number of ${min} or more`);
};
