import type { SystemName } from './systems/system.ts';

/** How both systems keep what they acknowledge with `acks=all`. */
export type Durability =
  /** `ack.durability=memory` against Kafka's default: neither syncs before it answers. */
  | 'memory'
  /** `ack.durability=fsync`, our default, against Kafka's default, which does not sync. */
  | 'fsync'
  /** `ack.durability=fsync` against `flush.messages=1`. */
  | 'fsync both';

/** What a topic and its producers are. */
export interface Load {
  readonly recordBytes: number;
  readonly batchBytes: number;
  readonly lingerMs: number;
  readonly acks: '1' | 'all';
  readonly replication: 1 | 3;
  readonly partitions: number;
  readonly producers: number;
  readonly compression: 'none' | 'lz4' | 'zstd';
  readonly durability: Durability;
  /** Settings of the producer beside those above. */
  readonly producerSettings: Readonly<Record<string, string>>;
}

/** What is measured with a load. */
export type Kind =
  | 'produce'
  | 'tail'
  | 'catch-up'
  | 'fan-out'
  | 'latency'
  | 'round trip'
  | 'sdk'
  | 'rounds'
  | 'burst'
  | 'kcat'
  | 'upkeep'
  | Alone;

/** Kinds whose runs each have a cluster of their own, alone on the machine. */
export type Alone = (typeof ALONE)[number];
const ALONE = ['idle', 'start-up', 'failover', 'partitions', 'connections'] as const;

export interface Row {
  readonly name: string;
  readonly kind: Kind;
  readonly load: Load;
  /** Runs of each system, one after the other in turn. */
  readonly pairs: number;
  /** Records of one run, of all its producers; half of it again before, to warm up. */
  readonly recordCount: number;
  /** Of the nodes, beside their defaults; only where runs have clusters of their own. */
  readonly settings?: Readonly<Record<SystemName, Readonly<Record<string, string>>>>;
  /** For latency: of the peer's highest rate with this load. */
  readonly ofMaximum?: number;
  /** What that came to in records a second, in a row that was run. */
  readonly perSecond?: number;
}

/** Pairs of the rows that targets are judged by: the fewest with a 90 % interval. */
const TARGET_PAIRS = 5;
const OTHER_PAIRS = 2;

/** One run stays below these, however small or large its records are. */
const RUN_BYTES_MAX = 600_000_000;
const RUN_RECORDS_MAX = 1_500_000;

export const BASE: Load = {
  recordBytes: 1024,
  batchBytes: 131_072,
  lingerMs: 5,
  acks: '1',
  replication: 1,
  partitions: 1,
  producers: 1,
  compression: 'none',
  durability: 'memory',
  producerSettings: {},
};

export type Varied = Partial<Load>;

export const THREE: Varied = { acks: 'all', replication: 3 };
const FSYNCED: Varied = { ...THREE, durability: 'fsync' };

/** A request a record; without batches the sequence of an idempotent producer allows five. */
export const SINGLE: Varied = {
  batchBytes: 0,
  lingerMs: 0,
  producerSettings: {
    'enable.idempotence': 'false',
    'max.in.flight.requests.per.connection': '16',
  },
};
const SINGLE_RECORDS = 100_000;
const ROUND_TRIPS = 2000;

const recordCountOf = ({ recordBytes, replication }: Load): number =>
  Math.min(RUN_RECORDS_MAX, Math.floor(RUN_BYTES_MAX / replication / recordBytes));

export type Rest = Partial<Omit<Row, 'name' | 'kind' | 'load'>>;

export const rowOf =
  (kind: Kind) =>
  (name: string, varied: Varied, rest: Rest = {}): Row => {
    const load = { ...BASE, ...varied };
    return { name, kind, load, pairs: OTHER_PAIRS, recordCount: recordCountOf(load), ...rest };
  };

const produce = rowOf('produce');
const latency = rowOf('latency');
/** Of rows that targets are judged by. */
export const target: Rest = { pairs: TARGET_PAIRS };

/** The rows that `targets.json` is made from. */
export const TARGET_ROWS: readonly Row[] = [
  produce('produce', {}, target),
  produce('produce, acks=all, RF 3, memory', THREE, target),
  produce('produce, acks=all, RF 3, fsync', FSYNCED, target),
  produce('one record a request', SINGLE, { ...target, recordCount: SINGLE_RECORDS }),
  rowOf('tail')('consume at the tail', {}, target),
  rowOf('catch-up')('consume, catching up', {}, target),
  produce('produce, 100 partitions', { partitions: 100 }, target),
  produce('produce, 1,000 partitions', { partitions: 1000 }, target),
  latency('latency at 50 %', {}, { ...target, ofMaximum: 0.5 }),
  latency('latency at 50 %, acks=all, RF 3, memory', THREE, { ...target, ofMaximum: 0.5 }),
];

/** Whether each run of a row has a cluster of its own. */
export const isAlone = ({ kind }: Row): boolean => (ALONE as readonly Kind[]).includes(kind);

/** One axis varied at a time around the base, which is the first of the target rows. */
export const OTHER_ROWS: readonly Row[] = [
  produce('produce, 100 B', { recordBytes: 100 }),
  produce('produce, 10 KiB', { recordBytes: 10_240 }),
  produce('produce, batch 16 KiB', { batchBytes: 16_384 }),
  produce('produce, linger 0', { lingerMs: 0 }),
  produce('produce, acks=all, RF 1, memory', { acks: 'all' }),
  produce('produce, acks=all, RF 1, fsync both', { acks: 'all', durability: 'fsync both' }),
  produce('produce, acks=1, RF 3', { replication: 3 }),
  produce('produce, acks=all, RF 3, fsync both', { ...THREE, durability: 'fsync both' }),
  produce('produce, 4 producers', { producers: 4 }),
  produce('produce, lz4', { compression: 'lz4' }),
  produce('produce, zstd', { compression: 'zstd' }),
  // Over gRPC, which the peer has not.
  rowOf('sdk')('SDK over gRPC', {}),
  rowOf('sdk')('SDK over gRPC, acks=all, RF 3, fsync', FSYNCED),
  rowOf('fan-out')('consume, 5 readers of all', {}),
  rowOf('catch-up')('consume, catching up, 100 B', { recordBytes: 100 }),
  rowOf('catch-up')('consume, catching up, 100 partitions', { partitions: 100 }),
  rowOf('round trip')('round trip', {}, { recordCount: ROUND_TRIPS }),
  rowOf('round trip')('round trip, acks=all, RF 3, fsync', FSYNCED, { recordCount: ROUND_TRIPS }),
  ...[0.1, 0.25, 0.75, 0.9].map((ofMaximum) =>
    latency(`latency at ${ofMaximum * 100} %`, {}, { ofMaximum }),
  ),
  latency('latency at 50 %, acks=all, RF 3, fsync', FSYNCED, { ofMaximum: 0.5 }),
];

/** What is varied, at most 40 rows. */
export const MATRIX: readonly Row[] = [...TARGET_ROWS, ...OTHER_ROWS];
