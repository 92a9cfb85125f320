import type { Listening } from './transport.ts';

/** Accepts connections that carry nothing but bytes, for protocols that are not ours. */
export interface ByteListener {
  /**
   * Accepts on `host:port`; port 0 takes a free one. `accept` is called for each connection, before
   * its first byte. Fails with CONFIG if the port is in use. Closing cuts what is still connected.
   */
  listen(address: string, accept: (socket: ByteSocket) => ByteSocketListener): Promise<Listening>;
}

/** Our end of one connection: bytes both ways, in order, each once. */
export interface ByteSocket {
  /** `host:port` of the other end, for logs. */
  readonly peer: string;
  /** Bytes given to `write` that the network has not taken: they grow where the peer is slow. */
  readonly pendingBytes: number;
  /**
   * Queues the parts, in order; what one event writes goes out together. They must not change until
   * `onSent` is called, in an event of its own: the network has taken them all. It is never called
   * where the connection ends before. False when the peer is slow: wait for `onDrain`. After the
   * end they are dropped.
   */
  write(parts: readonly Uint8Array[], onSent?: () => void): boolean;
  /**
   * No `onBytes` until `resume`: what the peer sends waits in the network, and then with it. That
   * it has gone may be heard only then, too.
   */
  pause(): void;
  resume(): void;
  /** Ends the connection once all that was written is sent; nothing is received any more. */
  end(): void;
  /** Ends the connection at once: what was written may be lost. */
  destroy(): void;
}

export interface ByteSocketListener {
  /** The bytes hold until it returns: what is kept of them is copied. */
  onBytes(bytes: Uint8Array): void;
  /** All that was written is sent, after a `write` that answered false. */
  onDrain(): void;
  /** Once, whoever ended the connection and why; nothing is called after it. */
  onClose(): void;
}
