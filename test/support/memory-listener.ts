import { OttlaError } from '../../src/base/errors.ts';
import type { ByteListener, ByteSocket, ByteSocketListener } from '../../src/env/byte-listener.ts';
import type { Clock } from '../../src/env/clock.ts';
import type { Listening } from '../../src/env/transport.ts';

const FIRST_FREE_PORT = 30_000;
/** What the network takes of a reader that does nothing, and what may wait behind it. */
const WINDOW_BYTES = 64 * 1024;
const HIGH_WATER_BYTES = 64 * 1024;
const OVERWRITTEN = 0xdb;

/** The other end of a connection in memory: what a client does to a server. */
export interface MemoryClient {
  /** All bytes that have arrived and were not taken. */
  readonly received: Buffer;
  readonly isClosed: boolean;
  send(bytes: Uint8Array): void;
  /** Removes and returns what has arrived. */
  take(): Buffer;
  /** Stops reading: the server's writes pile up. */
  pause(): void;
  resume(): void;
  close(): void;
}

type Accept = (socket: ByteSocket) => ByteSocketListener;

/** Listeners of one virtual machine. Bytes arrive by the clock, a deferred callback later. */
export class MemoryListener implements ByteListener {
  readonly #clock: Clock;
  readonly #listeners = new Map<string, { readonly accept: Accept; readonly open: Set<Socket> }>();
  #nextPort = FIRST_FREE_PORT;
  #clientCount = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  async listen(address: string, accept: Accept): Promise<Listening> {
    const bound = address.endsWith(':0') ? this.#freeAddress(address) : address;
    if (this.#listeners.has(bound)) {
      throw new OttlaError('CONFIG', `listen on ${bound}: the port is in use`);
    }
    const open = new Set<Socket>();
    this.#listeners.set(bound, { accept, open });
    const close = async (): Promise<void> => {
      this.#listeners.delete(bound);
      for (const socket of open) socket.destroy();
    };
    return { address: bound, port: Number(bound.slice(bound.lastIndexOf(':') + 1)), close };
  }

  /** Connects as a client on the host `from`; throws where nobody listens. */
  connect(address: string, from = 'client'): MemoryClient {
    const listener = this.#listeners.get(address);
    if (listener === undefined) throw new Error(`nobody listens on ${address}`);
    this.#clientCount += 1;
    const socket = new Socket(this.#clock, `${from}:${this.#clientCount}`);
    listener.open.add(socket);
    socket.start(listener.accept(socket), () => listener.open.delete(socket));
    return socket.client;
  }

  #freeAddress(address: string): string {
    this.#nextPort += 1;
    return `${address.slice(0, address.lastIndexOf(':'))}:${this.#nextPort}`;
  }
}

/** The server's end; its `client` is the other one. */
class Socket implements ByteSocket {
  readonly peer: string;
  readonly client: MemoryClient;
  readonly #clock: Clock;
  #listener: ByteSocketListener | undefined;
  #onGone: () => void = () => {};
  /** On the way to the server, held while it has paused. */
  #up: Uint8Array[] = [];
  /** On the way to the client, held while it has paused and its window is full. */
  #down: Part[] = [];
  #arrived: Uint8Array[] = [];
  #isPaused = false;
  #isClientPaused = false;
  #needsDrain = false;
  /** Heard of by a server that reads, behind what was sent before. */
  #isClientGone = false;
  /** The server will send no more; all before it still arrives. */
  #isEnding = false;
  #isClosed = false;

  constructor(clock: Clock, peer: string) {
    this.#clock = clock;
    this.peer = peer;
    const socket = this;
    this.client = {
      get received() {
        return Buffer.concat(socket.#arrived);
      },
      get isClosed() {
        return socket.#isClosed;
      },
      send: (bytes) => socket.#receive(bytes),
      take: () => socket.#take(),
      pause: () => {
        socket.#isClientPaused = true;
      },
      resume: () => {
        socket.#isClientPaused = false;
        socket.#later(() => socket.#pumpDown());
      },
      close: () => {
        socket.#isClientGone = true;
        socket.#later(() => socket.#pumpUp());
      },
    };
  }

  start(listener: ByteSocketListener, onGone: () => void): void {
    this.#listener = listener;
    this.#onGone = onGone;
  }

  get pendingBytes(): number {
    return sizeOf(this.#down.map(({ bytes }) => bytes));
  }

  write(parts: readonly Uint8Array[], onSent?: () => void): boolean {
    if (this.#isClosed || this.#isEnding) return false;
    for (const [index, bytes] of parts.entries()) {
      this.#down.push(index === parts.length - 1 ? { bytes, onSent } : { bytes });
    }
    this.#later(() => this.#pumpDown());
    this.#needsDrain = this.#needsDrain || this.pendingBytes >= HIGH_WATER_BYTES;
    return !this.#needsDrain;
  }

  pause(): void {
    this.#isPaused = true;
  }

  resume(): void {
    this.#isPaused = false;
    this.#later(() => this.#pumpUp());
  }

  end(): void {
    this.#isEnding = true;
    this.#up = [];
    this.#later(() => this.#pumpDown());
  }

  destroy(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#up = [];
    this.#down = [];
    this.#onGone();
    this.#clock.defer(() => this.#listener?.onClose());
  }

  #receive(bytes: Uint8Array): void {
    if (this.#isClosed || this.#isEnding) return;
    // As a network has it: the sender may use its buffer again.
    this.#up.push(Uint8Array.from(bytes));
    this.#later(() => this.#pumpUp());
  }

  #pumpUp(): void {
    while (!this.#isPaused && !this.#isEnding) {
      const bytes = this.#up.shift();
      if (bytes === undefined) break;
      this.#listener?.onBytes(bytes);
      // As the next read does it: whoever kept a view is found out.
      bytes.fill(OVERWRITTEN);
    }
    if (this.#isClientGone && (!this.#isPaused || this.#isEnding)) this.destroy();
  }

  #pumpDown(): void {
    for (let next = this.#down[0]; next !== undefined; next = this.#down[0]) {
      const { bytes, onSent } = next;
      if (this.#isClientPaused && sizeOf(this.#arrived) + bytes.length > WINDOW_BYTES) return;
      this.#down.shift();
      this.#arrived.push(Uint8Array.from(bytes));
      if (onSent !== undefined) this.#later(onSent);
    }
    if (this.#isEnding) {
      this.destroy();
      return;
    }
    if (!this.#needsDrain) return;
    this.#needsDrain = false;
    this.#listener?.onDrain();
  }

  #take(): Buffer {
    const taken = Buffer.concat(this.#arrived);
    this.#arrived = [];
    this.#later(() => this.#pumpDown());
    return taken;
  }

  #later(act: () => void): void {
    this.#clock.defer(() => {
      if (!this.#isClosed) act();
    });
  }
}

interface Part {
  readonly bytes: Uint8Array;
  /** Of the last one of a write. */
  readonly onSent?: (() => void) | undefined;
}

const sizeOf = (parts: readonly Uint8Array[]): number =>
  parts.reduce((sum, { length }) => sum + length, 0);
