import type { GroupDegrade } from '../../gen/ottla.ts';
import type { ClientContext } from '../context.ts';
import type { DatedRecord, DegradeOptions } from './degrade.ts';
import { checkDegrade, combine, isLeftOut } from './degrade.ts';

/** What is left out now, by the application and by its group, and what was so far. */
export interface Degraded extends DegradeOptions {
  /** Records that count as finished and no handler had. */
  readonly skippedCount: number;
}

export interface DegradeSwitchDeps {
  readonly context: Pick<ClientContext, 'clock' | 'logger'>;
  readonly groupId: string;
  /** Something may be handled that was not to be before, or the other way round. */
  readonly onChange: () => void;
}

/** What one member leaves out: what its application says, and what its whole group is told. */
export class DegradeSwitch {
  readonly #deps: DegradeSwitchDeps;
  #own: DegradeOptions = {};
  #group: DegradeOptions = {};
  #inForce: DegradeOptions = {};
  #skippedCount = 0;

  constructor(deps: DegradeSwitchDeps) {
    this.#deps = deps;
  }

  get isPaused(): boolean {
    return this.#inForce.pause === true;
  }

  /** Whether `skips` may hold for any record. */
  get isSkipping(): boolean {
    const { skipOlderThanMs, sample } = this.#inForce;
    return skipOlderThanMs !== undefined || sample !== undefined;
  }

  get state(): Degraded {
    return { ...this.#inForce, skippedCount: this.#skippedCount };
  }

  /** Throws CONFIG for what cannot be. */
  setOwn(options: DegradeOptions): void {
    this.#own = checkDegrade(options);
    this.#change();
  }

  /** As the coordinator tells it, again and again; undefined: nothing. */
  readonly onGroup = (told: GroupDegrade | undefined): void => {
    const { skipOlderThanMs, sample, paused: pause = false } = told ?? {};
    const before = this.#group;
    const isSame =
      before.skipOlderThanMs === skipOlderThanMs &&
      before.sample === sample &&
      (before.pause ?? false) === pause;
    if (isSame) return;
    this.#group = { skipOlderThanMs, sample, pause };
    const { context, groupId } = this.#deps;
    context.logger.info('what the members of the group leave out was changed', {
      groupId,
      ...this.#group,
    });
    this.#change();
  };

  /** Whether no handler is to have it; it is counted then. */
  skips(record: DatedRecord): boolean {
    if (!this.isSkipping) return false;
    if (!isLeftOut(this.#inForce, record, this.#deps.context.clock.wallMs())) return false;
    this.#skippedCount += 1;
    return true;
  }

  #change(): void {
    this.#inForce = combine(this.#own, this.#group);
    this.#deps.onChange();
  }
}
