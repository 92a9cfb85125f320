import { assert } from '../../src/base/assert.ts';
import { OttlaError } from '../../src/base/errors.ts';
import type { Clock } from '../../src/env/clock.ts';
import type { Random } from '../../src/env/random.ts';
import type {
  CallContext,
  Handler,
  StreamListener,
  Transport,
  UnaryHandler,
} from '../../src/env/transport.ts';
import { asOttlaError, timedOut, unreachable } from './transport/errors.ts';
import { MemoryStream } from './transport/memory-stream.ts';
import type { NetworkDoor, Opening, Server } from './transport/node-transport.ts';
import { MemoryTransport } from './transport/node-transport.ts';
import type { LinkView } from './transport/pipe.ts';
import { Pipe } from './transport/pipe.ts';

const FIRST_FREE_PORT = 20_000;

export interface MemoryNetworkOptions {
  readonly clock: Clock;
  readonly random: Random;
  /** A message takes a whole number of milliseconds between the two, both inclusive. */
  readonly minLatencyMs?: number;
  readonly maxLatencyMs?: number;
  /** How long a connection over a cut link seems alive; 1 s by default. */
  readonly detectMs?: number;
  readonly highWaterBytes?: number;
  /** Called for each message when it arrives: for traces and counts. */
  readonly onDelivery?: (delivery: Delivery) => void;
}

/** One message that reached the other end of its connection. */
export interface Delivery {
  readonly from: string;
  readonly to: string;
  /** `/package.Service/Method`. */
  readonly path: string;
  readonly bytes: Uint8Array;
}

/** One call as its server sees it. */
interface Call {
  readonly stream: MemoryStream;
  readonly context: CallContext;
  readonly opening: Opening;
}

/** One connection: a stream or a call, between the nodes of its two ends. */
interface Connection {
  readonly client: MemoryStream;
  readonly server: MemoryStream;
  readonly up: Pipe;
  readonly down: Pipe;
  readonly address: string;
}

/**
 * The network of a cluster in memory: nodes by name, links that can be cut in either direction.
 * All that is sent passes through its codec and arrives by the clock; deterministic by the seed.
 */
export class MemoryNetwork implements LinkView, NetworkDoor {
  readonly clock: Clock;
  minLatencyMs: number;
  maxLatencyMs: number;
  detectMs: number;
  readonly highWaterBytes: number;
  /** What arrives by this path comes once more after so many ms; undefined: it does not. */
  repeatAfterMs: (path: string) => number | undefined = () => undefined;
  readonly #random: Random;
  readonly #onDelivery: ((delivery: Delivery) => void) | undefined;
  /** The clocks of nodes that have one of their own: it stops with them. */
  readonly #clocks = new Map<string, Clock>();
  /** Nodes that do nothing for now, and what they find when they wake. */
  readonly #paused = new Map<string, Array<() => void>>();
  /** More latency of single directions. */
  readonly #clogs = new Map<string, number>();
  readonly #servers = new Map<string, Server>();
  /** Who last served an address: a cut to a dead node is a cut all the same. */
  readonly #nodeByAddress = new Map<string, string>();
  readonly #transports = new Map<string, MemoryTransport>();
  readonly #connections = new Set<Connection>();
  /** When each cut direction was cut: the number of the cut. */
  readonly #cuts = new Map<string, number>();
  #cutCount = 0;
  #nextPort = FIRST_FREE_PORT;

  constructor(options: MemoryNetworkOptions) {
    this.clock = options.clock;
    this.#random = options.random.fork('network');
    this.#onDelivery = options.onDelivery;
    this.minLatencyMs = options.minLatencyMs ?? 0;
    this.maxLatencyMs = options.maxLatencyMs ?? Math.max(2, this.minLatencyMs);
    this.detectMs = options.detectMs ?? 1000;
    this.highWaterBytes = options.highWaterBytes ?? 1024 * 1024;
  }

  /**
   * The transport of a node that starts now; one it had before is dead from here on. Its deadlines
   * run on `clock`, the network's by default.
   */
  transportFor(node: string, clock: Clock = this.clock): Transport {
    this.crash(node);
    this.#clocks.set(node, clock);
    const transport = new MemoryTransport(this, node);
    this.#transports.set(node, transport);
    return transport;
  }

  /** The process of a node is gone: its peers see their connections reset. */
  crash(node: string): void {
    this.#paused.delete(node);
    this.#transports.get(node)?.die();
    this.#transports.delete(node);
    for (const [address, server] of this.#servers) {
      if (server.node === node) this.#servers.delete(address);
    }
    for (const connection of this.#touching(node)) {
      if (connection.up.from === connection.up.to) {
        connection.client.silence();
        connection.server.silence();
        continue;
      }
      const isClient = connection.up.from === node;
      (isClient ? connection.client : connection.server).silence();
      const survivor = isClient ? connection.server : connection.client;
      const lost = isClient ? connection.up : connection.down;
      const delayMs = this.isOpen(lost.from, lost.to)
        ? this.latencyMs(lost.from, lost.to)
        : this.detectMs;
      const told = isClient ? connection.up.to : connection.up.from;
      this.clock.setTimer(delayMs, () =>
        this.#whenAwake(told, () => survivor.end(unreachable(connection.address))),
      );
    }
  }

  /** The node does nothing until `resume`: what comes for it waits, and no one sees it gone. */
  pause(node: string): void {
    if (!this.#paused.has(node)) this.#paused.set(node, []);
  }

  resume(node: string): void {
    const waiting = this.#paused.get(node) ?? [];
    this.#paused.delete(node);
    for (const tell of waiting) tell();
    for (const connection of this.#touching(node)) {
      connection.up.pump();
      connection.down.pump();
    }
  }

  /** What `from` sends to `to` takes this much longer; 0 unclogs. */
  clog(from: string, to: string, byMs: number): void {
    if (byMs === 0) this.#clogs.delete(linkKey(from, to));
    else this.#clogs.set(linkKey(from, to), byMs);
  }

  unclogAll(): void {
    this.#clogs.clear();
  }

  clockOf(node: string): Clock {
    return this.#clocks.get(node) ?? this.clock;
  }

  /** Cuts both directions between two nodes. */
  cut(a: string, b: string): void {
    this.cutOneWay(a, b);
    this.cutOneWay(b, a);
  }

  /** Nothing from `from` reaches `to` any more; the other way stays open. */
  cutOneWay(from: string, to: string): void {
    const key = linkKey(from, to);
    if (this.#cuts.has(key)) return;
    this.#cutCount += 1;
    this.#cuts.set(key, this.#cutCount);
    for (const connection of this.#between(from, to)) this.#watch(connection);
  }

  /** Opens both directions between two nodes, or every link. */
  heal(a?: string, b?: string): void {
    if (a === undefined || b === undefined) this.#cuts.clear();
    else {
      this.#cuts.delete(linkKey(a, b));
      this.#cuts.delete(linkKey(b, a));
    }
    for (const connection of [...this.#connections]) {
      connection.up.pump();
      connection.down.pump();
    }
  }

  /** Resets the connections between two nodes; new ones can be opened at once. */
  reset(a: string, b: string): void {
    for (const connection of this.#between(a, b)) this.#break(connection);
  }

  isOpen(from: string, to: string): boolean {
    return from === to || !this.#cuts.has(linkKey(from, to));
  }

  isDeliverable(from: string, to: string): boolean {
    return !this.#paused.has(to) && this.isOpen(from, to);
  }

  latencyMs(from: string, to: string): number {
    if (from === to) return 0;
    const drawn = this.#random.below(this.maxLatencyMs - this.minLatencyMs + 1);
    return this.minLatencyMs + drawn + (this.#clogs.get(linkKey(from, to)) ?? 0);
  }

  bind(address: string, server: Server): { address: string; port: number } {
    const { host, port } = splitAddress(address);
    const bound = `${host}:${port === 0 ? this.#nextPort++ : port}`;
    if (this.#servers.has(bound)) {
      throw new OttlaError('CONFIG', `listen on ${bound}: the address is in use; choose another`);
    }
    this.#servers.set(bound, server);
    this.#nodeByAddress.set(bound, server.node);
    return { address: bound, port: splitAddress(bound).port };
  }

  unbind(address: string): void {
    this.#servers.delete(address);
    for (const connection of [...this.#connections]) {
      if (connection.address === address) connection.server.close(unreachable(address));
    }
  }

  connect(opening: Opening, listener: StreamListener<unknown>): MemoryStream {
    const serverNode = this.#nodeByAddress.get(opening.address) ?? opening.node;
    const { highWaterBytes } = this;
    const serverClock = this.clockOf(serverNode);
    const up = new Pipe(this, opening.node, serverNode);
    const down = new Pipe(this, serverNode, opening.node);
    const { outCodec, inCodec } = opening;
    const abort = new AbortController();
    const deadline =
      opening.deadlineAfterMs === undefined
        ? undefined
        : serverClock.setTimer(opening.deadlineAfterMs, () => abort.abort(timedOut(opening.path)));
    const client = new MemoryStream({
      clock: this.clockOf(opening.node),
      highWaterBytes,
      outgoing: up,
      incoming: down,
      onDelivery: this.#tracing(opening.path, up),
      repeatAfterMs: () => this.#repeatFrameAfterMs(opening),
      outCodec,
      inCodec,
      onEnded: () => this.#forgetIfEnded(connection),
    });
    const serverEnd = new MemoryStream({
      clock: serverClock,
      highWaterBytes,
      outgoing: down,
      incoming: up,
      onDelivery: this.#tracing(opening.path, down),
      repeatAfterMs: () => this.#repeatFrameAfterMs(opening),
      outCodec: inCodec,
      inCodec: outCodec,
      onEnded: (by) => {
        this.#forgetIfEnded(connection);
        deadline?.cancel();
        if (by === 'remote') abort.abort(new OttlaError('ABORTED', 'the caller has gone'));
      },
    });
    const { address } = opening;
    const connection: Connection = { client, server: serverEnd, up, down, address };
    client.connect(serverEnd);
    serverEnd.connect(client);
    client.listen(listener);
    this.#connections.add(connection);
    this.#watch(connection);
    up.send(() => this.#accept(opening, connection, abort));
    return client;
  }

  /** The opening reaches the server's node. */
  #accept(opening: Opening, connection: Connection, abort: AbortController): void {
    const server = this.#servers.get(opening.address);
    if (server === undefined || server.node !== connection.up.to) {
      this.#break(connection);
      return;
    }
    const context: CallContext = {
      peer: `${opening.node}:0`,
      signal: abort.signal,
      patienceMs: opening.deadlineAfterMs ?? Number.POSITIVE_INFINITY,
    };
    const stream = connection.server;
    const handler = server.handlers.get(opening.path);
    if (handler === undefined) {
      const message = `${opening.address}: ${opening.path} is not served here`;
      stream.close(new OttlaError('UNSUPPORTED_VERSION', message));
      return;
    }
    try {
      stream.listen(
        isUnary(handler)
          ? this.#answering(handler, { stream, context, opening })
          : handler.accept(stream, context),
      );
    } catch (error) {
      stream.close(asOttlaError(error));
    }
  }

  /** A call is repeated as a whole, not its frames. */
  #repeatFrameAfterMs({ path, deadlineAfterMs }: Opening): number | undefined {
    return deadlineAfterMs === undefined ? this.repeatAfterMs(path) : undefined;
  }

  /** Serves one call over a stream: one message in, one out. A repeated one is answered to nobody. */
  #answering(handler: UnaryHandler, { stream, context, opening }: Call): StreamListener<unknown> {
    const answer = async (request: unknown): Promise<unknown> => handler.handle(request, context);
    return {
      onMessage: (request) => {
        answer(request).then(
          (response) => {
            stream.send(response);
            stream.close();
          },
          (error: unknown) => stream.close(asOttlaError(error)),
        );
        const againMs = this.repeatAfterMs(opening.path);
        if (againMs === undefined) return;
        const { node } = this.#servers.get(opening.address) ?? {};
        if (node !== undefined) {
          this.clockOf(node).setTimer(againMs, () => answer(request).catch(() => {}));
        }
      },
      onClose: () => {},
    };
  }

  /** Breaks the connection once the cut it lies over has lasted long enough to be noticed. */
  #watch(connection: Connection): void {
    const { from, to } = connection.up;
    for (const key of [linkKey(from, to), linkKey(to, from)]) {
      const cut = this.#cuts.get(key);
      if (cut === undefined) continue;
      this.clock.setTimer(this.detectMs, () => {
        if (this.#cuts.get(key) === cut) this.#break(connection);
      });
    }
  }

  #break(connection: Connection): void {
    const error = unreachable(connection.address);
    this.#whenAwake(connection.up.from, () => connection.client.end(error));
    this.#whenAwake(connection.up.to, () => connection.server.end(error));
  }

  #whenAwake(node: string, tell: () => void): void {
    const waiting = this.#paused.get(node);
    if (waiting === undefined) tell();
    else waiting.push(tell);
  }

  #tracing(path: string, { from, to }: Pipe): ((bytes: Uint8Array) => void) | undefined {
    const tell = this.#onDelivery;
    return tell === undefined ? undefined : (bytes) => tell({ from, to, path, bytes });
  }

  #forgetIfEnded(connection: Connection): void {
    if (connection.client.isClosed && connection.server.isClosed) {
      this.#connections.delete(connection);
    }
  }

  #touching(node: string): Connection[] {
    return [...this.#connections].filter(({ up }) => up.from === node || up.to === node);
  }

  #between(a: string, b: string): Connection[] {
    return this.#touching(a).filter(({ up }) => up.from === b || up.to === b);
  }
}

const isUnary = (handler: Handler): handler is UnaryHandler => handler.method.kind === 'unary';

const linkKey = (from: string, to: string): string => `${from}>${to}`;

const splitAddress = (address: string): { host: string; port: number } => {
  const colon = address.lastIndexOf(':');
  const port = Number(address.slice(colon + 1));
  assert(colon > 0 && Number.isInteger(port), `an address is host:port, not ${address}`);
  return { host: address.slice(0, colon), port };
};
