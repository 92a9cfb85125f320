import type { ByteListener } from './byte-listener.ts';
import type { Clock } from './clock.ts';
import type { Disk } from './disk.ts';
import type { KeyValueStores } from './key-value-store.ts';
import type { Logger } from './logger.ts';
import type { Meter } from './meter.ts';
import type { Random } from './random.ts';
import type { Transport } from './transport.ts';

/** The whole outside world of one node. */
export interface Env {
  readonly clock: Clock;
  readonly random: Random;
  readonly disk: Disk;
  readonly stores: KeyValueStores;
  readonly transport: Transport;
  /** For protocols that are not ours. */
  readonly bytes: ByteListener;
  readonly logger: Logger;
  readonly meter: Meter;
}
