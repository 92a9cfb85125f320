import { OttlaError } from '../../base/errors.ts';
import type { NodeId } from '../../base/ids.ts';
import type { Timer } from '../../env/clock.ts';
import type { Stream } from '../../env/transport.ts';
import type { FetchFrame, FetchPartition, FetchRequest } from '../../gen/ottla.ts';
import { ClientService } from '../../gen/ottla.ts';
import type { ClientEnv } from '../env.ts';
import { asOttlaError } from '../timing.ts';
import type { PartitionCursor } from './partition-cursor.ts';

/** One fetch on its way. */
export interface PendingFetch {
  readonly requestId: number;
  readonly cursors: readonly PartitionCursor[];
  readonly sentMs: number;
}

export interface FetchListener {
  onFrame(fetch: PendingFetch, frame: FetchFrame): void;
  /** The stream has ended: none of these will be answered. Called once, nothing follows. */
  onLost(connection: FetchConnection, fetches: readonly PendingFetch[], error: OttlaError): void;
  /** The broker is overdue with this answer: its leaders may be elsewhere by now. */
  onSilence(fetch: PendingFetch): void;
}

export interface FetchConnectionOptions {
  readonly nodeId: NodeId;
  readonly address: string;
  readonly listener: FetchListener;
  readonly maxWaitMs: number;
  readonly requestTimeoutMs: number;
}

/** How much longer than the long poll an answer may take before the metadata is asked for. */
const SILENCE_MS = 1000;

/** One Fetch stream to one broker; requests wait there on their own and are matched by id. */
export class FetchConnection {
  readonly nodeId: NodeId;
  readonly address: string;
  readonly #env: ClientEnv;
  readonly #options: FetchConnectionOptions;
  readonly #stream: Stream<FetchRequest>;
  /** Oldest first, as maps keep their order. */
  readonly #pending = new Map<number, PendingFetch>();
  #timer: Timer | undefined;

  constructor(env: ClientEnv, options: FetchConnectionOptions) {
    this.#env = env;
    this.#options = options;
    this.nodeId = options.nodeId;
    this.address = options.address;
    this.#stream = env.transport.open(options.address, ClientService.fetch, {
      lane: 'data',
      listener: {
        onMessage: (frame) => this.#onFrame(frame),
        onClose: (error) => this.#onClose(error),
      },
    });
  }

  get pending(): Iterable<PendingFetch> {
    return this.#pending.values();
  }

  /** Asks for these partitions from their fetch offsets. */
  send(
    request: Omit<FetchRequest, 'partitions' | 'cancelRequestId'>,
    asked: ReadonlyArray<{ readonly cursor: PartitionCursor; readonly partition: FetchPartition }>,
  ): void {
    const { requestId } = request;
    const cursors = asked.map(({ cursor }) => cursor);
    for (const cursor of cursors) cursor.requestId = requestId;
    this.#pending.set(requestId, { requestId, cursors, sentMs: this.#env.clock.monotonicMs() });
    this.#watch();
    this.#stream.send({
      ...request,
      partitions: asked.map(({ partition }) => partition),
      cancelRequestId: 0,
    });
  }

  close(error?: OttlaError): void {
    this.#stream.close(error);
  }

  #onFrame(frame: FetchFrame): void {
    const fetch = this.#pending.get(frame.header.requestId);
    if (fetch === undefined) return;
    this.#pending.delete(fetch.requestId);
    this.#options.listener.onFrame(fetch, frame);
  }

  #onClose(error: Error | undefined): void {
    this.#timer?.cancel();
    const fetches = [...this.#pending.values()];
    this.#pending.clear();
    const reason =
      error === undefined
        ? new OttlaError('NETWORK_EXCEPTION', `the broker at ${this.address} ended the stream`)
        : asOttlaError(error);
    this.#options.listener.onLost(this, fetches, reason);
  }

  /** One timer, for the oldest request; it runs only while there is one. */
  #watch(): void {
    const oldest = this.#pending.values().next().value;
    if (this.#timer !== undefined || oldest === undefined) return;
    const { clock } = this.#env;
    const dueMs = oldest.sentMs + this.#options.maxWaitMs + SILENCE_MS;
    const delayMs = dueMs - clock.monotonicMs();
    this.#timer = clock.setTimer(delayMs > 0 ? delayMs : SILENCE_MS, () => {
      this.#timer = undefined;
      this.#checkOldest();
      this.#watch();
    });
  }

  #checkOldest(): void {
    const { maxWaitMs, requestTimeoutMs, listener } = this.#options;
    const oldest = this.#pending.values().next().value;
    if (oldest === undefined) return;
    const lateMs = this.#env.clock.monotonicMs() - oldest.sentMs - maxWaitMs;
    if (lateMs >= requestTimeoutMs) {
      const message = `the broker at ${this.address} did not answer a fetch for ${requestTimeoutMs} ms`;
      this.close(new OttlaError('REQUEST_TIMED_OUT', message));
    } else if (lateMs >= SILENCE_MS) {
      listener.onSilence(oldest);
    }
  }
}
