import type { Clock } from '../../../src/env/clock.ts';

/** What a pipe must know of the network between its two nodes. */
export interface LinkView {
  readonly clock: Clock;
  /** False while the direction is cut or the receiver does nothing. */
  isDeliverable(from: string, to: string): boolean;
  latencyMs(from: string, to: string): number;
}

/**
 * One direction of one connection. What is sent arrives late, whole and in order, as over TCP: a
 * cut holds it back, and a heal before the connection breaks lets it through.
 */
export class Pipe {
  readonly from: string;
  readonly to: string;
  readonly #link: LinkView;
  readonly #queue: Array<() => void> = [];
  #lastArrivalMs = 0;
  /** Messages at the head of the queue whose time has come. */
  #arrivedCount = 0;
  #isBroken = false;

  constructor(link: LinkView, from: string, to: string) {
    this.#link = link;
    this.from = from;
    this.to = to;
  }

  send(deliver: () => void): void {
    if (this.#isBroken) return;
    const { clock } = this.#link;
    const nowMs = clock.monotonicMs();
    const arrivalMs = nowMs + this.#link.latencyMs(this.from, this.to);
    this.#lastArrivalMs = Math.max(this.#lastArrivalMs, arrivalMs);
    this.#queue.push(deliver);
    clock.setTimer(this.#lastArrivalMs - nowMs, () => {
      this.#arrivedCount += 1;
      this.pump();
    });
  }

  /** Delivers what has arrived, if the direction is open. */
  pump(): void {
    while (this.#arrivedCount > 0 && this.#link.isDeliverable(this.from, this.to)) {
      const deliver = this.#queue.shift();
      if (deliver === undefined) return;
      this.#arrivedCount -= 1;
      deliver();
    }
  }

  /** Drops what is on the way and all that is sent later. */
  break(): void {
    this.#isBroken = true;
    this.#queue.length = 0;
    this.#arrivedCount = 0;
  }
}
