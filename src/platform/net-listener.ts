import type { AddressInfo, Server, Socket } from 'node:net';
import { createServer } from 'node:net';
import { hostOf } from '../base/host-of.ts';
import { listenError } from '../base/listen-error.ts';
import type { ByteListener, ByteSocket, ByteSocketListener } from '../env/byte-listener.ts';
import { readShared } from './shared-reads.ts';

/** A mebibyte may lie ready for a socket before its owner is told that the peer is slow. */
const HIGH_WATER_BYTES = 1024 * 1024;
/** So much, and a chunk, Node takes from the network for a socket that is paused. */
const PAUSED_BYTES = 16 * 1024;
const BACKLOG = 511;
const SOCKET_OPTIONS = { noDelay: true, keepAlive: true, highWaterMark: PAUSED_BYTES };

/** TCP. Answers are small and awaited, so that nothing waits to be sent together (TCP_NODELAY). */
export const netListener: ByteListener = {
  listen: async (address, accept) => {
    const open = new Set<NetSocket>();
    // Nothing is read before `accept` has said whether it may be.
    const options = { ...SOCKET_OPTIONS, pauseOnConnect: true };
    const server = createServer(options, (accepted) => {
      const socket = new NetSocket(accepted, () => open.delete(socket));
      open.add(socket);
      socket.start(accept(socket));
    });
    await listening(server, address);
    const { port } = server.address() as AddressInfo;
    return { address: `${hostOf(address)}:${port}`, port, close: () => closed(server, open) };
  },
};

const listening = (server: Server, address: string): Promise<void> =>
  new Promise((resolve, reject) => {
    const colon = address.lastIndexOf(':');
    const host = address.slice(0, colon).replace(/^\[(.*)\]$/, '$1');
    server.once('error', (error) => reject(listenError(address, error)));
    server.listen({ host, port: Number(address.slice(colon + 1)), backlog: BACKLOG }, () => {
      server.removeAllListeners('error');
      // Such as too many open files: the connection is lost, the listener goes on.
      server.on('error', () => {});
      resolve();
    });
  });

const closed = (server: Server, open: ReadonlySet<NetSocket>): Promise<void> =>
  new Promise((resolve) => {
    server.close(() => resolve());
    for (const socket of open) socket.destroy();
  });

class NetSocket implements ByteSocket {
  readonly peer: string;
  readonly #raw: Socket;
  readonly #onGone: () => void;
  #listener: ByteSocketListener | undefined;
  #isCorked = false;
  #isPaused = false;
  #needsDrain = false;
  #isEnded = false;

  constructor(accepted: Socket, onGone: () => void) {
    const raw = readShared(accepted, (bytes) => {
      if (!this.#isEnded) this.#listener?.onBytes(bytes);
    });
    this.#raw = raw;
    this.#onGone = onGone;
    this.peer = `${raw.remoteAddress ?? 'unknown'}:${raw.remotePort ?? 0}`;
  }

  start(listener: ByteSocketListener): void {
    const raw = this.#raw;
    this.#listener = listener;
    raw.on('drain', () => {
      if (!this.#needsDrain) return;
      this.#needsDrain = false;
      listener.onDrain();
    });
    // The peer will send no more: for a protocol of questions and answers that is the end.
    raw.on('end', () => raw.destroy());
    // Its cause does not matter here; 'close' follows.
    raw.on('error', () => {});
    raw.on('close', () => {
      this.#onGone();
      listener.onClose();
    });
    if (this.#isPaused) raw.pause();
    else raw.resume();
  }

  get pendingBytes(): number {
    return this.#raw.writableLength;
  }

  write(parts: readonly Uint8Array[], onSent?: () => void): boolean {
    const raw = this.#raw;
    if (this.#isEnded || !raw.writable) return false;
    this.#cork();
    for (const [index, part] of parts.entries()) {
      const isLast = index === parts.length - 1;
      if (isLast && onSent !== undefined) raw.write(part, (error) => error || onSent());
      else raw.write(part);
    }
    this.#needsDrain ||= raw.writableLength >= HIGH_WATER_BYTES;
    return !this.#needsDrain;
  }

  pause(): void {
    this.#isPaused = true;
    this.#raw.pause();
  }

  resume(): void {
    this.#isPaused = false;
    this.#raw.resume();
  }

  end(): void {
    this.#isEnded = true;
    // What is not read would keep the peer from seeing the end.
    this.#raw.resume();
    this.#raw.destroySoon();
  }

  destroy(): void {
    this.#isEnded = true;
    this.#raw.destroy();
  }

  /** One system call for all that this event writes. */
  #cork(): void {
    if (this.#isCorked) return;
    this.#isCorked = true;
    this.#raw.cork();
    process.nextTick(() => {
      this.#isCorked = false;
      this.#raw.uncork();
    });
  }
}
