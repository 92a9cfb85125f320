/** What finds a fault: seeds of the swarm, or one scenario of the suite. */
export type Finder =
  | { readonly seeds: string }
  | {
      /** The file under `test/sim/scenarios`. */
      readonly scenarios: string;
      readonly name: string;
    };

/** What is replaced, where, by what. */
export interface Edit {
  readonly path: string;
  readonly original: string;
  readonly fault: string;
}

/** A one-line fault that the simulator must find. */
export interface Planted extends Edit {
  readonly name: string;
  /** Further lines, where each alone is made up for by another: an assertion of the program, say. */
  readonly also?: readonly Edit[];
  readonly finder: Finder;
  /** What must be told to be broken, while all others that are named in this list look away. */
  readonly property?: string;
}
