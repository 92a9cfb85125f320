import type { ClientContext } from '../context.ts';
import type { FailedRecord } from '../failure/failed-record.ts';
import { trailOf } from '../failure/failed-record.ts';
import { addTrail } from '../failure/failure-trail.ts';
import type { SureSender } from '../failure/sure-sender.ts';
import type { BackoffOptions } from '../timing.ts';
import { backoffMs } from '../timing.ts';
import type { ParkStore } from './park-store.ts';
import { isParkStore } from './park-store.ts';

export interface ParkingDeps {
  readonly context: ClientContext;
  readonly sender: SureSender;
  readonly groupId: string;
  readonly park: { readonly topic: string } | ParkStore;
  readonly backoff: BackoffOptions;
}

/** Puts failed records aside, where a worker takes them up again. */
export class Parking {
  readonly #deps: ParkingDeps;

  constructor(deps: ParkingDeps) {
    this.#deps = deps;
  }

  /**
   * Resolves when all are put aside for good: on the disks of the in-sync replicas of the topic, or
   * as the store promises. A crash before the offsets are committed has the records handled again:
   * a topic may have them twice then.
   */
  async put(failed: readonly FailedRecord[], signal: AbortSignal): Promise<void> {
    const { park, sender, groupId } = this.#deps;
    if (isParkStore(park)) return await park.put(failed.map((it) => this.#parked(it)));
    const sending = failed.map((it) => {
      const { key, value, headers } = it.stored;
      const parked = { key, value, headers: addTrail(headers, trailOf(it, groupId)) };
      return sender.send(park.topic, parked, signal);
    });
    await Promise.all(sending);
  }

  #parked(failed: FailedRecord): Parameters<ParkStore['put']>[0][number] {
    const { context, groupId, backoff } = this.#deps;
    const { key, value, headers } = failed.stored;
    const pauseMs = backoffMs(failed.attempts - 1, backoff, context.random);
    const dueMs = context.clock.wallMs() + pauseMs;
    return { ...trailOf(failed, groupId), key, value, headers, dueMs };
  }
}
