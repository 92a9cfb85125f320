import type { Codec, StreamMethod, UnaryMethod } from '../../../src/base/method.ts';
import { methodPath } from '../../../src/base/method.ts';
import type { Clock } from '../../../src/env/clock.ts';
import type {
  CallMessage,
  Handler,
  Lane,
  Listening,
  Stream,
  StreamListener,
  Transport,
} from '../../../src/env/transport.ts';
import { aborted, asOttlaError, closedError, timedOut, unreachable } from './errors.ts';
import type { MemoryStream } from './memory-stream.ts';

/** What a client asks of the network: one method at one address. */
export interface Opening {
  readonly node: string;
  readonly address: string;
  readonly path: string;
  readonly outCodec: Codec<unknown>;
  readonly inCodec: Codec<unknown>;
  readonly deadlineAfterMs?: number;
}

/** What serves one address. */
export interface Server {
  readonly node: string;
  readonly handlers: ReadonlyMap<string, Handler>;
}

/** What a node's transport asks of the network. */
export interface NetworkDoor {
  /** By which a node counts its deadlines. */
  clockOf(node: string): Clock;
  /** Binds an address; the one bound, with its port. */
  bind(address: string, server: Server): { address: string; port: number };
  /** Stops serving an address and breaks what it serves. */
  unbind(address: string): void;
  /** The client's end of a new connection. */
  connect(opening: Opening, listener: StreamListener<unknown>): MemoryStream;
}

/** One node's door to the network. */
export class MemoryTransport implements Transport {
  readonly #network: NetworkDoor;
  readonly #node: string;
  readonly #addresses = new Set<string>();
  readonly #streams = new Set<MemoryStream>();
  #isClosed = false;

  constructor(network: NetworkDoor, node: string) {
    this.#network = network;
    this.#node = node;
  }

  call<Request, Response>(
    address: string,
    method: UnaryMethod<Request, Response>,
    message: CallMessage<Request>,
  ): Promise<Response> {
    const path = methodPath(method);
    if (this.#isClosed) return Promise.reject(closedError(path));
    const { signal, deadlineMs } = message;
    if (signal?.aborted === true) return Promise.reject(aborted(path));
    const clock = this.#network.clockOf(this.#node);
    return new Promise((resolve, reject) => {
      const timer = clock.setTimer(deadlineMs, () => stream.close(timedOut(path)));
      const onAbort = (): void => stream.close(aborted(path));
      signal?.addEventListener('abort', onAbort, { once: true });
      const codecs = {
        outCodec: method.request as Codec<unknown>,
        inCodec: method.response as Codec<unknown>,
      };
      const stream = this.#connect(
        { node: this.#node, address, path, ...codecs, deadlineAfterMs: deadlineMs },
        {
          onMessage: (response) => resolve(response as Response),
          onClose: (error) => {
            timer.cancel();
            signal?.removeEventListener('abort', onAbort);
            reject(error ?? unreachable(address));
          },
        },
      );
      try {
        stream.send(message.request);
      } catch (error) {
        stream.close(asOttlaError(error));
      }
    });
  }

  open<Up, Down>(
    address: string,
    method: StreamMethod<Up, Down>,
    options: { readonly lane: Lane; readonly listener: StreamListener<Down> },
  ): Stream<Up> {
    const path = methodPath(method);
    const listener = options.listener as StreamListener<unknown>;
    if (this.#isClosed) return this.#refused(path, listener);
    const stream = this.#connect(
      {
        node: this.#node,
        address,
        path,
        outCodec: method.up as Codec<unknown>,
        inCodec: method.down as Codec<unknown>,
      },
      listener,
    );
    return stream;
  }

  async listen(address: string, handlers: readonly Handler[]): Promise<Listening> {
    if (this.#isClosed) throw closedError(`listen on ${address}`);
    const byPath = new Map(handlers.map((handler) => [methodPath(handler.method), handler]));
    const bound = this.#network.bind(address, {
      node: this.#node,
      handlers: byPath,
    });
    this.#addresses.add(bound.address);
    return {
      ...bound,
      close: async () => {
        if (this.#addresses.delete(bound.address)) this.#network.unbind(bound.address);
      },
    };
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    for (const address of this.#addresses) this.#network.unbind(address);
    this.#addresses.clear();
    for (const stream of [...this.#streams]) stream.close(closedError('the call'));
  }

  /** The process is gone: nothing of it runs again. */
  die(): void {
    this.#isClosed = true;
    this.#addresses.clear();
    this.#streams.clear();
  }

  #refused<Up>(path: string, listener: StreamListener<unknown>): Stream<Up> {
    const clock = this.#network.clockOf(this.#node);
    clock.defer(() => listener.onClose(closedError(path)));
    return { send: () => false, close: noop, pause: noop, resume: noop, pendingBytes: 0 };
  }

  #connect(opening: Opening, listener: StreamListener<unknown>): MemoryStream {
    const stream = this.#network.connect(opening, {
      ...listener,
      onMessage: (message) => listener.onMessage(message),
      onDrain: () => listener.onDrain?.(),
      onClose: (error) => {
        this.#streams.delete(stream);
        listener.onClose(error);
      },
    });
    this.#streams.add(stream);
    return stream;
  }
}

const noop = (): void => {};
