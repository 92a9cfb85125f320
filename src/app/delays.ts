import type { PollerOptions } from '../client/delays/delay-poller.ts';
import { runDelayPoller } from '../client/delays/delay-poller.ts';
import type { DelayStore } from '../client/delays/delay-store.ts';
import { KeyValueDelayStore } from '../client/delays/key-value-delay-store.ts';
import type { LevelForwarderOptions } from '../client/delays/level-forwarder.ts';
import { runLevelForwarder } from '../client/delays/level-forwarder.ts';
import type { SqlPool } from '../client/delays/mysql-delay-store.ts';
import { MysqlDelayStore } from '../client/delays/mysql-delay-store.ts';
import { levelStores } from '../platform/level-store.ts';
import { SystemClock } from '../platform/system-clock.ts';

/**
 * Forwards the messages of a topic whose partitions are delays, on any Kafka cluster: each when its
 * delay is over, counted from its timestamp. A partition whose first message is not due is paused
 * meanwhile: its member stays in the group. Several processes share the partitions.
 *
 * At least once: what is forwarded has the header `ottla-forward-id`, the same in a repeat.
 * Resolves when the signal aborts. Rejects with CONFIG for levels that are none, and at a message
 * that names no target where there is no `badTopic`.
 */
export const forwardLevels = (options: LevelForwarderOptions): Promise<void> =>
  runLevelForwarder(options, new SystemClock());

/**
 * Forwards what is due in a store, at least once: with the header `ottla-forward-id`, the same in a
 * repeat. What a target does not take waits on, and keeps nothing else waiting, as does what is
 * damaged where `onError` hears of it. Resolves when the signal aborts; rejects with what the store
 * throws, and may then be called again.
 */
export const forwardStored = (options: PollerOptions): Promise<void> =>
  runDelayPoller(options, new SystemClock());

/**
 * Keeps delayed messages in a LevelDB of its own in this directory, made where there is none.
 * Throws CONFIG where another process has it open: dump and forward from one.
 */
export const levelDelayStore = async (
  directory: string,
): Promise<DelayStore & { close(): Promise<void> }> =>
  new KeyValueDelayStore(await levelStores.open(directory));

/**
 * Keeps delayed messages in MySQL 8 or MariaDB 10.6, in `table` and `table_positions`, by a pool of
 * `mysql2/promise`. Several processes may dump and forward. Throws CONFIG for a name that is none.
 */
export const mysqlDelayStore = (pool: SqlPool, table = 'ottla_delays'): DelayStore =>
  new MysqlDelayStore(pool, table);
