import type { KeysOf } from '../base/known-keys.ts';
import { checkKeys } from '../base/known-keys.ts';
import type { ClientOptions } from '../client/client.ts';
import { CLIENT_KEYS, OttlaClient } from '../client/client.ts';
import type { CallOptions, ClientEnv } from '../client/env.ts';
import type { Logger } from '../env/logger.ts';
import { silentLogger } from '../env/logger.ts';
import { fetchWebhooks } from '../platform/fetch-webhooks.ts';
import { SystemClock } from '../platform/system-clock.ts';
import { systemRandom } from '../platform/system-random.ts';
import { GrpcTransport } from '../rpc/grpc-transport.ts';

export interface ConnectOptions extends ClientOptions {
  /** Where the client writes what it does; nothing is written by default. */
  readonly logger?: Logger;
}

const CONNECT_KEYS: KeysOf<ConnectOptions> = { ...CLIENT_KEYS, logger: true };

/**
 * A client of a cluster over gRPC. Does no I/O: the first call connects. Throws `CONFIG` for
 * unknown options, and where `bootstrap` is empty or malformed. Close it, or hold it with
 * `await using`: its connections keep the process alive.
 */
export const connect = (given: ConnectOptions): OttlaClient => {
  checkKeys('client option', given, CONNECT_KEYS);
  const { logger = silentLogger, ...options } = given;
  const clock = new SystemClock();
  const transport = new GrpcTransport(clock);
  const env = { transport, clock, random: systemRandom, logger, webhooks: fetchWebhooks };
  return new ConnectedClient(env, options);
};

/** A client that owns its connections. */
class ConnectedClient extends OttlaClient {
  readonly #transport: ClientEnv['transport'];

  constructor(env: ClientEnv, options: ClientOptions) {
    super(env, options);
    this.#transport = env.transport;
  }

  override async close(options: CallOptions = {}): Promise<void> {
    await super.close(options);
    await this.#transport.close();
  }
}
