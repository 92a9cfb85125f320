import type { Clock, Timer } from '../../env/clock.ts';

const LOOK_MS = 15_000;
/** Their syncs are part of rounds that others wait for. */
const MAX_CONCURRENT_SETTLES = 4;

/** A log as it stands to the journal. */
export interface ListedLog {
  readonly flushing: {
    readonly isListed: boolean;
    readonly isIdle: boolean;
    /** The journal has what its segments may not have. */
    readonly isBehind: boolean;
    /** It is about to be gone. */
    readonly isEnding: boolean;
    onLook(): void;
  };
}

export interface IdleLogsOptions<Log extends ListedLog> {
  readonly clock: Clock;
  readonly logs: () => readonly Log[];
  /** Rejects when the directory is offline. */
  readonly settle: (log: Log) => Promise<void>;
  /** Some may leave the list of the checkpoint. */
  readonly onSettled: () => void;
}

/**
 * Settles logs that nothing was appended to for a while, so that the checkpoint lists them no more:
 * damage of the journal, or its loss, can then be none of theirs. Asleep where no log is listed.
 */
export class IdleLogs<Log extends ListedLog> {
  readonly #options: IdleLogsOptions<Log>;
  #timer: Timer | undefined;
  #isLooking = false;
  #isStopped = false;

  constructor(options: IdleLogsOptions<Log>) {
    this.#options = options;
  }

  /** A checkpoint lists some. */
  onListed(): void {
    if (this.#timer !== undefined || this.#isLooking || this.#isStopped) return;
    this.#timer = this.#options.clock.setTimer(LOOK_MS, () => void this.#onTimer());
  }

  stop(): void {
    this.#isStopped = true;
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  /** Never rejects: what fails has taken the directory offline, and there is no more to be done. */
  async #onTimer(): Promise<void> {
    this.#timer = undefined;
    this.#isLooking = true;
    const isAnyListed = await this.#look().catch(() => false);
    this.#isLooking = false;
    if (isAnyListed) this.onListed();
  }

  async #look(): Promise<boolean> {
    const logs = this.#options.logs();
    for (const { flushing } of logs) flushing.onLook();
    const listed = logs.filter(({ flushing }) => flushing.isListed && !flushing.isEnding);
    const idle = listed.filter(({ flushing }) => flushing.isIdle);
    const behind = idle.filter(({ flushing }) => flushing.isBehind).values();
    const worker = async (): Promise<void> => {
      for (const log of behind) {
        // Deleted while it waited for its turn: it has no files any more.
        if (this.#isStopped || log.flushing.isEnding) continue;
        await this.#options.settle(log);
      }
    };
    await Promise.all(Array.from({ length: MAX_CONCURRENT_SETTLES }, worker));
    if (idle.length > 0) this.#options.onSettled();
    return listed.length > 0;
  }
}
