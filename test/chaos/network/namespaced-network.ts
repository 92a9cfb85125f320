import { setTimeout as sleep } from 'node:timers/promises';
import { addressOf, CLIENTS_ADDRESS, namespaceOf, RELAY_ADDRESS } from './hub.ts';
import type { FaultyNetwork } from './network.ts';
import { CLIENTS } from './network.ts';
import type { RelayedListener } from './relay.ts';
import { Relay } from './relay.ts';
import { runTool } from './run-tool.ts';

/** Long enough that every connection in use sends a packet, and has it refused. */
const BREAK_MS = 300;
const RELAY_PORT_BASE = 20_000;

/** A listener of a node under its own address. */
export interface NodeListener {
  readonly nodeId: number;
  readonly port: number;
}

/**
 * Every node has a network namespace of its own: cuts, loss and resets are the kernel's, by rules
 * of nftables. Only what shall be late is sent through the harness, for as long as it shall be.
 */
export class NamespacedNetwork implements FaultyNetwork {
  readonly description = 'network namespaces and nftables; delays through a TCP relay';
  readonly canLose = true;
  readonly #relay: Relay;
  readonly #listeners: Array<RelayedListener & { readonly isClients: boolean }> = [];
  readonly #cuts = new Set<string>();
  readonly #losses = new Map<number, number>();
  /** Pairs whose new connections go through the relay. */
  readonly #relayed = new Set<string>();
  /** The rules that each host has. */
  readonly #applied = new Map<number, string>();
  #isBreaking = false;

  constructor() {
    this.#relay = new Relay({
      listeners: [],
      host: RELAY_ADDRESS,
      findOwner: ({ remoteAddress = '' }) => ownerOf(remoteAddress),
    });
  }

  /** PEER and CLIENT listeners of a node; of one that is no broker only the first is there. */
  async add(node: {
    readonly nodeId: number;
    readonly peerPort: number;
    readonly clientPort: number | undefined;
  }): Promise<void> {
    const { nodeId, peerPort, clientPort } = node;
    for (const [port, isClients] of [[peerPort, false] as const, [clientPort, true] as const]) {
      if (port === undefined) continue;
      const relayPort = RELAY_PORT_BASE + this.#listeners.length;
      const listener = { nodeId, host: addressOf(nodeId), port, relayPort, isClients };
      await this.#relay.listen(listener);
      this.#listeners.push(listener);
    }
  }

  async cutOneWay(from: number, to: number): Promise<void> {
    this.#cuts.add(`${from}>${to}`);
    await this.#apply();
  }

  async cut(one: number, ...others: readonly number[]): Promise<void> {
    for (const other of others) this.#cuts.add(`${one}>${other}`).add(`${other}>${one}`);
    await this.#apply();
  }

  async lose(host: number, percent: number): Promise<void> {
    this.#losses.set(host, percent);
    await this.#apply();
  }

  async delay(one: number, other: number, delayMs: number): Promise<void> {
    this.#relayed.add(`${one}>${other}`).add(`${other}>${one}`);
    this.#relay.delay(one, other, delayMs);
    // Only new connections go the long way.
    await this.breakAll();
  }

  async reorder(delayMaxMs: number): Promise<void> {
    for (const from of this.#hosts) {
      for (const to of this.#hosts) if (from !== to) this.#relayed.add(`${from}>${to}`);
    }
    this.#relay.reorder(delayMaxMs);
    await this.breakAll();
  }

  async breakAll(): Promise<void> {
    this.#isBreaking = true;
    await this.#apply();
    await sleep(BREAK_MS);
    this.#isBreaking = false;
    await this.#apply();
  }

  async healAll(): Promise<void> {
    this.#cuts.clear();
    this.#losses.clear();
    this.#relayed.clear();
    this.#relay.healAll();
    await this.#apply();
    this.#relay.breakAll();
  }

  close(): void {
    this.#relay.close();
  }

  get #hosts(): number[] {
    return [CLIENTS, ...new Set(this.#listeners.map(({ nodeId }) => nodeId))];
  }

  async #apply(): Promise<void> {
    await Promise.all(this.#hosts.map((host) => this.#applyAt(host)));
  }

  /** Replaces the rules of one host in one step; every change takes a program and the kernel long. */
  async #applyAt(host: number): Promise<void> {
    const rules = `add table ip chaos\ndelete table ip chaos\n${this.#rulesOf(host)}`;
    if (this.#applied.get(host) === rules) return;
    this.#applied.set(host, rules);
    if (host === CLIENTS) await runTool('nft', ['-f', '-'], rules);
    else await runTool('ip', ['netns', 'exec', namespaceOf(host), 'nft', '-f', '-'], rules);
  }

  #rulesOf(host: number): string {
    const others = `ip saddr ${SUBNET} ip saddr != ${hostAddress(host)}`;
    const input = [
      ...this.#hosts
        .filter((from) => this.#cuts.has(`${from}>${host}`))
        .map((from) => `ip saddr ${hostAddress(from)} drop`),
      ...(this.#losses.has(host)
        ? [`${others} numgen random mod 100 < ${this.#losses.get(host)} drop`]
        : []),
      // New connections begin all the same: a refused one would say that the node is gone.
      ...(this.#isBreaking ? [`${others} tcp flags & (syn | rst) == 0 reject with tcp reset`] : []),
    ];
    const output = this.#listeners
      .filter(({ nodeId }) => this.#relayed.has(`${host}>${nodeId}`))
      .filter(({ isClients }) => isClients === (host === CLIENTS))
      .map(({ nodeId, port, relayPort }) => {
        const to = `ip daddr ${addressOf(nodeId)} tcp dport ${port}`;
        return `ip saddr != ${RELAY_ADDRESS} ${to} dnat to ${RELAY_ADDRESS}:${relayPort}`;
      });
    const chain = (name: string, hook: string, rules: readonly string[]): string =>
      ` chain ${name} {\n  type ${hook}; policy accept;\n${rules.map((it) => `  ${it}\n`).join('')} }\n`;
    return [
      'table ip chaos {\n',
      chain('incoming', 'filter hook input priority 0', input),
      chain('outgoing', 'nat hook output priority -100', output),
      '}\n',
    ].join('');
  }
}

const SUBNET = '10.77.0.0/24';

const hostAddress = (host: number): string =>
  host === CLIENTS ? CLIENTS_ADDRESS : addressOf(host);

/** IPv4 may come in the dress of IPv6. */
const ownerOf = (remoteAddress: string): number | undefined => {
  const address = remoteAddress.replace(/^::ffff:/, '');
  if (address === CLIENTS_ADDRESS) return CLIENTS;
  const last = Number(address.split('.').at(-1));
  return addressOf(last) === address ? last : undefined;
};
