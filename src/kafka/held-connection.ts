import type { ByteSocket, ByteSocketListener } from '../env/byte-listener.ts';
import type { KafkaConnection } from './connection.ts';

/** Accepted, and not served before its turn. */
export class HeldConnection implements ByteSocketListener {
  readonly #socket: ByteSocket;
  readonly #on: { readonly onTurn: () => KafkaConnection; readonly onGone: () => void };
  #connection: KafkaConnection | undefined;

  constructor(
    socket: ByteSocket,
    on: { readonly onTurn: () => KafkaConnection; readonly onGone: () => void },
  ) {
    this.#socket = socket;
    this.#on = on;
  }

  start(): void {
    this.#connection = this.#on.onTurn();
    this.#socket.resume();
  }

  onBytes(bytes: Uint8Array): void {
    this.#connection?.onBytes(bytes);
  }

  onDrain(): void {
    this.#connection?.onDrain();
  }

  onClose(): void {
    if (this.#connection === undefined) this.#on.onGone();
    else this.#connection.onClose();
  }
}
