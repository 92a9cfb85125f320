import { copyBytes } from '../base/bytes/copy.ts';
import type { ByteBudget } from '../broker/client/byte-budget.ts';
import type { ByteSocket, ByteSocketListener } from '../env/byte-listener.ts';
import type { KafkaConnection } from './connection.ts';

/** More than a first request has; who sends so much before its turn is read no further. */
const HELD_BYTES_MAX = 16 * 1024;

/**
 * Accepted, and not served before its turn. What it sends is kept meanwhile: a socket that is not
 * read does not tell that its client has gone.
 */
export class HeldConnection implements ByteSocketListener {
  readonly #socket: ByteSocket;
  readonly #budget: ByteBudget;
  readonly #on: { readonly onTurn: () => KafkaConnection; readonly onGone: () => void };
  #chunks: Uint8Array[] = [];
  #heldBytes = 0;
  #connection: KafkaConnection | undefined;

  constructor(
    socket: ByteSocket,
    budget: ByteBudget,
    on: { readonly onTurn: () => KafkaConnection; readonly onGone: () => void },
  ) {
    this.#socket = socket;
    this.#budget = budget;
    this.#on = on;
    if (budget.isSpent) socket.pause();
  }

  start(): void {
    const connection = this.#on.onTurn();
    this.#connection = connection;
    // Before the connection hears of anything, which may pause it again.
    this.#socket.resume();
    for (const bytes of this.#letGo()) connection.onBytes(bytes);
  }

  onBytes(bytes: Uint8Array): void {
    if (this.#connection !== undefined) {
      this.#connection.onBytes(bytes);
      return;
    }
    this.#chunks.push(copyBytes(bytes));
    this.#heldBytes += bytes.length;
    this.#budget.take(bytes.length);
    if (this.#heldBytes >= HELD_BYTES_MAX || this.#budget.isSpent) this.#socket.pause();
  }

  onDrain(): void {
    this.#connection?.onDrain();
  }

  onClose(): void {
    if (this.#connection !== undefined) {
      this.#connection.onClose();
      return;
    }
    this.#letGo();
    this.#on.onGone();
  }

  #letGo(): readonly Uint8Array[] {
    const chunks = this.#chunks;
    this.#chunks = [];
    this.#budget.giveBack(this.#heldBytes);
    this.#heldBytes = 0;
    return chunks;
  }
}
