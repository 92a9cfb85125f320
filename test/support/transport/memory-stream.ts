import type { Codec } from '../../../src/base/method.ts';
import type { Clock } from '../../../src/env/clock.ts';
import type { Stream, StreamListener } from '../../../src/env/transport.ts';
import { asOttlaError } from './errors.ts';
import type { Pipe } from './pipe.ts';

export interface MemoryStreamOptions {
  readonly clock: Clock;
  readonly outgoing: Pipe;
  readonly incoming: Pipe;
  readonly outCodec: Codec<unknown>;
  readonly inCodec: Codec<unknown>;
  /** Bytes on the way from which `send` asks for a pause. */
  readonly highWaterBytes: number;
  /** Called once when this end is closed: here (`local`), or by the peer or the network. */
  readonly onEnded: (by: 'local' | 'remote') => void;
  /** Called for each message from here when it arrives. */
  readonly onDelivery?: ((bytes: Uint8Array) => void) | undefined;
  /** Asked for each message from here: after how many ms it is sent once more, if at all. */
  readonly repeatAfterMs: () => number | undefined;
}

/** One end of a stream: encodes, hands to its pipe, and decodes what the other end sent. */
export class MemoryStream implements Stream<unknown> {
  readonly #options: MemoryStreamOptions;
  #peer: MemoryStream | undefined;
  #listener: StreamListener<unknown> | undefined;
  #isClosed = false;
  #isSilent = false;
  #isFull = false;
  #isPaused = false;
  #pendingBytes = 0;

  constructor(options: MemoryStreamOptions) {
    this.#options = options;
  }

  get pendingBytes(): number {
    return this.#pendingBytes;
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  connect(peer: MemoryStream): void {
    this.#peer = peer;
  }

  listen(listener: StreamListener<unknown>): void {
    this.#listener = listener;
  }

  send(message: unknown): boolean {
    if (this.#isClosed) return false;
    const { outgoing, outCodec, highWaterBytes, onDelivery } = this.#options;
    const bytes = outCodec.encode(message).slice();
    this.#pendingBytes += bytes.length;
    outgoing.send(() => {
      this.#pendingBytes -= bytes.length;
      onDelivery?.(bytes);
      this.#peer?.receive(bytes);
      this.#drainIfFull();
    });
    this.#maybeRepeat(bytes);
    this.#isFull = this.#pendingBytes > highWaterBytes;
    return !this.#isFull;
  }

  close(error?: Error): void {
    if (this.#isClosed) return;
    const sent = error === undefined ? undefined : asOttlaError(error);
    this.#options.outgoing.send(() => this.#peer?.end(sent), { isBreak: sent !== undefined });
    this.#isClosed = true;
    this.resume();
    this.#options.onEnded('local');
    this.#options.clock.defer(() => this.#report(error));
  }

  pause(): void {
    if (this.#isClosed) return;
    this.#isPaused = true;
    this.#options.incoming.hold();
  }

  resume(): void {
    if (!this.#isPaused) return;
    this.#isPaused = false;
    const { incoming, clock } = this.#options;
    incoming.release();
    clock.defer(() => incoming.pump());
  }

  /** The other end closed or the connection broke: nothing more comes or goes. */
  end(error: Error | undefined): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#pendingBytes = 0;
    this.#options.outgoing.break();
    this.#options.onEnded('remote');
    this.#report(error);
  }

  /** The process of this end is gone: no callback runs again, nothing is sent. */
  silence(): void {
    this.#isSilent = true;
    this.#options.outgoing.break();
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#options.onEnded('local');
  }

  receive(bytes: Uint8Array): void {
    if (this.#isClosed) return;
    try {
      this.#listener?.onMessage(this.#options.inCodec.decode(bytes));
    } catch (error) {
      this.close(asOttlaError(error));
    }
  }

  #maybeRepeat(bytes: Uint8Array): void {
    const { outgoing, clock, repeatAfterMs, onDelivery } = this.#options;
    const againMs = repeatAfterMs();
    if (againMs === undefined) return;
    clock.setTimer(againMs, () =>
      outgoing.send(() => {
        onDelivery?.(bytes);
        this.#peer?.receive(bytes);
      }),
    );
  }

  #drainIfFull(): void {
    if (!this.#isFull || this.#pendingBytes > this.#options.highWaterBytes / 2) return;
    this.#isFull = false;
    if (!this.#isClosed) this.#listener?.onDrain?.();
  }

  #report(error: Error | undefined): void {
    if (!this.#isSilent) this.#listener?.onClose(error);
  }
}
