import type { Lag } from '../../../base/lag.ts';
import type { Timer } from '../../../env/clock.ts';
import type { ClientContext } from '../../context.ts';
import { asOttlaError } from '../../timing.ts';
import type { ConsumerSettings } from '../consumer-options.ts';
import type { CoordinatorCalls } from '../coordinator-calls.ts';
import { backlogOfGroup } from './group-backlog.ts';

export interface OverflowWatchDeps {
  readonly context: ClientContext;
  readonly settings: ConsumerSettings;
  readonly calls: CoordinatorCalls;
  readonly signal: AbortSignal;
  /** Undefined: it was not to be had. */
  readonly onLag: (lag: Lag | undefined) => void;
}

/** The eye of a group's leader on its backlog: as often as it gives a sign of life, it looks. */
export class OverflowWatch {
  readonly #deps: OverflowWatchDeps;
  #partitionCounts: ReadonlyMap<string, number> | undefined;
  #timer: Timer | undefined;
  #isLooking = false;

  constructor(deps: OverflowWatchDeps) {
    this.#deps = deps;
  }

  /** At these topics from now on; what is under way goes on. */
  watch(partitionCounts: ReadonlyMap<string, number>): void {
    this.#partitionCounts = partitionCounts;
    if (this.#timer === undefined && !this.#isLooking) this.#lookLater();
  }

  stop(): void {
    this.#partitionCounts = undefined;
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  #lookLater(): void {
    const { context, settings } = this.#deps;
    this.#timer = context.clock.setTimer(settings.heartbeatIntervalMs, () => {
      this.#timer = undefined;
      void this.#look();
    });
  }

  /** Never rejects. */
  async #look(): Promise<void> {
    const { context, calls, signal, onLag } = this.#deps;
    const partitionCounts = this.#partitionCounts;
    if (partitionCounts === undefined) return;
    this.#isLooking = true;
    let lag: Lag | undefined;
    try {
      lag = await backlogOfGroup(context, calls, { partitionCounts, signal });
    } catch (error) {
      const { code, message } = asOttlaError(error);
      const { groupId } = calls;
      context.logger.debug('the backlog of a group is not to be had', { groupId, code, message });
    }
    this.#isLooking = false;
    if (signal.aborted || this.#partitionCounts === undefined) return;
    onLag(lag);
    if (this.#partitionCounts !== undefined && this.#timer === undefined) this.#lookLater();
  }
}
