import type { NodeId } from '../base/ids.ts';
import type { Clock } from '../env/clock.ts';

/** Which versions of the state machine's records a node knows; both inclusive, from 1. */
export interface KnownVersions {
  readonly min: number;
  readonly max: number;
}

/** What a node said of itself, as of now. */
export interface SaidVersions {
  /** It was heard within the last seconds. */
  readonly isHeard: boolean;
  /** Undefined: it was not heard, or is of a release that does not say. */
  readonly range: KnownVersions | undefined;
}

/** A node that was silent for longer may be back with another release. */
const HEARD_MS = 3000;

/** Who of the others knows what: each says so with every message. */
export class PeerVersions {
  readonly #clock: Clock;
  readonly #said = new Map<NodeId, { readonly range: KnownVersions; readonly atMs: number }>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  note(from: NodeId, range: KnownVersions): void {
    this.#said.set(from, { range, atMs: this.#clock.monotonicMs() });
  }

  of(nodeId: NodeId): SaidVersions {
    const said = this.#said.get(nodeId);
    const isHeard = said !== undefined && this.#clock.monotonicMs() - said.atMs <= HEARD_MS;
    const says = isHeard && said.range.max > 0;
    return { isHeard, range: says ? said.range : undefined };
  }
}
