import { abortedError, onAbort } from '../../env/abort.ts';
import type { Clock, Timer } from '../../env/clock.ts';
import type { Random } from '../../env/random.ts';
import type { BackoffOptions } from '../timing.ts';
import { backoffMs } from '../timing.ts';
import type { Turn } from './replay-gate-core.ts';
import { ReplayGateCore } from './replay-gate-core.ts';

interface Waiting {
  readonly go: (turn: Turn) => void;
}

/** `ReplayGateCore` with those who wait, in the order in which they came. */
export class ReplayGate {
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #pause: BackoffOptions;
  readonly #core: ReplayGateCore;
  readonly #waiting = new Set<Waiting>();
  #timer: Timer | undefined;

  constructor(
    { clock, random }: { readonly clock: Clock; readonly random: Random },
    { spacingMs, pause }: { readonly spacingMs: number; readonly pause: BackoffOptions },
  ) {
    this.#clock = clock;
    this.#random = random;
    this.#pause = pause;
    this.#core = new ReplayGateCore(spacingMs);
  }

  /** Resolves when it is its turn, which is to be given back; rejects when the signal fires. */
  enter(signal: AbortSignal): Promise<Turn> {
    return new Promise((resolve, reject) => {
      const aborted = (): void => reject(signal.reason ?? abortedError('the replay', signal));
      if (signal.aborted) return aborted();
      const forget = onAbort(signal, () => {
        this.#waiting.delete(waiting);
        aborted();
        this.#wake();
      });
      const waiting: Waiting = {
        go: (turn) => {
          forget();
          resolve(turn);
        },
      };
      this.#waiting.add(waiting);
      this.#wake();
    });
  }

  /** It was not answered. */
  leave(): void {
    this.#core.leave();
    this.#wake();
  }

  onAnswered(turn: Turn): void {
    this.#core.onAnswered(turn);
    this.#wake();
  }

  /** Nobody goes for `retryAfterMs`, or for a pause that grows with each refusal in a row. */
  onRefused(turn: Turn, retryAfterMs: number | undefined): void {
    const { refusalsInARow } = this.#core;
    const pauseMs = retryAfterMs ?? backoffMs(refusalsInARow, this.#pause, this.#random);
    this.#core.onRefused(turn, this.#clock.monotonicMs() + pauseMs);
    this.#wake();
  }

  #wake(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    for (const waiting of this.#waiting) {
      const turn = this.#core.enter(this.#clock.monotonicMs());
      if (turn === undefined) return;
      if (typeof turn === 'number') {
        this.#timer = this.#clock.setTimer(turn, () => this.#wake());
        return;
      }
      this.#waiting.delete(waiting);
      waiting.go(turn);
    }
  }
}
