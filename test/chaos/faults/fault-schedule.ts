import { setTimeout as sleep } from 'node:timers/promises';
import { PARTITION_COUNT } from '../run-settings.ts';
import type { FaultContext } from './fault.ts';
import { FAULTS } from './fault-kinds.ts';
import { untilInSync } from './in-sync.ts';

export interface FaultScheduleOptions extends FaultContext {
  /** Names of `FAULTS`. */
  readonly kinds: readonly string[];
  /** After so many no more begin. */
  readonly strikes: number;
  readonly say: (line: string) => void;
}

const CALM_MIN_MS = 1_000;
const CALM_SPREAD_MS = 2_000;
const WHOLE_TIMEOUT_MS = 60_000;
const POLL_MS = 20;

/** Draws faults from a seed, one after another, each when the one before is overcome. */
export class FaultSchedule {
  readonly #options: FaultScheduleOptions;
  /** Kinds that are still to come before any comes again. */
  #bag: string[] = [];

  constructor(options: FaultScheduleOptions) {
    this.#options = options;
  }

  /** Begins no fault after so long under load; resolves when the last is overcome. */
  async run(durationMs: number): Promise<void> {
    const { recorder, random, kinds, strikes } = this.#options;
    // Only what is acknowledged can be lost.
    if (!(await this.#untilWhole(0))) throw new Error('a partition acknowledges nothing');
    const endMs = recorder.nowMs() + durationMs;
    if (kinds.length === 0) await sleep(Math.max(0, endMs - recorder.nowMs()));
    while (recorder.faults.length < strikes && kinds.length > 0) {
      await sleep(CALM_MIN_MS + random.below(CALM_SPREAD_MS));
      if (recorder.nowMs() >= endMs) return;
      await this.#strike(this.#draw());
    }
  }

  /** Every kind once in a random order, then again: a short run shows them all. */
  #draw(): string {
    const { random, kinds } = this.#options;
    if (this.#bag.length === 0) this.#bag = [...kinds];
    const [kind = ''] = this.#bag.splice(random.below(this.#bag.length), 1);
    return kind;
  }

  async #strike(kind: string): Promise<void> {
    const { recorder, random, say } = this.#options;
    const fault = FAULTS[kind];
    if (fault === undefined) throw new Error(`there is no fault '${kind}'`);
    const startMs = recorder.nowMs();
    const done = await fault({ ...this.#options, random: random.fork(kind) });
    const healedMs = recorder.nowMs();
    const wholeMs = (await this.#untilWhole(healedMs)) ? recorder.nowMs() : undefined;
    recorder.addFault({ ...done, kind, startMs, healedMs, wholeMs });
    const at = `${(startMs / 1000).toFixed(1)} s`;
    const lastedMs = Math.round(healedMs - startMs);
    const took =
      wholeMs === undefined
        ? `lasted ${lastedMs} ms, never whole again`
        : `lasted ${lastedMs} ms, whole after ${Math.round(wholeMs - healedMs)} more`;
    say(`${at.padStart(8)}  ${kind}: ${done.detail}; ${took}`);
  }

  /** Every replica is in sync, and every partition has acknowledged since. */
  async #untilWhole(healedMs: number): Promise<boolean> {
    const { recorder, admin } = this.#options;
    if (!(await untilInSync(admin))) return false;
    const deadlineMs = recorder.nowMs() + WHOLE_TIMEOUT_MS;
    while (recorder.nowMs() < deadlineMs) {
      if (this.#keysAcknowledgedSince(healedMs) === PARTITION_COUNT) return true;
      await sleep(POLL_MS);
    }
    return false;
  }

  #keysAcknowledgedSince(sinceMs: number): number {
    const { operations } = this.#options.recorder;
    const keys = new Set<string>();
    for (let at = operations.length - 1; at >= 0; at -= 1) {
      const operation = operations[at];
      if (operation === undefined || operation.timeMs < sinceMs) break;
      if (operation.f === 'send' && operation.type === 'ok') {
        for (const { key } of operation.sent) keys.add(key);
      }
    }
    return keys.size;
  }
}
