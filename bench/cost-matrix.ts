import type { Alone, Row, Varied } from './matrix.ts';
import { MATRIX, rowOf, SINGLE, THREE, target } from './matrix.ts';

const ROUNDS = 200;
const BURST_RECORDS = 100_000;
const KCAT_RECORDS = 300_000;
/** The same load, whatever the count of brokers: three share its partitions. */
const UPKEEP: Varied = { acks: 'all', durability: 'fsync', partitions: 3 };
const UPKEEP_RECORDS = 150_000;
const MANY_PARTITIONS = 10_000;
const MANY_CONNECTIONS = 10_000;

/**
 * A producer has room for a whole batch for each partition, or waits in `send` until others are
 * answered: of 1,000 only what is below 32 KiB each leaves at once (`buffer.memory`, 32 MiB).
 */
const ROUND_BATCH_BYTES = 16_384;

const rounds = (name: string, partitions: number): Row => {
  const batchBytes = ROUND_BATCH_BYTES;
  const load = { acks: 'all', durability: 'fsync', partitions, batchBytes } as const;
  const row = `${name} at once, acks=all, RF 1, fsync`;
  return rowOf('rounds')(row, load, { ...target, recordCount: ROUNDS });
};

const alone = (kind: Alone, name: string, varied: Varied, rest: Partial<Row> = target): Row =>
  rowOf(kind)(name, { ...varied, durability: 'fsync' }, rest);

/** What else `targets.json` is made from: cost, start-up and the loss of a leader. */
export const COST_ROWS: readonly Row[] = [
  rounds('1 partition', 1),
  rounds('100 partitions', 100),
  rounds('1,000 partitions', 1000),
  alone('idle', 'idle', {}),
  alone('start-up', 'start-up', { acks: 'all' }),
  alone('failover', 'kill -9 of the leader', THREE),
];

/** How soon each is told to take a silent peer for dead: both as quickly as the other. */
const TUNED = {
  'broker.heartbeat.interval.ms': '100',
  'broker.session.timeout.ms': '1000',
  'controller.quorum.election.timeout.ms': '500',
};

const TUNED_FAILOVER: Partial<Row> = {
  settings: { ottla: TUNED, kafka: { ...TUNED, 'controller.quorum.fetch.timeout.ms': '500' } },
};

/** Neither refuses one for there being many. */
const OPEN_DOOR: Partial<Row> = {
  pairs: 1,
  recordCount: MANY_CONNECTIONS,
  settings: { ottla: { 'max.connections': '20000' }, kafka: {} },
};

/** What is at the edge of what a broker is asked for, and clients in C; no targets. */
export const EDGE_ROWS: readonly Row[] = [
  rowOf('burst')('100,000 records in flight', SINGLE, { recordCount: BURST_RECORDS }),
  rowOf('kcat')('kcat (librdkafka)', {}, { recordCount: KCAT_RECORDS }),
  rowOf('upkeep')('upkeep of 1 broker', UPKEEP, { recordCount: UPKEEP_RECORDS }),
  rowOf('upkeep')('upkeep of 3 brokers', { ...THREE, ...UPKEEP }, { recordCount: UPKEEP_RECORDS }),
  alone('failover', 'kill -9 of the leader, tuned', THREE, TUNED_FAILOVER),
  alone('partitions', '10,000 partitions', {}, { pairs: 1, recordCount: MANY_PARTITIONS }),
  alone('connections', '10,000 idle connections', {}, OPEN_DOOR),
];

/** All there is to measure side by side. */
export const ALL_ROWS: readonly Row[] = [...MATRIX, ...COST_ROWS, ...EDGE_ROWS];
