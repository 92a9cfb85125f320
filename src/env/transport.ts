import type { StreamMethod, UnaryMethod } from '../base/method.ts';

/**
 * Calls go over one connection an address and lane. A lane is a connection of its own, so that a
 * heartbeat never queues behind a 4 MiB frame.
 */
export type Lane = 'control' | 'data' | 'catchup';

export interface CallOptions {
  readonly deadlineMs: number;
  readonly lane?: Lane;
  /**
   * Over a connection made for this call alone: what is known of the one that is there, as that
   * it just failed, is not believed.
   */
  readonly isConnectionNew?: boolean;
  readonly signal?: AbortSignal;
}

/**
 * Typed calls and streams between processes. Messages of one stream keep their order; nothing
 * else is promised: a call may be lost after it took effect.
 */
export interface Transport {
  /**
   * Errors: what the handler threw as OttlaError comes back with its code; NETWORK_EXCEPTION when
   * the peer cannot be reached or the connection breaks (outcome unknown); REQUEST_TIMED_OUT after
   * the deadline; ABORTED by the signal.
   */
  call<Request, Response>(
    address: string,
    method: UnaryMethod<Request, Response>,
    message: CallMessage<Request>,
  ): Promise<Response>;
  /**
   * Opens a stream; connecting happens behind it. The listener's `onClose` is called exactly once,
   * whoever ends the stream, and no message is delivered after it.
   */
  open<Up, Down>(
    address: string,
    method: StreamMethod<Up, Down>,
    options: { readonly lane: Lane; readonly listener: StreamListener<Down> },
  ): Stream<Up>;
  /** Serves handlers on `host:port`; port 0 takes a free one. Fails with CONFIG if in use. */
  listen(address: string, handlers: readonly Handler[]): Promise<Listening>;
  /** Ends all connections and listeners of this transport. */
  close(): Promise<void>;
}

export interface CallMessage<Request> extends CallOptions {
  readonly request: Request;
}

/** One direction of an open stream. */
export interface Stream<Out> {
  /**
   * Queues a message; false when the peer is slow: wait for `onDrain`. After close it is dropped,
   * and the answer is false.
   */
  send(message: Out): boolean;
  /**
   * Ends the stream, both ways. The peer's `onClose` gets the code of a server's error; of a
   * client's, which gRPC has no place for, it may learn only that the stream is over. A client that
   * ends one with REQUEST_TIMED_OUT has waited in vain: what it opens next of this address and lane
   * goes over a new connection.
   */
  close(error?: Error): void;
  /**
   * Takes no message from the peer until `resume`, from within `onMessage` as well: what it sends
   * waits, in order, and once the network's windows are full its own `send` says false. What holds
   * the peer back is never this process's memory: at most one message and the windows wait here.
   * An orderly end waits behind the messages; a break is told at once, and they are lost. Twice is
   * once.
   */
  pause(): void;
  /** Messages come again, later than within this call. Does nothing on a stream not paused. */
  resume(): void;
  /** Bytes queued here and not yet given to the network. */
  readonly pendingBytes: number;
}

export interface StreamListener<In> {
  onMessage(message: In): void;
  onDrain?(): void;
  /** Undefined after an orderly end. */
  onClose(error: Error | undefined): void;
}

export interface Listening {
  /** The address bound, with the real port. */
  readonly address: string;
  readonly port: number;
  /** Stops accepting and ends the open calls. */
  close(): Promise<void>;
}

/** What a server does with one method. */
export type Handler = UnaryHandler | StreamHandler;

export interface UnaryHandler {
  readonly method: UnaryMethod<unknown, unknown>;
  readonly handle: (request: unknown, context: CallContext) => Promise<unknown>;
}

export interface StreamHandler {
  readonly method: StreamMethod<unknown, unknown>;
  readonly accept: (stream: Stream<unknown>, context: CallContext) => StreamListener<unknown>;
}

export interface CallContext {
  /** `host:port` of the peer, for logs. */
  readonly peer: string;
  /** Aborts when the caller has gone or its deadline has passed; its reason is an OttlaError. */
  readonly signal: AbortSignal;
  /** How long the caller waits for an answer, from when the call came; Infinity: no limit. */
  readonly patienceMs: number;
}

/** Ties a handler to its method, checked by the compiler. */
export const onCall = <Request, Response>(
  method: UnaryMethod<Request, Response>,
  handle: (request: Request, context: CallContext) => Promise<Response>,
): UnaryHandler => ({ method, handle }) as unknown as UnaryHandler;

/** Ties a stream handler to its method, checked by the compiler. */
export const onStream = <Up, Down>(
  method: StreamMethod<Up, Down>,
  accept: (stream: Stream<Down>, context: CallContext) => StreamListener<Up>,
): StreamHandler => ({ method, accept }) as unknown as StreamHandler;
