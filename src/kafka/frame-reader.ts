import { FRAME_SIZE_BYTES, readRequestSize } from './wire/frame.ts';
import type { RequestHead } from './wire/request.ts';
import { REQUEST_HEAD_BYTES, readRequestHead } from './wire/request.ts';

export interface FrameSink {
  /**
   * The size and the head of a frame are known, and nothing is kept of it yet: `keep` its bytes or
   * `skip` over them. Throws to end the connection.
   */
  onHead(head: RequestHead, sizeBytes: number): 'keep' | 'skip';
  /** The frame behind its size, its own: whole, or only its head where the rest was skipped. */
  onFrame(head: RequestHead, bytes: Uint8Array): void;
}

/** A size alone makes nobody set aside more than this: what is larger grows as its bytes arrive. */
const FIRST_ALLOCATION_BYTES = 2 * 1024 * 1024;
const PREFIX_BYTES = FRAME_SIZE_BYTES + REQUEST_HEAD_BYTES;

/** The frame whose rest is awaited. */
interface Partial {
  readonly head: RequestHead;
  readonly sizeBytes: number;
  /** Holds the head and what was kept. */
  bytes: Uint8Array;
  filledBytes: number;
  /** Bytes still to be thrown away; 0 where they are kept. */
  skipBytes: number;
}

/**
 * Cuts a stream of bytes into request frames. Each is copied once into memory of its own, so that a
 * dribble of single bytes costs no more than a burst, and what arrives may be overwritten.
 */
export class FrameReader {
  readonly #maxBytes: number;
  readonly #sink: FrameSink;
  readonly #prefix = new Uint8Array(PREFIX_BYTES);
  #prefixBytes = 0;
  #partial: Partial | undefined;
  #isStopped = false;

  constructor(maxBytes: number, sink: FrameSink) {
    this.#maxBytes = maxBytes;
    this.#sink = sink;
  }

  /** A frame has begun and is not whole. */
  get isMidFrame(): boolean {
    return this.#partial !== undefined || this.#prefixBytes > 0;
  }

  /** Bytes kept of the frame that is not whole. */
  get heldBytes(): number {
    return this.#partial?.filledBytes ?? this.#prefixBytes;
  }

  /** Reads nothing more, the rest of the bytes at hand included. */
  stop(): void {
    this.#isStopped = true;
    this.#partial = undefined;
    this.#prefixBytes = 0;
  }

  /** Takes what has arrived. Throws `DecodeError`, and what the sink throws: nothing follows. */
  push(bytes: Uint8Array): void {
    let position = 0;
    while (position < bytes.length && !this.#isStopped) {
      if (this.#partial !== undefined) position += this.#fill(this.#partial, bytes, position);
      else position += this.#begin(bytes, position);
    }
  }

  /** Returns how many bytes it took. */
  #begin(bytes: Uint8Array, position: number): number {
    if (this.#prefixBytes === 0 && bytes.length - position >= PREFIX_BYTES) {
      return this.#beginAt(bytes, position);
    }
    const taken = Math.min(PREFIX_BYTES - this.#prefixBytes, bytes.length - position);
    this.#prefix.set(bytes.subarray(position, position + taken), this.#prefixBytes);
    this.#prefixBytes += taken;
    // As soon as it can be told: nobody is kept waiting for a frame that will be refused.
    if (this.#prefixBytes >= FRAME_SIZE_BYTES) readRequestSize(this.#prefix, 0, this.#maxBytes);
    if (this.#prefixBytes < PREFIX_BYTES) return taken;
    this.#prefixBytes = 0;
    this.#beginAt(this.#prefix, 0);
    return taken;
  }

  /** Size and head lie whole at `position`. */
  #beginAt(bytes: Uint8Array, position: number): number {
    const sizeBytes = readRequestSize(bytes, position, this.#maxBytes);
    const start = position + FRAME_SIZE_BYTES;
    const head = readRequestHead(bytes.subarray(start, start + REQUEST_HEAD_BYTES));
    const isKept = this.#sink.onHead(head, sizeBytes) === 'keep';
    if (this.#isStopped) return PREFIX_BYTES;
    if (isKept && bytes.length - start >= sizeBytes) {
      this.#sink.onFrame(head, Buffer.from(bytes.subarray(start, start + sizeBytes)));
      return FRAME_SIZE_BYTES + sizeBytes;
    }
    const roomBytes = isKept ? Math.min(sizeBytes, FIRST_ALLOCATION_BYTES) : REQUEST_HEAD_BYTES;
    const partial: Partial = {
      head,
      sizeBytes,
      // Its own: of a shared pool, one small frame would keep many others alive.
      bytes: Buffer.allocUnsafeSlow(roomBytes),
      filledBytes: REQUEST_HEAD_BYTES,
      skipBytes: isKept ? 0 : sizeBytes - REQUEST_HEAD_BYTES,
    };
    partial.bytes.set(bytes.subarray(start, start + REQUEST_HEAD_BYTES));
    this.#partial = partial;
    return PREFIX_BYTES;
  }

  #fill(partial: Partial, bytes: Uint8Array, position: number): number {
    const atHand = bytes.length - position;
    if (partial.skipBytes > 0) {
      const skipped = Math.min(partial.skipBytes, atHand);
      partial.skipBytes -= skipped;
      if (partial.skipBytes === 0) this.#finish(partial);
      return skipped;
    }
    const taken = Math.min(partial.sizeBytes - partial.filledBytes, atHand);
    grow(partial, partial.filledBytes + taken);
    partial.bytes.set(bytes.subarray(position, position + taken), partial.filledBytes);
    partial.filledBytes += taken;
    if (partial.filledBytes === partial.sizeBytes) this.#finish(partial);
    return taken;
  }

  #finish({ head, bytes }: Partial): void {
    this.#partial = undefined;
    this.#sink.onFrame(head, bytes);
  }
}

const grow = (partial: Partial, neededBytes: number): void => {
  if (neededBytes <= partial.bytes.length) return;
  const roomBytes = Math.max(neededBytes, partial.bytes.length * 2);
  const grown = Buffer.allocUnsafeSlow(Math.min(roomBytes, partial.sizeBytes));
  grown.set(partial.bytes.subarray(0, partial.filledBytes));
  partial.bytes = grown;
};
