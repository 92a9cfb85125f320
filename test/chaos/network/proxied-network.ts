import type { FaultyNetwork } from './network.ts';
import type { RelayOptions } from './relay.ts';
import { Relay } from './relay.ts';

/** Every connection to a node goes through the harness: for machines where nobody is root. */
export class ProxiedNetwork implements FaultyNetwork {
  readonly description = 'TCP proxies between all nodes and clients (not root: no packet loss)';
  readonly canLose = false;
  readonly relay: Relay;

  constructor(options: RelayOptions) {
    this.relay = new Relay(options);
  }

  async cutOneWay(from: number, to: number): Promise<void> {
    this.relay.cutOneWay(from, to);
  }

  async cut(one: number, ...others: readonly number[]): Promise<void> {
    for (const other of others) {
      this.relay.cutOneWay(one, other);
      this.relay.cutOneWay(other, one);
    }
  }

  async lose(): Promise<void> {
    throw new Error('proxies carry streams: they cannot lose packets');
  }

  async delay(one: number, other: number, delayMs: number): Promise<void> {
    this.relay.delay(one, other, delayMs);
  }

  async reorder(delayMaxMs: number): Promise<void> {
    this.relay.reorder(delayMaxMs);
  }

  async breakAll(): Promise<void> {
    this.relay.breakAll();
  }

  async healAll(): Promise<void> {
    this.relay.healAll();
  }

  close(): void {
    this.relay.close();
  }
}
