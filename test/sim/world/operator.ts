import type { Clock } from '../../../src/env/clock.ts';
import type { SeededRandom } from '../../support/seeded-random.ts';
import type { Machine } from './machine.ts';

const LOOK_MS = 500;
/** A directory stays offline for a while, whether or not its device works again. */
const PATIENCE_MS = 2000;

/** What an operator sees of the world, and may do in it. */
export interface OperatedWorld {
  readonly machines: readonly Machine[];
  readonly clock: Clock;
  readonly nowMs: number;
  readonly random: SeededRandom;
  readonly observer: { mark(name: string): void };
  start(nodeId: number): void;
  crash(nodeId: number): void;
  restart(nodeId: number): void;
}

/**
 * Sees to log directories that are offline although their device is there, as it is after a failure
 * that has passed: a process looks for them at its start only, and so it is started again.
 */
export class Operator {
  readonly #world: OperatedWorld;
  readonly #random: SeededRandom;
  /** By machine: since when one of its directories could be used again. */
  readonly #sinceMs = new Map<number, number>();

  constructor(world: OperatedWorld) {
    this.#world = world;
    this.#random = world.random.fork('operator');
  }

  /** Looks every so often from now on. */
  start(): void {
    this.#world.clock.setTimer(LOOK_MS, () => {
      for (const machine of this.#world.machines) this.#tend(machine);
      this.start();
    });
  }

  #tend(machine: Machine): void {
    const { nodeId, node, state, devices } = machine;
    const isOffline = (node?.parts.logs?.offlineCount ?? 0) > 0;
    if (state !== 'running' || !isOffline || !devices.isWhole) {
      this.#sinceMs.delete(nodeId);
      return;
    }
    const sinceMs = this.#sinceMs.get(nodeId) ?? this.#world.nowMs;
    this.#sinceMs.set(nodeId, sinceMs);
    if (this.#world.nowMs - sinceMs < PATIENCE_MS) return;
    this.#sinceMs.delete(nodeId);
    machine.restoreFurther();
    this.#world.observer.mark('directory.tended');
    if (this.#random.chance(1, 2)) this.#world.restart(nodeId);
    else {
      this.#world.crash(nodeId);
      this.#world.start(nodeId);
    }
  }
}
