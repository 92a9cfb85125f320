import type { Server, Socket } from 'node:net';
import { connect, createServer } from 'node:net';
import type { Way } from './way.ts';
import { openWay } from './way.ts';

/** A listener of a node, and where the relay stands in for it. */
export interface RelayedListener {
  readonly nodeId: number;
  readonly host: string;
  readonly port: number;
  readonly relayPort: number;
}

export interface RelayOptions {
  readonly listeners: readonly RelayedListener[];
  /** Where the relay listens, and from where it connects. */
  readonly host: string;
  /** Who opened this connection; undefined: nobody that is known. */
  readonly findOwner: (socket: Socket, listener: RelayedListener) => number | undefined;
}

/** One connection, as its two halves, and the two ways through it. */
interface Link {
  readonly from: number | undefined;
  readonly to: number;
  readonly near: Socket;
  readonly far: Socket;
  readonly out: Way;
  readonly back: Way;
  /** Its own lateness while connections are reordered. */
  readonly share: number;
}

/**
 * Stands in for listeners of nodes, and can stop or delay the bytes of a connection. What a cut
 * holds back flows again when it is healed, as TCP sends again what a network dropped.
 */
export class Relay {
  readonly #options: RelayOptions;
  readonly #servers: Server[] = [];
  readonly #links = new Set<Link>();
  readonly #cuts = new Set<string>();
  readonly #delaysMs = new Map<string, number>();
  #reorderMaxMs = 0;
  #linkCount = 0;

  constructor(options: RelayOptions) {
    this.#options = options;
  }

  async open(): Promise<void> {
    for (const listener of this.#options.listeners) await this.listen(listener);
  }

  async listen(listener: RelayedListener): Promise<void> {
    const server = createServer((near) => this.#onConnection(listener, near));
    this.#servers.push(server);
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(listener.relayPort, this.#options.host, resolve);
    });
  }

  cutOneWay(from: number, to: number): void {
    this.#cuts.add(wayName(from, to));
    this.#applyAll();
  }

  /** Both ways, each as late as told. */
  delay(one: number, other: number, delayMs: number): void {
    this.#delaysMs.set(wayName(one, other), delayMs).set(wayName(other, one), delayMs);
    this.#applyAll();
  }

  reorder(delayMaxMs: number): void {
    this.#reorderMaxMs = delayMaxMs;
    this.#applyAll();
  }

  healAll(): void {
    this.#cuts.clear();
    this.#delaysMs.clear();
    this.#reorderMaxMs = 0;
    this.#applyAll();
  }

  breakAll(): void {
    for (const { near, far } of this.#links) end(near, far);
  }

  close(): void {
    for (const server of this.#servers) server.close();
    this.breakAll();
  }

  #onConnection(listener: RelayedListener, near: Socket): void {
    const { host, findOwner } = this.#options;
    const from = findOwner(near, listener);
    const far = connect({ port: listener.port, host: listener.host, localAddress: host });
    this.#linkCount += 1;
    const link: Link = {
      from,
      to: listener.nodeId,
      near,
      far,
      out: openWay(near, far),
      back: openWay(far, near),
      share: (this.#linkCount * GOLDEN) % 1,
    };
    this.#links.add(link);
    for (const half of [near, far]) {
      half.setNoDelay(true);
      half.on('error', () => {});
      half.on('close', () => {
        this.#links.delete(link);
        end(near, far);
      });
    }
    this.#apply(link);
  }

  #applyAll(): void {
    for (const link of this.#links) this.#apply(link);
  }

  #apply({ from = -1, to, out, back, share }: Link): void {
    const ownMs = this.#reorderMaxMs * share;
    for (const [way, name] of [
      [out, wayName(from, to)],
      [back, wayName(to, from)],
    ] as const) {
      way.setCut(this.#cuts.has(name));
      way.setDelayMs((this.#delaysMs.get(name) ?? 0) + ownMs);
    }
  }
}

/** Spreads the lateness of connections evenly, whatever their number. */
const GOLDEN = 0.618_034;

const wayName = (from: number, to: number): string => `${from}>${to}`;

const end = (near: Socket, far: Socket): void => {
  near.destroy();
  far.destroy();
};
