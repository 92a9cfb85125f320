import type { Clock } from '../../../src/env/clock.ts';

/** What a pipe must know of the network between its two nodes. */
export interface LinkView {
  readonly clock: Clock;
  /** False while the direction is cut or the receiver does nothing. */
  isDeliverable(from: string, to: string): boolean;
  latencyMs(from: string, to: string): number;
}

interface Entry {
  readonly deliver: () => void;
  /** A receiver that takes nothing hears it all the same. */
  readonly isBreak: boolean;
}

/**
 * One direction of one connection. What is sent arrives late, whole and in order, as over TCP: a
 * cut holds it back, and a heal before the connection breaks lets it through.
 */
export class Pipe {
  readonly from: string;
  readonly to: string;
  readonly #link: LinkView;
  readonly #queue: Entry[] = [];
  #lastArrivalMs = 0;
  /** Messages at the head of the queue whose time has come. */
  #arrivedCount = 0;
  #isBroken = false;
  #isHeld = false;

  constructor(link: LinkView, from: string, to: string) {
    this.#link = link;
    this.from = from;
    this.to = to;
  }

  /** A break overtakes what waits at a receiver that takes nothing. */
  send(deliver: () => void, { isBreak = false }: { readonly isBreak?: boolean } = {}): void {
    if (this.#isBroken) return;
    const { clock } = this.#link;
    const nowMs = clock.monotonicMs();
    const arrivalMs = nowMs + this.#link.latencyMs(this.from, this.to);
    this.#lastArrivalMs = Math.max(this.#lastArrivalMs, arrivalMs);
    this.#queue.push({ deliver, isBreak });
    clock.setTimer(this.#lastArrivalMs - nowMs, () => {
      this.#arrivedCount += 1;
      this.pump();
    });
  }

  /** The receiver takes nothing until `release`: what arrives waits, in order. */
  hold(): void {
    this.#isHeld = true;
  }

  release(): void {
    this.#isHeld = false;
  }

  /** Delivers what has arrived, if the direction is open and the receiver takes it. */
  pump(): void {
    while (this.#arrivedCount > 0 && this.#link.isDeliverable(this.from, this.to)) {
      const at = this.#isHeld ? this.#queue.findIndex(({ isBreak }) => isBreak) : 0;
      if (at < 0 || at >= this.#arrivedCount) return;
      const [entry] = this.#queue.splice(at, 1);
      if (entry === undefined) return;
      this.#arrivedCount -= 1;
      entry.deliver();
    }
  }

  /** Drops what is on the way and all that is sent later. */
  break(): void {
    this.#isBroken = true;
    this.#queue.length = 0;
    this.#arrivedCount = 0;
  }
}
