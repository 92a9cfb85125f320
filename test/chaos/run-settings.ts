/** `real`: nodes as shipped. `power-cut`: what is not synced is lost at every kill. */
export type DiskMode = 'real' | 'power-cut';

/** All that one run is made of. */
export interface RunSettings {
  readonly seed: string;
  readonly seconds: number;
  readonly nodeCount: number;
  readonly disk: DiskMode;
  /** The topic's `ack.durability`. */
  readonly durability: 'fsync' | 'memory';
  /** How long a sync takes where the disk is `power-cut`. */
  readonly syncMs: number;
  /** Kinds of faults to draw from; a run without any is a plain load. */
  readonly faults: readonly string[];
}

export const TOPIC = 'chaos';
export const PARTITION_COUNT = 6;

/** A partition's name in a history. */
export const keyOf = (partition: number): string => `${TOPIC}-${partition}`;
