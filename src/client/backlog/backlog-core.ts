import type { Lag } from '../../base/lag.ts';

/** Bounds of a backlog; at least one. */
export interface BacklogBounds {
  /** In records, as `groups.lag` counts them. */
  readonly lagCount?: number;
  /** For how long the first record that is not handled waits. */
  readonly lagMs?: number;
}

export interface BacklogLimits {
  /** It is high where it is above one of these, */
  readonly above: BacklogBounds;
  /** and low where it is above none of these: one for each bound of `above`. */
  readonly below: BacklogBounds;
  /** For so long without a break, before it counts. */
  readonly forMs: number;
}

/**
 * Whether a backlog is high, from looks at it: between the two bounds, and while it has not been
 * beyond one of them for long enough, it stays what it was.
 */
export class BacklogCore {
  readonly #limits: BacklogLimits;
  #isHigh: boolean;
  /** Since when looks have said the opposite of what it is. */
  #sinceMs: number | undefined;

  constructor(limits: BacklogLimits, isHigh = false) {
    this.#limits = limits;
    this.#isHigh = isHigh;
  }

  get isHigh(): boolean {
    return this.#isHigh;
  }

  /** True: it has just become the other. `lag`: undefined where it was not to be had. */
  onLook(lag: Lag | undefined, nowMs: number): boolean {
    if (lag === undefined || !this.#isOpposite(lag)) {
      this.#sinceMs = undefined;
      return false;
    }
    this.#sinceMs ??= nowMs;
    if (nowMs - this.#sinceMs < this.#limits.forMs) return false;
    this.#isHigh = !this.#isHigh;
    this.#sinceMs = undefined;
    return true;
  }

  /** An age that is not known is neither above a bound nor at or below one. */
  #isOpposite({ lagCount, lagMs }: Lag): boolean {
    const { above, below } = this.#limits;
    if (!this.#isHigh) return isAbove(lagCount, above.lagCount) || isAbove(lagMs, above.lagMs);
    return isWithin(lagCount, below.lagCount) && isWithin(lagMs, below.lagMs);
  }
}

const isAbove = (value: number | undefined, bound: number | undefined): boolean =>
  value !== undefined && bound !== undefined && value > bound;

const isWithin = (value: number | undefined, bound: number | undefined): boolean =>
  bound === undefined || (value !== undefined && value <= bound);
