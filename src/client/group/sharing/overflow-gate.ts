import type { Lag } from '../../../base/lag.ts';
import type { OverflowLimits } from '../../../gen/ottla.ts';
import { BacklogCore } from '../../backlog/backlog-core.ts';

/**
 * Whether members of the overflow lane get partitions: from a backlog that was high for long enough
 * to one that was low for as long. Without limits it is closed.
 */
export class OverflowGate {
  #limits: OverflowLimits | undefined;
  #core: BacklogCore | undefined;

  get isOpen(): boolean {
    return this.#core?.isHigh === true;
  }

  get limits(): OverflowLimits | undefined {
    return this.#limits;
  }

  /** As the group's settings have them, told again and again; what it is stays with new ones. */
  onLimits(limits: OverflowLimits | undefined): void {
    if (isSame(limits, this.#limits)) return;
    const { isOpen } = this;
    this.#limits = limits;
    this.assume(isOpen);
  }

  /** What another leader has left: this one has not looked yet. */
  assume(isOpen: boolean): void {
    const limits = this.#limits;
    this.#core = limits && new BacklogCore(bounds(limits), isOpen);
  }

  /** True: it has just become the other. `lag`: of the group; undefined: it was not to be had. */
  onLook(lag: Lag | undefined, nowMs: number): boolean {
    return this.#core?.onLook(lag, nowMs) === true;
  }
}

const bounds = (limits: OverflowLimits): ConstructorParameters<typeof BacklogCore>[0] => {
  const { aboveLagCount, aboveLagMs, belowLagCount, belowLagMs, forMs } = limits;
  return {
    above: bound(aboveLagCount, aboveLagMs),
    below: bound(belowLagCount, belowLagMs),
    forMs,
  };
};

const bound = (
  lagCount: number | undefined,
  lagMs: number | undefined,
): { lagCount?: number; lagMs?: number } => ({
  ...(lagCount === undefined ? {} : { lagCount }),
  ...(lagMs === undefined ? {} : { lagMs }),
});

const isSame = (a: OverflowLimits | undefined, b: OverflowLimits | undefined): boolean =>
  a === b ||
  (a?.aboveLagCount === b?.aboveLagCount &&
    a?.aboveLagMs === b?.aboveLagMs &&
    a?.belowLagCount === b?.belowLagCount &&
    a?.belowLagMs === b?.belowLagMs &&
    a?.forMs === b?.forMs);
