import { setTimeout as sleep } from 'node:timers/promises';
import { groupPartition } from '../../../src/broker/groups/offsets-topic.ts';
import type { Admin } from '../../../src/index.ts';
import type { Recorder } from './recorder.ts';

export interface CoordinatorWatchOptions {
  readonly admin: Pick<Admin, 'describeTopic'>;
  readonly recorder: Pick<Recorder, 'nowMs' | 'addMove'>;
  readonly groups: readonly string[];
}

interface Seen {
  readonly epoch: number;
  readonly lastMs: number;
}

const LOOK_EVERY_MS = 100;
/** Where nobody answers, others are asked soon. */
const LOOK_TIMEOUT_MS = 2_000;

/** Notes when the coordinators of groups move, which sets back the sessions of their members. */
export class CoordinatorWatch {
  readonly #admin: Pick<Admin, 'describeTopic'>;
  readonly #recorder: Pick<Recorder, 'nowMs' | 'addMove'>;
  readonly #groups: readonly string[];
  readonly #seen = new Map<string, Seen>();

  constructor(options: CoordinatorWatchOptions) {
    this.#admin = options.admin;
    this.#recorder = options.recorder;
    this.#groups = options.groups;
  }

  /** Until the signal; never rejects by it. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.#look(signal).catch(() => {});
      await sleep(LOOK_EVERY_MS, undefined, { signal }).catch(() => {});
    }
  }

  async #look(signal: AbortSignal): Promise<void> {
    const askedMs = this.#recorder.nowMs();
    const options = { timeoutMs: LOOK_TIMEOUT_MS, signal };
    const { partitions } = await this.#admin.describeTopic('__consumer_offsets', options);
    for (const group of this.#groups) {
      const epoch = partitions[groupPartition(group, partitions.length)]?.leaderEpoch;
      if (epoch !== undefined) this.#onSeen(group, epoch, askedMs);
    }
  }

  /** A broker that lags behind tells of an older one, which is over. */
  #onSeen(group: string, epoch: number, askedMs: number): void {
    const before = this.#seen.get(group);
    if (before !== undefined && epoch < before.epoch) return;
    this.#seen.set(group, { epoch, lastMs: askedMs });
    if (before === undefined || epoch === before.epoch) return;
    const firstMs = this.#recorder.nowMs();
    this.#recorder.addMove({ group, epoch, lastMs: before.lastMs, firstMs });
  }
}
