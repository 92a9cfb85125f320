import type { ClientOptions } from '../client/client.ts';
import { OttlaClient } from '../client/client.ts';
import type { ClientEnv } from '../client/env.ts';
import type { Logger } from '../env/logger.ts';
import { silentLogger } from '../env/logger.ts';
import { SystemClock } from '../platform/system-clock.ts';
import { systemRandom } from '../platform/system-random.ts';
import { GrpcTransport } from '../rpc/grpc-transport.ts';

export interface ConnectOptions extends ClientOptions {
  /** Where the client writes what it does; nothing is written by default. */
  readonly logger?: Logger;
}

/**
 * A client of a cluster over gRPC. Does no I/O: the first call connects. Throws `CONFIG` where
 * `bootstrap` is empty or malformed. Close it, or hold it with `await using`: its connections keep
 * the process alive.
 */
export const connect = ({ logger = silentLogger, ...options }: ConnectOptions): OttlaClient => {
  const clock = new SystemClock();
  const transport = new GrpcTransport(clock);
  return new ConnectedClient({ transport, clock, random: systemRandom, logger }, options);
};

/** A client that owns its connections. */
class ConnectedClient extends OttlaClient {
  readonly #transport: ClientEnv['transport'];

  constructor(env: ClientEnv, options: ClientOptions) {
    super(env, options);
    this.#transport = env.transport;
  }

  override async close(): Promise<void> {
    await super.close();
    await this.#transport.close();
  }
}
