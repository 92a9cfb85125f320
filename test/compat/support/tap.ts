import type { AddressInfo, Server, Socket } from 'node:net';
import { connect, createServer } from 'node:net';
import { readInt32At } from '../../../src/base/bytes/big-endian.ts';
import { APIS } from '../../../src/kafka/wire/apis.ts';
import { FRAME_SIZE_BYTES } from '../../../src/kafka/wire/frame.ts';
import { decodeRequest, readRequestHead } from '../../../src/kafka/wire/request.ts';
import { decodeResponse } from '../../../src/kafka/wire/response.ts';

/** Of one partition in the answer to a fetch. */
export interface SeenPartition {
  readonly partition: number;
  readonly errorCode: number;
  readonly highWatermark: number;
  readonly lastStableOffset: number;
  readonly abortedCount: number;
  readonly hasRecords: boolean;
}

export interface SeenAnswer {
  readonly errorCode: number;
  readonly sessionId: number;
  readonly partitions: readonly SeenPartition[];
  readonly atMs: number;
}

/** A Fetch as it went by. */
export interface SeenFetch {
  readonly sessionId: number;
  readonly sessionEpoch: number;
  readonly isolationLevel: number;
  readonly maxWaitMs: number;
  /** The partitions that it names. */
  readonly asked: readonly number[];
  readonly atMs: number;
  answer?: SeenAnswer;
}

/**
 * Stands between Kafka's clients and a node that is advertised at its address; passes every byte on,
 * and remembers the fetches.
 */
export class Tap {
  readonly fetches: SeenFetch[] = [];
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #targetPort = 0;

  private constructor() {
    this.#server = createServer((client) => this.#join(client));
  }

  static async listen(): Promise<Tap> {
    const tap = new Tap();
    await new Promise<void>((resolve) => tap.#server.listen(0, '127.0.0.1', resolve));
    return tap;
  }

  get address(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Where what comes goes to, from now on. */
  leadTo(address: string): void {
    this.#targetPort = Number(address.split(':').at(-1));
  }

  /** Begins anew: nothing has been seen. */
  forget(): void {
    this.fetches.length = 0;
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #join(client: Socket): void {
    const node = connect(this.#targetPort, '127.0.0.1');
    /** By correlation id. */
    const waiting = new Map<number, { readonly apiVersion: number; readonly seen: SeenFetch }>();
    const requests = new Frames((frame) => {
      const { apiKey, apiVersion, correlationId } = readRequestHead(frame);
      if (apiKey !== APIS.fetch.key) return;
      const seen = seenFetch(frame);
      this.fetches.push(seen);
      waiting.set(correlationId, { apiVersion, seen });
    });
    const answers = new Frames((frame) => {
      const asked = waiting.get(readInt32At(frame, 0));
      if (asked === undefined) return;
      waiting.delete(readInt32At(frame, 0));
      asked.seen.answer = seenAnswer(frame, asked.apiVersion);
    });
    const pass = (from: Socket, to: Socket, frames: Frames): void => {
      this.#sockets.add(from);
      from.setNoDelay();
      from.on('data', (chunk) => frames.take(chunk));
      from.pipe(to);
      // Whichever end goes, however it goes, takes the other along.
      from.on('error', () => {});
      from.on('close', () => {
        this.#sockets.delete(from);
        to.destroy();
      });
    };
    pass(client, node, requests);
    pass(node, client, answers);
  }
}

/** Cuts what goes one way into frames, without their sizes. */
class Frames {
  readonly #onFrame: (frame: Buffer) => void;
  #chunks: Buffer[] = [];
  #heldBytes = 0;
  #wantedBytes = FRAME_SIZE_BYTES;

  constructor(onFrame: (frame: Buffer) => void) {
    this.#onFrame = onFrame;
  }

  take(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#heldBytes += chunk.length;
    while (this.#heldBytes >= this.#wantedBytes) {
      const held = Buffer.concat(this.#chunks);
      const endBytes = FRAME_SIZE_BYTES + readInt32At(held, 0);
      this.#wantedBytes = endBytes;
      const isWhole = held.length >= endBytes;
      if (isWhole) this.#onFrame(held.subarray(FRAME_SIZE_BYTES, endBytes));
      const rest = isWhole ? held.subarray(endBytes) : held;
      this.#chunks = [rest];
      this.#heldBytes = rest.length;
      if (isWhole) this.#wantedBytes = FRAME_SIZE_BYTES;
    }
  }
}

const seenFetch = (frame: Buffer): SeenFetch => {
  const { body } = decodeRequest(APIS.fetch, frame);
  const { sessionId, sessionEpoch, isolationLevel, maxWaitMs, topics } = body;
  const asked = topics.flatMap(({ partitions }) => partitions.map(({ partition }) => partition));
  const atMs = performance.now();
  return { sessionId, sessionEpoch, isolationLevel, maxWaitMs, asked, atMs };
};

const seenAnswer = (frame: Buffer, apiVersion: number): SeenAnswer => {
  const { errorCode, sessionId, responses } = decodeResponse(APIS.fetch, apiVersion, frame).body;
  const partitions = responses.flatMap((topic) =>
    topic.partitions.map((it) => ({
      partition: it.partitionIndex,
      errorCode: it.errorCode,
      highWatermark: it.highWatermark,
      lastStableOffset: it.lastStableOffset,
      abortedCount: it.abortedTransactions?.length ?? 0,
      hasRecords: it.records !== null && it.records.length > 0,
    })),
  );
  return { errorCode, sessionId, partitions, atMs: performance.now() };
};
