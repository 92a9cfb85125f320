import type { ClientDuplexStream, ServiceError } from '@grpc/grpc-js';
import { Client, connectivityState, credentials, Metadata, status } from '@grpc/grpc-js';
import { OttlaError } from '../base/errors.ts';
import type { StreamMethod, UnaryMethod } from '../base/method.ts';
import { methodPath } from '../base/method.ts';
import { onAbort } from '../env/abort.ts';
import type { Clock, Timer } from '../env/clock.ts';
import type { CallMessage, CallOptions, Lane, Stream, StreamListener } from '../env/transport.ts';
import { Duplex } from './duplex.ts';
import { CHANNEL_OPTIONS } from './options.ts';
import { asBuffer, asBytes } from './raw.ts';
import { fromStatus } from './status.ts';

/** A stream under way, as the one who closes all sees it. */
interface OpenStream {
  readonly cancel: () => void;
  readonly pendingBytes: () => number;
  /** It was closed without an error: what was sent before is still to be delivered. */
  endsInOrder: boolean;
}

/** Where a channel leads to. */
interface ChannelAddress {
  readonly address: string;
  readonly lane: Lane;
}

/** A connection that is not made by then is tried anew. */
const CONNECT_TIMEOUT_MS = 3000;
/** A peer that takes nothing more for this long is not waited for. */
const CLOSE_PATIENCE_MS = 2000;
const CLOSE_POLL_MS = 5;

/** Calls and streams to other processes: one channel an address and lane, opened at first use. */
export class Outgoing {
  readonly #clock: Clock;
  readonly #channels = new Map<string, Client>();
  /** Channels whose connection is being made, each with the end of its time. */
  readonly #connecting = new Map<Client, Timer>();
  readonly #open = new Set<OpenStream>();
  /** Of the connections made for one call. */
  #newCount = 0;
  #isClosed = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  call<Request, Response>(
    address: string,
    method: UnaryMethod<Request, Response>,
    message: CallMessage<Request>,
  ): Promise<Response> {
    const { signal } = message;
    if (this.#isClosed) return Promise.reject(closed());
    if (signal?.aborted) return Promise.reject(aborted(method.name));
    const bytes = method.request.encode(message.request);
    const deadline = this.#clock.wallMs() + message.deadlineMs;
    const { channel, done } = this.#channelFor(address, message);
    return new Promise((resolve, reject) => {
      let forget = (): void => {};
      const onAnswer = (error: ServiceError | null, answer?: Uint8Array): void => {
        forget();
        done();
        try {
          if (error !== null) throw unaryError(error, { address, name: method.name, signal });
          resolve(method.response.decode(answer ?? new Uint8Array(0)));
        } catch (cause) {
          reject(cause);
        }
      };
      const call = channel.makeUnaryRequest(
        methodPath(method),
        asBuffer,
        asBytes,
        bytes,
        new Metadata(),
        { deadline },
        onAnswer,
      );
      forget = onAbort(signal, () => call.cancel());
    });
  }

  open<Up, Down>(
    address: string,
    method: StreamMethod<Up, Down>,
    options: { readonly lane: Lane; readonly listener: StreamListener<Down> },
  ): Stream<Up> {
    if (this.#isClosed) return refused(options.listener);
    const { lane } = options;
    const channel = this.#channel(address, lane);
    this.#watchConnecting(channel, { address, lane });
    const raw = channel.makeBidiStreamRequest(methodPath(method), asBuffer, asBytes);
    const duplex = new Duplex<Up, Down>({
      raw,
      out: method.up,
      in: method.down,
      end: (error) => {
        if (error !== undefined) {
          if (isSilence(error)) this.#leave(channel, { address, lane });
          raw.cancel();
          return;
        }
        open.endsInOrder = true;
        raw.end();
      },
    });
    const open: OpenStream = {
      cancel: () => raw.cancel(),
      pendingBytes: () => duplex.pendingBytes,
      endsInOrder: false,
    };
    this.#open.add(open);
    watchEnd(raw, address, (error) => {
      this.#open.delete(open);
      duplex.onEnd(error);
    });
    duplex.listen(options.listener);
    return duplex;
  }

  /** Ends everything; streams that were closed before deliver what they hold first. */
  async close(): Promise<void> {
    this.#isClosed = true;
    for (const stream of this.#open) if (!stream.endsInOrder) stream.cancel();
    await this.#delivered();
    for (const stream of this.#open) stream.cancel();
    for (const timer of this.#connecting.values()) timer.cancel();
    this.#connecting.clear();
    for (const channel of this.#channels.values()) channel.close();
    this.#channels.clear();
  }

  /** Resolves when all that end in order have ended, or take nothing more. */
  async #delivered(): Promise<void> {
    let leftBytes = Number.POSITIVE_INFINITY;
    let patienceMs = CLOSE_PATIENCE_MS;
    for (;;) {
      const ending = [...this.#open].filter(({ endsInOrder }) => endsInOrder);
      if (ending.length === 0 || patienceMs <= 0) return;
      const pendingBytes = ending.reduce((sum, stream) => sum + stream.pendingBytes(), 0);
      patienceMs = pendingBytes < leftBytes ? CLOSE_PATIENCE_MS : patienceMs - CLOSE_POLL_MS;
      leftBytes = pendingBytes;
      await new Promise((resolve) => setTimeout(resolve, CLOSE_POLL_MS));
    }
  }

  /**
   * grpc-js waits without end for the first frame of a peer that has taken the connection, and so
   * for one that ended meanwhile without being heard: no keepalive runs before that frame.
   */
  #watchConnecting(channel: Client, at: ChannelAddress): void {
    if (this.#connecting.has(channel)) return;
    if (stateOf(channel) === connectivityState.READY) return;
    const timer = this.#clock.setTimer(CONNECT_TIMEOUT_MS, () => {
      this.#connecting.delete(channel);
      if (UNMADE.has(stateOf(channel))) this.#leave(channel, at);
    });
    this.#connecting.set(channel, timer);
  }

  /**
   * A connection whose packets were lost sends them again ever more slowly, for seconds after the
   * network is well: a new one is there at once. What else is under way on the old one goes on.
   */
  #leave(channel: Client, { address, lane }: ChannelAddress): void {
    const key = channelKey(address, lane);
    if (this.#channels.get(key) !== channel) return;
    this.#channels.delete(key);
    channel.close();
  }

  /** `done` is to be called when the call has ended. */
  #channelFor(
    address: string,
    { lane = 'control', isConnectionNew = false }: CallOptions,
  ): { readonly channel: Client; readonly done: () => void } {
    if (!isConnectionNew) {
      const channel = this.#channel(address, lane);
      this.#watchConnecting(channel, { address, lane });
      return { channel, done: noop };
    }
    // Listed under a key that nobody else asks for; the call's deadline bounds the connecting.
    this.#newCount += 1;
    const key = `${channelKey(address, lane)} ${this.#newCount}`;
    const channel = openChannel(address);
    this.#channels.set(key, channel);
    const done = (): void => {
      this.#channels.delete(key);
      channel.close();
    };
    return { channel, done };
  }

  #channel(address: string, lane: Lane): Client {
    const key = channelKey(address, lane);
    let channel = this.#channels.get(key);
    if (channel === undefined) {
      channel = openChannel(address);
      this.#channels.set(key, channel);
    }
    return channel;
  }
}

/** A channel whose attempt failed says so until a connection is made, also during the next one. */
const UNMADE: ReadonlySet<connectivityState> = new Set([
  connectivityState.CONNECTING,
  connectivityState.TRANSIENT_FAILURE,
]);

const stateOf = (channel: Client): connectivityState =>
  channel.getChannel().getConnectivityState(false);

const openChannel = (address: string): Client =>
  new Client(address, credentials.createInsecure(), CHANNEL_OPTIONS);

const channelKey = (address: string, lane: Lane): string => `${lane} ${address}`;

/** The peer did not answer in time. */
const isSilence = (error: Error): boolean =>
  error instanceof OttlaError && error.code === 'REQUEST_TIMED_OUT';

/** An error ends the stream at once; an orderly end waits until every message was delivered. */
const watchEnd = (
  raw: ClientDuplexStream<Uint8Array, Uint8Array>,
  address: string,
  onEnd: (error: Error | undefined) => void,
): void => {
  raw.on('error', (error: ServiceError) => onEnd(fromStatus(error, address)));
  raw.on('end', () => {
    raw.end();
    onEnd(undefined);
  });
};

/** A stream that ended before it began; its listener hears so like any other. */
const refused = <Up, Down>(listener: StreamListener<Down>): Stream<Up> => {
  process.nextTick(() => listener.onClose(closed()));
  return { send: () => false, close: noop, pause: noop, resume: noop, pendingBytes: 0 };
};

const noop = (): void => {};

const closed = (): OttlaError => new OttlaError('CLOSED', 'this transport was closed');

const aborted = (name: string): OttlaError => new OttlaError('ABORTED', `${name} was aborted`);

const unaryError = (
  error: ServiceError,
  call: { address: string; name: string; signal: AbortSignal | undefined },
): OttlaError => {
  if (error.code === status.CANCELLED && call.signal?.aborted) return aborted(call.name);
  return (
    fromStatus(error, call.address) ?? new OttlaError('NETWORK_EXCEPTION', `${call.name} failed`)
  );
};
