import { OttlaError } from '../../base/errors.ts';
import type { NodeId } from '../../base/ids.ts';
import type { Timer } from '../../env/clock.ts';
import type { Stream } from '../../env/transport.ts';
import type { ProduceFrame, ProduceReply } from '../../gen/ottla.ts';
import { ClientService } from '../../gen/ottla.ts';
import type { ClientEnv } from '../env.ts';
import { asOttlaError } from '../timing.ts';
import type { PartitionQueue } from './partition-queue.ts';
import type { ProducerBatch } from './producer-batch.ts';

/** One batch on its way, and the queue it came from. */
export interface Dispatch {
  readonly queue: PartitionQueue;
  readonly batch: ProducerBatch;
}

/** One frame on its way. */
export interface ProduceRequest {
  readonly requestId: number;
  readonly dispatches: readonly Dispatch[];
  readonly sentMs: number;
}

export interface ConnectionListener {
  onReply(request: ProduceRequest, reply: ProduceReply): void;
  /** Batches sent with acks 0 were refused; they are forgotten here, and lost. */
  onUnawaitedReply(reply: ProduceReply): void;
  /** The stream has ended: none of these will be answered. Called once, nothing follows. */
  onLost(
    connection: ProduceConnection,
    requests: readonly ProduceRequest[],
    error: OttlaError,
  ): void;
  /** It takes frames again. */
  onWritable(): void;
  /**
   * The broker has been silent on this request for a while: its leaders may be elsewhere by now.
   */
  onSilence(request: ProduceRequest): void;
}

export interface ConnectionOptions {
  readonly nodeId: NodeId;
  readonly address: string;
  readonly listener: ConnectionListener;
  /** An older unanswered request breaks the connection. */
  readonly answerTimeoutMs: number;
}

/** After this long without an answer, and as often from then on, the metadata is asked for. */
const SILENCE_MS = 1000;

/** One Produce stream to one broker: frames out, pipelined; answers back, matched by request id. */
export class ProduceConnection {
  readonly nodeId: NodeId;
  readonly address: string;
  readonly #env: ClientEnv;
  readonly #listener: ConnectionListener;
  readonly #answerTimeoutMs: number;
  readonly #stream: Stream<ProduceFrame>;
  /** Oldest first, as maps keep their order. */
  readonly #inFlight = new Map<number, ProduceRequest>();
  #isWritable = true;
  #hasAnswered = false;
  #timer: Timer | undefined;

  constructor(env: ClientEnv, options: ConnectionOptions) {
    this.#env = env;
    this.nodeId = options.nodeId;
    this.address = options.address;
    this.#listener = options.listener;
    this.#answerTimeoutMs = options.answerTimeoutMs;
    this.#stream = env.transport.open(options.address, ClientService.produce, {
      lane: 'data',
      listener: {
        onMessage: (reply) => this.#onReply(reply),
        onDrain: () => {
          this.#isWritable = true;
          this.#listener.onWritable();
        },
        onClose: (error) => this.#onClose(error),
      },
    });
  }

  get isWritable(): boolean {
    return this.#isWritable;
  }

  /** True once a request was answered: the broker is there. */
  get hasAnswered(): boolean {
    return this.#hasAnswered;
  }

  get inFlight(): Iterable<ProduceRequest> {
    return this.#inFlight.values();
  }

  /** Sends a frame; with acks 0 nothing is waited for, and an answer tells of a failure. */
  send(frame: ProduceFrame, dispatches: readonly Dispatch[]): void {
    const { requestId, acks } = frame.header;
    if (acks !== 0) {
      const sentMs = this.#env.clock.monotonicMs();
      this.#inFlight.set(requestId, { requestId, dispatches, sentMs });
      this.#watch();
    }
    if (!this.#stream.send(frame)) this.#isWritable = false;
  }

  close(error?: OttlaError): void {
    this.#stream.close(error);
  }

  #onReply(reply: ProduceReply): void {
    const request = this.#inFlight.get(reply.requestId);
    this.#hasAnswered = true;
    this.#inFlight.delete(reply.requestId);
    if (request === undefined) this.#listener.onUnawaitedReply(reply);
    else this.#listener.onReply(request, reply);
  }

  #onClose(error: Error | undefined): void {
    this.#timer?.cancel();
    this.#isWritable = false;
    const requests = [...this.#inFlight.values()];
    this.#inFlight.clear();
    const reason =
      error === undefined
        ? new OttlaError('NETWORK_EXCEPTION', `the broker at ${this.address} ended the stream`)
        : asOttlaError(error);
    this.#listener.onLost(this, requests, reason);
  }

  /** One timer, for the oldest request; it runs only while there is one. */
  #watch(): void {
    const oldest = this.#inFlight.values().next().value;
    if (this.#timer !== undefined || oldest === undefined) return;
    const { clock } = this.#env;
    const delayMs = oldest.sentMs + SILENCE_MS - clock.monotonicMs();
    this.#timer = clock.setTimer(delayMs > 0 ? delayMs : SILENCE_MS, () => {
      this.#timer = undefined;
      this.#checkOldest();
      this.#watch();
    });
  }

  #checkOldest(): void {
    const oldest = this.#inFlight.values().next().value;
    if (oldest === undefined) return;
    const ageMs = this.#env.clock.monotonicMs() - oldest.sentMs;
    const limitMs = this.#answerTimeoutMs;
    if (ageMs >= limitMs) {
      const message = `the broker at ${this.address} did not answer within ${limitMs} ms`;
      this.close(new OttlaError('REQUEST_TIMED_OUT', message));
    } else if (ageMs >= SILENCE_MS) {
      this.#listener.onSilence(oldest);
    }
  }
}
