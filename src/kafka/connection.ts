import { OttlaError } from '../base/errors.ts';
import type { ByteBudget } from '../broker/client/byte-budget.ts';
import type { ByteSocket, ByteSocketListener } from '../env/byte-listener.ts';
import type { Clock } from '../env/clock.ts';
import { Fifo } from './fifo.ts';
import { FrameReader } from './frame-reader.ts';
import type { KafkaHandler } from './handler.ts';
import { NO_ANSWER } from './handler.ts';
import type { KafkaLimits } from './limits.ts';
import type { RequestHead } from './wire/request.ts';
import { decodeRequest, routeRequest } from './wire/request.ts';
import { encodeResponse, encodeUnsupportedVersion } from './wire/response.ts';

/** What a connection needs of the server around it. */
export interface ConnectionHost {
  readonly clock: Clock;
  readonly limits: KafkaLimits;
  readonly budget: ByteBudget;
  handlerOf(apiKey: number): KafkaHandler | undefined;
  onAnswered(handler: KafkaHandler | undefined, durationMs: number): void;
  /** The connection is being ended because of what its client did or left undone. */
  onRefused(peer: string, reason: string): void;
  onClosed(connection: KafkaConnection): void;
  /** A bug surfaced while a request was served. */
  onFatal(error: Error): void;
}

/** A request from its arrival to its answer. */
interface Exchange {
  readonly head: RequestHead;
  readonly bytes: Uint8Array;
  /** Undefined: ApiVersions in a version above ours. */
  readonly handler: KafkaHandler | undefined;
  readonly arrivedMs: number;
  readonly heldBytes: number;
  /** Given, and perhaps waiting for earlier ones; empty where none is expected. */
  answer: readonly Uint8Array[] | undefined;
  onGone: (() => void) | undefined;
  onSent: (() => void) | undefined;
}

/** What a request costs beside its bytes, so that many tiny ones are bounded too. */
const REQUEST_OVERHEAD_BYTES = 512;
/** The least speed of a frame that takes long. */
const FRAME_BYTES_A_SECOND = 4096;
/** How long an ended connection may take to send its last answers. */
const LAST_WORDS_MS = 5000;
const MS_PER_SECOND = 1000;

/**
 * One client's connection: a state machine over what its socket tells. Requests are begun in the
 * order of arrival and answered in it. It holds a bounded number of bytes; beyond, its socket is
 * not read, and a client that does not take its answers gets no further ones.
 */
export class KafkaConnection implements ByteSocketListener {
  /** Of the client, without its port. */
  readonly address: string;
  readonly #host: ConnectionHost;
  readonly #socket: ByteSocket;
  readonly #reader: FrameReader;
  readonly #openedMs: number;
  readonly #resume = (): void => this.#maybeResume();
  /** Arrived, not begun. */
  readonly #waiting = new Fifo<Exchange>();
  /** Begun and not answered, in order of arrival. */
  readonly #running = new Fifo<Exchange>();
  #requestBytes = 0;
  /** Part of the budget: requests, the frame that arrives, answers that are not sent. */
  #budgetedBytes = 0;
  #unsentBytes = 0;
  #hasHadRequest = false;
  #isPaused = false;
  #isWritable = true;
  #isClosed = false;
  #endedMs: number | undefined;
  #activeMs: number;
  #frameStartMs: number | undefined;
  #stalledSinceMs: number | undefined;
  #lastPendingBytes = 0;

  constructor(host: ConnectionHost, socket: ByteSocket, address: string) {
    this.address = address;
    this.#host = host;
    this.#socket = socket;
    this.#openedMs = host.clock.monotonicMs();
    this.#activeMs = this.#openedMs;
    this.#reader = new FrameReader(host.limits.requestBytesMax, {
      onHead: (head) => this.#onHead(head),
      onFrame: (head, bytes) => this.#onFrame(head, bytes),
    });
  }

  /** Requests that have arrived and are not begun. */
  get waitingCount(): number {
    return this.#waiting.size;
  }

  get #isOver(): boolean {
    return this.#isClosed || this.#endedMs !== undefined;
  }

  onBytes(bytes: Uint8Array): void {
    if (this.#isOver) return;
    this.#activeMs = this.#host.clock.monotonicMs();
    this.#guarded(() => this.#reader.push(bytes));
    if (this.#isOver) return;
    if (!this.#reader.isMidFrame) this.#frameStartMs = undefined;
    else this.#frameStartMs ??= this.#activeMs;
    this.#account();
    this.#maybePause();
  }

  onDrain(): void {
    this.#isWritable = true;
    this.#unsentBytes = 0;
    this.#stalledSinceMs = undefined;
    this.#account();
    this.#continue();
  }

  onClose(): void {
    this.#isClosed = true;
    this.#reader.stop();
    this.#host.budget.forget(this.#resume);
    const gone = this.#running.clear();
    this.#waiting.clear();
    this.#requestBytes = 0;
    this.#account();
    for (const { onGone } of gone) onGone?.();
    this.#host.onClosed(this);
  }

  /** Looks at all deadlines; called about once a second. */
  sweep(nowMs: number): void {
    const { limits } = this.#host;
    if (this.#endedMs !== undefined) {
      if (nowMs - this.#endedMs > LAST_WORDS_MS) this.#socket.destroy();
      return;
    }
    this.#watchReader(nowMs);
    if (!this.#hasHadRequest && nowMs - this.#openedMs > limits.firstFrameMs) {
      this.#refuse(`no request within ${limits.firstFrameMs} ms`);
    } else if (this.#isFrameLate(nowMs)) {
      this.#refuse(`a request is not whole after ${limits.frameMs} ms`);
    } else if (this.#isIdle && nowMs - this.#activeMs > limits.idleMs) {
      this.#end();
    }
  }

  #onHead(head: RequestHead): 'keep' | 'skip' {
    const route = routeRequest(head);
    if (route.kind === 'unsupportedApiVersions') return 'skip';
    if (route.kind === 'serve' && this.#host.handlerOf(head.apiKey) !== undefined) return 'keep';
    throw new OttlaError(
      'UNSUPPORTED_VERSION',
      route.kind === 'refuse' ? route.reason : `API key ${head.apiKey} is not served`,
    );
  }

  #onFrame(head: RequestHead, bytes: Uint8Array): void {
    const isServed = routeRequest(head).kind === 'serve';
    const heldBytes = bytes.length + REQUEST_OVERHEAD_BYTES;
    this.#hasHadRequest = true;
    this.#frameStartMs = undefined;
    this.#requestBytes += heldBytes;
    this.#waiting.push({
      head,
      bytes,
      handler: isServed ? this.#host.handlerOf(head.apiKey) : undefined,
      arrivedMs: this.#activeMs,
      heldBytes,
      answer: undefined,
      onGone: undefined,
      onSent: undefined,
    });
  }

  /** Begins what may begin. */
  #pump(): void {
    for (let next = this.#waiting.peek(); next !== undefined; next = this.#waiting.peek()) {
      if (this.#isOver || !this.#isWritable || !this.#mayBegin(next)) return;
      this.#waiting.shift();
      this.#begin(next);
    }
  }

  /** Those that overlap run only among themselves, so the first one tells for all. */
  #mayBegin({ handler }: Exchange): boolean {
    const first = this.#running.peek();
    return first === undefined || (first.handler?.overlaps === true && handler?.overlaps === true);
  }

  #begin(exchange: Exchange): void {
    const { head, bytes, handler } = exchange;
    this.#running.push(exchange);
    if (handler === undefined) {
      this.#settle(exchange, encodeUnsupportedVersion(head.correlationId));
      return;
    }
    const { clientId, body } = decodeRequest(handler.api, bytes);
    const answer = handler.handle({
      apiVersion: head.apiVersion,
      clientId,
      body,
      peer: this.#socket.peer,
      onGone: (listener) => {
        exchange.onGone = listener;
      },
      onSent: (listener) => {
        exchange.onSent = listener;
      },
    });
    if (!(answer instanceof Promise)) {
      this.#onAnswer(exchange, handler, answer);
      return;
    }
    answer
      .then((later) => {
        if (this.#isOver) return;
        this.#onAnswer(exchange, handler, later);
        this.#continue();
      })
      .catch((error: unknown) => this.#onFailure(error));
  }

  #onAnswer(exchange: Exchange, handler: KafkaHandler, answer: unknown): void {
    if (this.#isOver) return;
    const body = answer as Parameters<typeof encodeResponse>[2];
    const parts = answer === NO_ANSWER ? [] : encodeResponse(handler.api, exchange.head, body);
    this.#settle(exchange, parts);
  }

  /** Sends the answers whose turn it is. */
  #settle(exchange: Exchange, answer: readonly Uint8Array[]): void {
    exchange.answer = answer;
    const nowMs = this.#host.clock.monotonicMs();
    this.#activeMs = nowMs;
    for (let first = this.#running.peek(); first !== undefined; first = this.#running.peek()) {
      if (first.answer === undefined) return;
      this.#running.shift();
      this.#requestBytes -= first.heldBytes;
      this.#host.onAnswered(first.handler, nowMs - first.arrivedMs);
      if (first.answer.length > 0) this.#send(first.answer, first.onSent);
    }
  }

  #send(parts: readonly Uint8Array[], onSent: (() => void) | undefined): void {
    const isTaken = this.#socket.write(parts, onSent);
    if (isTaken) return;
    this.#isWritable = false;
    this.#unsentBytes = this.#socket.pendingBytes;
  }

  /** After something ended that others may have waited for. */
  #continue(): void {
    this.#guarded(() => {});
    if (this.#isOver) return;
    this.#account();
    this.#maybeResume();
  }

  #account(): void {
    const heldBytes = this.#isClosed
      ? 0
      : this.#requestBytes + this.#reader.heldBytes + this.#unsentBytes;
    const grownBytes = heldBytes - this.#budgetedBytes;
    if (grownBytes === 0) return;
    this.#budgetedBytes = heldBytes;
    if (grownBytes > 0) this.#host.budget.take(grownBytes);
    else this.#host.budget.giveBack(-grownBytes);
  }

  /**
   * A frame that is alone on its connection is always read to its end: nothing else would ever make
   * room for it. Should only such frames be left, the one that asks for more is refused.
   */
  #maybePause(): void {
    const { budget, limits } = this.#host;
    if (budget.isFarSpent && this.#isFrameAlone) {
      this.#refuse('requests of all connections take too much memory');
      return;
    }
    const isFull = this.#requestBytes > limits.connectionBytesMax;
    const isCrowded = budget.isSpent && !this.#isFrameAlone;
    if (!isFull && !isCrowded) return;
    this.#isPaused = true;
    this.#socket.pause();
    if (isCrowded) budget.await(this.#resume);
  }

  #maybeResume(): void {
    if (!this.#isPaused || this.#isOver) return;
    const { budget, limits, clock } = this.#host;
    if (this.#requestBytes > limits.connectionBytesMax / 2) return;
    if (budget.isSpent && !this.#isFrameAlone) {
      budget.await(this.#resume);
      return;
    }
    this.#isPaused = false;
    // The pause was ours: the client gets the whole time anew.
    if (this.#frameStartMs !== undefined) this.#frameStartMs = clock.monotonicMs();
    this.#socket.resume();
  }

  get #isFrameAlone(): boolean {
    return this.#requestBytes === 0 && this.#reader.isMidFrame;
  }

  get #isIdle(): boolean {
    return this.#running.size === 0 && this.#waiting.size === 0;
  }

  #isFrameLate(nowMs: number): boolean {
    if (this.#frameStartMs === undefined || this.#isPaused) return false;
    const tookMs = nowMs - this.#frameStartMs;
    const dueBytes = (tookMs / MS_PER_SECOND) * FRAME_BYTES_A_SECOND;
    return tookMs > this.#host.limits.frameMs && this.#reader.heldBytes < dueBytes;
  }

  /** Cuts a client that has taken nothing for too long. */
  #watchReader(nowMs: number): void {
    const { pendingBytes } = this.#socket;
    const hasMoved = pendingBytes === 0 || pendingBytes < this.#lastPendingBytes;
    this.#lastPendingBytes = pendingBytes;
    if (hasMoved) this.#stalledSinceMs = undefined;
    else this.#stalledSinceMs ??= nowMs;
    if (nowMs - (this.#stalledSinceMs ?? nowMs) < this.#host.limits.slowReaderMs) return;
    this.#host.onRefused(this.#socket.peer, `${pendingBytes} bytes of answers are not read`);
    this.#endedMs = nowMs;
    this.#socket.destroy();
  }

  /** Begins what has arrived whole even where what came behind it ends the connection. */
  #guarded(act: () => void): void {
    let failure: unknown;
    try {
      act();
    } catch (error) {
      failure = error;
    }
    try {
      this.#pump();
    } catch (error) {
      failure ??= error;
    }
    if (failure !== undefined) this.#onFailure(failure);
  }

  #onFailure(error: unknown): void {
    if (error instanceof OttlaError) {
      this.#refuse(error.message);
      return;
    }
    this.#end();
    this.#host.onFatal(error instanceof Error ? error : new Error(String(error)));
  }

  #refuse(reason: string): void {
    if (this.#isOver) return;
    this.#host.onRefused(this.#socket.peer, reason);
    this.#end();
  }

  /** Answers that were given before are still sent. */
  #end(): void {
    if (this.#isOver) return;
    this.#endedMs = this.#host.clock.monotonicMs();
    this.#reader.stop();
    this.#socket.end();
  }
}
