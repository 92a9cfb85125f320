import type { Env } from '../env/env.ts';
import type { Logger } from '../env/logger.ts';
import type { Meter } from '../env/meter.ts';
import { FileDisk } from '../platform/file-disk.ts';
import { levelStores } from '../platform/level-store.ts';
import { netListener } from '../platform/net-listener.ts';
import { SystemClock } from '../platform/system-clock.ts';
import { systemRandom } from '../platform/system-random.ts';
import { GrpcTransport } from '../rpc/grpc-transport.ts';

/** The real world, for one node. Closing its transport is the owner's. */
export const systemEnv = (options: { readonly logger: Logger; readonly meter: Meter }): Env => {
  const clock = new SystemClock();
  return {
    clock,
    random: systemRandom,
    disk: new FileDisk(),
    stores: levelStores,
    transport: new GrpcTransport(clock),
    bytes: netListener,
    logger: options.logger,
    meter: options.meter,
  };
};
