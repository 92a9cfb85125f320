import { OttlaClient } from '../../../src/client/client.ts';
import type { Clock } from '../../../src/env/clock.ts';
import type { Logger } from '../../../src/env/logger.ts';
import type { Random } from '../../../src/env/random.ts';
import type { Transport } from '../../../src/env/transport.ts';
import type { MachineClock } from './machine-clock.ts';
import { processClock } from './machine-clock.ts';

export interface SimClientHost {
  transportFor(name: string, clock: Clock): Transport;
  cutOff(name: string): void;
  loggerFor(name: string): Logger;
}

export interface SimClientOptions {
  readonly name: string;
  readonly clock: MachineClock;
  readonly random: Random;
  readonly bootstrap: readonly string[];
}

/** One process that uses the SDK, on a machine of its own. */
export class SimClient {
  readonly name: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly sdk: OttlaClient;
  readonly #host: SimClientHost;
  #isAlive = true;

  constructor(host: SimClientHost, { name, clock, random, bootstrap }: SimClientOptions) {
    this.#host = host;
    this.name = name;
    this.random = random;
    this.clock = processClock(clock, () => this.#isAlive);
    const transport = host.transportFor(name, this.clock);
    const logger = host.loggerFor(name);
    const env = { clock: this.clock, random: random.fork('sdk'), transport, logger };
    this.sdk = new OttlaClient(env, { bootstrap, clientId: name });
  }

  get isAlive(): boolean {
    return this.#isAlive;
  }

  /** The process is gone, with all it waited for. */
  kill(): void {
    this.#isAlive = false;
    this.#host.cutOff(this.name);
  }
}
