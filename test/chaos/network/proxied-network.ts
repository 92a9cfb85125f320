import type { Server, Socket } from 'node:net';
import { connect, createServer } from 'node:net';

export interface ProxiedNode {
  readonly nodeId: number;
  /** Where others reach its PEER listener. */
  readonly proxyPort: number;
  /** Where that listens. */
  readonly peerPort: number;
}

/** Who opened a connection to a proxy; undefined: none of the nodes. */
export type FindOwner = (ports: {
  readonly localPort: number;
  readonly remotePort: number;
}) => number | undefined;

/** One connection between two nodes, as its two halves. */
interface Link {
  readonly from: number | undefined;
  readonly to: number;
  readonly near: Socket;
  readonly far: Socket;
}

const HOST = '127.0.0.1';

/**
 * Stands between the PEER listeners of nodes, and can stop the bytes from one to another. What a
 * cut holds back flows again when it is healed, as TCP sends again what a network dropped.
 */
export class ProxiedNetwork {
  readonly #nodes: readonly ProxiedNode[];
  readonly #findOwner: FindOwner;
  readonly #servers: Server[] = [];
  readonly #links = new Set<Link>();
  readonly #cuts = new Set<string>();

  constructor(nodes: readonly ProxiedNode[], findOwner: FindOwner) {
    this.#nodes = nodes;
    this.#findOwner = findOwner;
  }

  async open(): Promise<void> {
    for (const node of this.#nodes) {
      const server = createServer((near) => this.#onConnection(node, near));
      this.#servers.push(server);
      await new Promise<void>((resolve, reject) => {
        server.once('error', reject);
        server.listen(node.proxyPort, HOST, resolve);
      });
    }
  }

  /** No byte goes from one to the other any more; the other way is not touched. */
  cutOneWay(from: number, to: number): void {
    this.#cuts.add(`${from}>${to}`);
    for (const link of this.#links) this.#apply(link);
  }

  cut(one: number, other: number): void {
    this.cutOneWay(one, other);
    this.cutOneWay(other, one);
  }

  healAll(): void {
    this.#cuts.clear();
    for (const link of this.#links) this.#apply(link);
  }

  /** Breaks every connection, as a firewall that forgets its state. */
  breakAll(): void {
    for (const link of this.#links) end(link);
  }

  close(): void {
    for (const server of this.#servers) server.close();
    this.breakAll();
  }

  #onConnection(node: ProxiedNode, near: Socket): void {
    const localPort = near.remotePort ?? 0;
    const from = this.#findOwner({ localPort, remotePort: node.proxyPort });
    const far = connect({ port: node.peerPort, host: HOST });
    const link = { from, to: node.nodeId, near, far };
    this.#links.add(link);
    for (const half of [near, far]) {
      half.setNoDelay(true);
      half.on('error', () => {});
      half.on('close', () => {
        this.#links.delete(link);
        end(link);
      });
    }
    near.pipe(far);
    far.pipe(near);
    this.#apply(link);
  }

  /** A half that is not piped is not read: the sender's window fills, and nothing arrives. */
  #apply({ from, to, near, far }: Link): void {
    gate({ source: near, target: far, isCut: this.#cuts.has(`${from}>${to}`) });
    gate({ source: far, target: near, isCut: this.#cuts.has(`${to}>${from}`) });
  }
}

const gate = (way: {
  readonly source: Socket;
  readonly target: Socket;
  readonly isCut: boolean;
}): void => {
  const { source, target, isCut } = way;
  source.unpipe(target);
  if (isCut) source.pause();
  else source.pipe(target);
};

const end = ({ near, far }: Link): void => {
  near.destroy();
  far.destroy();
};
