import type { Lag } from '../../base/lag.ts';
import { lagOf } from '../../base/lag.ts';
import { totalLag } from '../admin/group-lag.ts';
import type { BacklogQuestion } from '../cluster/backlog.ts';
import { askBacklogs } from '../cluster/backlog.ts';
import type { ClientContext } from '../context.ts';
import { asOttlaError, pause } from '../timing.ts';
import { BacklogCore } from './backlog-core.ts';
import type { BacklogSettings } from './backlog-options.ts';

export interface BacklogWatchDeps {
  readonly context: ClientContext;
  readonly groupId: string;
  /** Where this member is in its partitions; undefined where it does not know yet. */
  readonly places: () => readonly BacklogQuestion[] | undefined;
}

/** Looks at the backlog of one member again and again, and tells when it becomes high or low. */
export class BacklogWatch {
  readonly #deps: BacklogWatchDeps;
  readonly #settings: BacklogSettings;
  readonly #core: BacklogCore;
  readonly #abort = new AbortController();

  constructor(deps: BacklogWatchDeps, settings: BacklogSettings) {
    this.#deps = deps;
    this.#settings = settings;
    this.#core = new BacklogCore(settings);
    void this.#run();
  }

  /** What was told last; false before anything was. */
  get isHigh(): boolean {
    return this.#core.isHigh;
  }

  /** Tells nothing any more. */
  stop(): void {
    this.#abort.abort();
  }

  /** Never rejects. */
  async #run(): Promise<void> {
    const { clock } = this.#deps.context;
    const { signal } = this.#abort;
    while (!signal.aborted) {
      const lag = await this.#look(signal);
      if (signal.aborted) return;
      if (this.#core.onLook(lag, clock.monotonicMs()) && lag !== undefined) await this.#tell(lag);
      await pause(clock, this.#settings.intervalMs, signal).catch(() => {});
    }
  }

  /** Undefined: not to be had now. */
  async #look(signal: AbortSignal): Promise<Lag | undefined> {
    const { context, groupId, places } = this.#deps;
    const questions = places();
    if (questions === undefined) return undefined;
    try {
      const backlogs = await askBacklogs(context, questions, { signal });
      const lags = backlogs.map((backlog, at) => lagOf(questions[at]?.nextOffset, backlog));
      const { lagCount, maxLagMs } = totalLag(lags);
      return { lagCount, lagMs: lags.length === 0 ? 0 : maxLagMs };
    } catch (error) {
      const { code, message } = asOttlaError(error);
      if (!signal.aborted) context.logger.warn('no look at a backlog', { groupId, code, message });
      return undefined;
    }
  }

  /** The next look is after it: two calls of the hooks never overlap. */
  async #tell(lag: Lag): Promise<void> {
    const { context, groupId } = this.#deps;
    const name = this.#core.isHigh ? 'onHigh' : 'onLow';
    try {
      await this.#settings[name](lag);
    } catch (error) {
      context.logger.warn(`${name} of a backlog failed`, { groupId, error: String(error) });
    }
  }
}
