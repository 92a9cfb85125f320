import type { NetworkMode } from './cluster/chaos-cluster.ts';

/** `real`: nodes as shipped. `power-cut`: what is not synced is lost at every kill. */
export type DiskMode = 'real' | 'power-cut';

/** All that one run is made of. */
export interface RunSettings {
  readonly seed: string;
  readonly seconds: number;
  /** `3+3` for controllers and brokers of their own, `5` for nodes that are both. */
  readonly shape: string;
  readonly disk: DiskMode;
  /** The topic's `ack.durability`. */
  readonly durability: 'fsync' | 'memory';
  /** How long a sync takes where the disk is `power-cut`. */
  readonly syncMs: number;
  /** Every round of every broker goes by a small journal. */
  readonly hasJournal?: boolean;
  /** Kinds of faults to draw from; a run without any is a plain load. */
  readonly faults: readonly string[];
  /** A figure that is promised of an idle machine and missed is a failure, too. */
  readonly hasGoals?: boolean;
  /** So many faults at most; left out: as many as the time allows. */
  readonly strikes?: number;
  readonly network: NetworkMode;
  /** Log directories of each broker; left out: one. */
  readonly directories?: number;
}

/** Turned over every few hundred rounds. */
export const SMALL_JOURNAL = {
  'log.journal.enable': 'true',
  'log.journal.bytes': '262144',
  'log.journal.min.partitions': '1',
} as const;

export const TOPIC = 'chaos';
export const PARTITION_COUNT = 6;

/** A partition's name in a history. */
export const keyOf = (partition: number): string => `${TOPIC}-${partition}`;
