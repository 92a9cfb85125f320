import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Producer } from '../../src/index.ts';
import type { Acknowledgements } from './acknowledgements.ts';
import type { Piece } from './pieces.ts';
import { encodePieceKey, PieceCutter } from './pieces.ts';

/** Something that happens once, just before the byte at this share of the file is handed over. */
export interface Milestone {
  readonly share: number;
  readonly act: (handedOverShare: number) => Promise<void>;
}

export interface SendFileOptions {
  readonly path: string;
  readonly sizeBytes: number;
  readonly producer: Producer;
  readonly topic: string;
  readonly partitions: number;
  /** In the order of their shares. */
  readonly milestones: readonly Milestone[];
  /** The file takes at least this long; 0 for as fast as can be. */
  readonly minSendMs: number;
  readonly acknowledgements: Acknowledgements;
  readonly onProgress: (handedOverBytes: number) => void;
}

export interface SendFileResult {
  readonly sent: number;
  readonly sha256: string;
  readonly elapsedMs: number;
}

/** Room in a record below the default max.message.bytes, with its batch around it. */
const PIECE_BYTES_MAX = 1_000_000;
const READ_BYTES = 256 * 1024;
const PACE_STEP_MS = 20;

/**
 * Streams a file, a record a line, record n to partition n mod count. Resolves when every record
 * is acknowledged; throws the first failure.
 */
export const sendFile = (options: SendFileOptions): Promise<SendFileResult> =>
  new FileSender(options).run();

class FileSender {
  readonly #options: SendFileOptions;
  readonly #milestones: Milestone[];
  readonly #startMs = performance.now();
  /** Time spent in milestones, which the pace does not catch up. */
  #heldMs = 0;
  #handedOverBytes = 0;
  #sent = 0;
  #failure: Error | undefined;

  constructor(options: SendFileOptions) {
    this.#options = options;
    this.#milestones = [...options.milestones];
  }

  async run(): Promise<SendFileResult> {
    const { path, producer, onProgress } = this.#options;
    const hash = createHash('sha256');
    const cutter = new PieceCutter(PIECE_BYTES_MAX);
    for await (const chunk of createReadStream(path, { highWaterMark: READ_BYTES })) {
      hash.update(chunk);
      await this.#hand(cutter.push(chunk));
      onProgress(this.#handedOverBytes);
    }
    await this.#hand(cutter.end());
    await this.#pass(Number.POSITIVE_INFINITY);
    await producer.flush();
    if (this.#failure !== undefined) throw this.#failure;
    const elapsedMs = performance.now() - this.#startMs;
    return { sent: this.#sent, sha256: hash.digest('hex'), elapsedMs };
  }

  async #hand(pieces: readonly Piece[]): Promise<void> {
    for (const piece of pieces) {
      const endBytes = this.#handedOverBytes + piece.bytes.length + (piece.endsWithLf ? 1 : 0);
      if (this.#milestones.length > 0) await this.#pass(endBytes);
      if (this.#isAhead()) await this.#pause();
      await this.#send(piece);
      this.#handedOverBytes = endBytes;
      if (this.#failure !== undefined) throw this.#failure;
    }
  }

  async #send({ bytes, endsWithLf }: Piece): Promise<void> {
    const { producer, topic, partitions, acknowledgements } = this.#options;
    const record = {
      topic,
      partition: this.#sent % partitions,
      key: encodePieceKey(this.#sent, endsWithLf),
      value: bytes,
    };
    while (!producer.enqueue(record, this.#onDelivery)) await producer.hasRoom();
    acknowledgements.onSent(record.partition);
    this.#sent += 1;
  }

  readonly #onDelivery = (
    error: Error | undefined,
    metadata: { readonly partition: number } | undefined,
  ): void => {
    if (metadata !== undefined) {
      this.#options.acknowledgements.onAcknowledged(metadata.partition);
      return;
    }
    this.#options.acknowledgements.onFailed();
    this.#failure ??= error;
  };

  /** Runs the milestones that come before this byte. */
  async #pass(endBytes: number): Promise<void> {
    const { sizeBytes } = this.#options;
    for (;;) {
      const next = this.#milestones[0];
      if (next === undefined || endBytes <= next.share * sizeBytes) return;
      this.#milestones.shift();
      const startMs = performance.now();
      await next.act(sizeBytes === 0 ? 0 : this.#handedOverBytes / sizeBytes);
      this.#heldMs += performance.now() - startMs;
    }
  }

  #isAhead(): boolean {
    const { minSendMs, sizeBytes } = this.#options;
    if (minSendMs === 0) return false;
    const elapsedMs = performance.now() - this.#startMs - this.#heldMs;
    return (this.#handedOverBytes / sizeBytes) * minSendMs > elapsedMs;
  }

  async #pause(): Promise<void> {
    while (this.#isAhead()) await sleep(PACE_STEP_MS);
  }
}
