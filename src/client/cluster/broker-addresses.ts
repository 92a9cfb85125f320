import { OttlaError } from '../../base/errors.ts';
import type { Random } from '../../env/random.ts';

const MAX_PORT = 65_535;

/**
 * `host:port` entries of a bootstrap setting; throws CONFIG where there is none or one is
 * malformed.
 */
export const parseBootstrap = (bootstrap: string | readonly string[]): readonly string[] => {
  if (typeof bootstrap !== 'string' && !Array.isArray(bootstrap)) {
    throw new OttlaError('CONFIG', 'bootstrap is missing: give host:port of one broker or more');
  }
  const entries = (typeof bootstrap === 'string' ? bootstrap.split(',') : bootstrap)
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '');
  if (entries.length === 0) {
    throw new OttlaError('CONFIG', 'bootstrap is empty: give host:port of one broker or more');
  }
  for (const entry of entries) {
    const colon = entry.lastIndexOf(':');
    const port = Number(entry.slice(colon + 1));
    if (colon < 1 || !Number.isInteger(port) || port < 1 || port > MAX_PORT) {
      throw new OttlaError(
        'CONFIG',
        `bootstrap '${entry}' is not host:port, such as 127.0.0.1:7091`,
      );
    }
  }
  return [...new Set(entries)];
};

/**
 * Which broker to ask what any broker can answer: one that answered last time, for as long as it
 * does; then the next. Bootstrap addresses stay in the round, behind the brokers the cluster
 * names, so that a client survives the replacement of every broker it once knew.
 */
export class BrokerAddresses {
  readonly #bootstrap: readonly string[];
  #all: readonly string[];
  #next: number;
  #hasAnswered = false;

  constructor(bootstrap: readonly string[], random: Random) {
    this.#bootstrap = bootstrap;
    this.#all = bootstrap;
    this.#next = random.below(bootstrap.length);
  }

  /** How many attempts ask every address once. */
  get count(): number {
    return this.#all.length;
  }

  /** The address to ask now. */
  pick(): string {
    return this.#all[this.#next % this.#all.length] as string;
  }

  /** Some broker has answered: whatever fails from now on, the addresses were right once. */
  onAnswer(): void {
    this.#hasAnswered = true;
  }

  /**
   * What a caller who gives up is told: a failure of the way to the brokers in words that name the
   * addresses and the remedy, any other as it is. A time that ran out is the way's fault only where
   * nobody has ever answered.
   */
  describe(failure: OttlaError): OttlaError {
    const { code, message } = failure;
    const isWay =
      code === 'NETWORK_EXCEPTION' || (code === 'REQUEST_TIMED_OUT' && !this.#hasAnswered);
    if (!isWay) return failure;
    return new OttlaError(
      code,
      `no broker answers at ${this.#all.join(', ')} (${message}): see that the cluster runs, and check bootstrap`,
      { cause: failure },
    );
  }

  /** Moves on, unless another caller has moved on from this address already. */
  onFailure(address: string): void {
    if (this.pick() === address) this.#next = (this.#next + 1) % this.#all.length;
  }

  /** The unfenced brokers that the cluster names now. */
  update(brokers: readonly string[]): void {
    const current = this.pick();
    this.#all = [...new Set([...brokers, ...this.#bootstrap])];
    this.#next = Math.max(0, this.#all.indexOf(current));
  }
}
