import { OttlaError } from '../base/errors.ts';
import type { Codec } from '../base/method.ts';
import type { Stream, StreamListener } from '../env/transport.ts';
import { readOneAtATime } from './raw.ts';

/** Queued bytes from which `send` says false, and those at which `onDrain` follows. */
const PENDING_BYTES_HIGH = 4 * 1024 * 1024;
const PENDING_BYTES_LOW = 1024 * 1024;

/** The part of gRPC's client and server duplex streams that is used here. */
export interface RawDuplex {
  write(bytes: Uint8Array, written: () => void): boolean;
  on(event: 'data', handler: (bytes: Uint8Array) => void): unknown;
  pause(): unknown;
  resume(): unknown;
}

interface DuplexOptions<Out, In> {
  readonly raw: RawDuplex;
  readonly out: Codec<Out>;
  readonly in: Codec<In>;
  /** Ends the raw stream, in the way of its side. */
  readonly end: (error: Error | undefined) => void;
}

/**
 * One end of an open stream: codecs, back-pressure by bytes, and a close that is told exactly once.
 * Messages pass gRPC as bytes, so that what is queued can be counted.
 */
export class Duplex<Out, In> implements Stream<Out> {
  readonly #options: DuplexOptions<Out, In>;
  #listener: StreamListener<In> | undefined;
  /** Nothing is sent any more; what was said of the end goes to the listener a tick later. */
  #isEnding = false;
  #isClosed = false;
  #isPaused = false;
  #mustDrain = false;
  pendingBytes = 0;

  constructor(options: DuplexOptions<Out, In>) {
    this.#options = options;
  }

  /** Begins delivery. */
  listen(listener: StreamListener<In>): void {
    this.#listener = listener;
    const { raw } = this.#options;
    readOneAtATime(raw);
    raw.on('data', (bytes) => this.#onBytes(bytes));
    // Paused while it was accepted: listening for data sets a stream going.
    if (this.#isPaused) raw.pause();
  }

  pause(): void {
    if (this.#isPaused || this.#isEnding) return;
    this.#isPaused = true;
    this.#options.raw.pause();
  }

  resume(): void {
    if (!this.#isPaused) return;
    this.#isPaused = false;
    this.#options.raw.resume();
  }

  send(message: Out): boolean {
    if (this.#isEnding) return false;
    const bytes = this.#options.out.encode(message);
    this.pendingBytes += bytes.length;
    this.#options.raw.write(bytes, () => this.#onWritten(bytes.length));
    if (this.pendingBytes >= PENDING_BYTES_HIGH) this.#mustDrain = true;
    return !this.#mustDrain;
  }

  close(error?: Error): void {
    if (this.#isEnding) return;
    this.#isEnding = true;
    // Told later, so that a listener is never entered from its own call; and asked for before the
    // raw end is, which on a stream that has sent nothing yet looks like a broken one.
    process.nextTick(() => this.onEnd(error));
    this.#options.end(error);
    // What still comes is dropped, and has to be read for the end behind it to be seen.
    this.resume();
  }

  /** The stream is over; the first to say so is believed. */
  onEnd(error: Error | undefined): void {
    if (this.#isClosed) return;
    this.#isEnding = true;
    this.#isClosed = true;
    this.#listener?.onClose(error);
  }

  #onBytes(bytes: Uint8Array): void {
    if (this.#isEnding) return;
    try {
      this.#listener?.onMessage(this.#options.in.decode(bytes));
    } catch (error) {
      this.close(error instanceof Error ? error : new OttlaError('INVALID_REQUEST', String(error)));
    }
  }

  #onWritten(bytes: number): void {
    this.pendingBytes -= bytes;
    if (!this.#mustDrain || this.pendingBytes > PENDING_BYTES_LOW) return;
    this.#mustDrain = false;
    if (!this.#isClosed) this.#listener?.onDrain?.();
  }
}
