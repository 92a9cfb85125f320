import { OttlaError } from '../../base/errors.ts';
import { randomId } from '../../env/random.ts';
import type { ClientContext } from '../context.ts';
import { ProduceError } from '../producer/produce-error.ts';
import type { Producer } from '../producer/producer.ts';
import type { RecordMetadata } from '../producer/producer-record.ts';
import { asOttlaError } from '../timing.ts';
import type { RefusedRequest } from './refused-request.ts';
import { allowedHeaders, checkRequestLine, rawPairs } from './refused-request.ts';
import type { ServerRequest, ServerResponse } from './server-ports.ts';
import { readBody } from './server-ports.ts';
import { acceptedAnswer, refusalAnswer } from './spill-answer.ts';
import type { SpillAnswer, Spilled, SpillSettings } from './spill-options.ts';
import type { SpilledRequest } from './spilled-request.ts';
import { spillRecord } from './spilled-request.ts';

/**
 * Keeps requests that a server refuses for now, as records of a topic, for `replayTo` to send them
 * again. What is said to be kept is on the disks of the in-sync replicas.
 */
export class SpillOver {
  readonly #context: ClientContext;
  readonly #producer: Producer;
  readonly #settings: SpillSettings;

  /** Made by `OttlaClient.spillOver`; the producer is its own, with acks=all. */
  constructor(context: ClientContext, producer: Producer, settings: SpillSettings) {
    this.#context = context;
    this.#producer = producer;
    this.#settings = settings;
  }

  /**
   * Resolves when the request is kept. Rejects with MESSAGE_TOO_LARGE or INVALID_REQUEST (not
   * kept), and with `ProduceError` where the brokers did not take it within `timeoutMs`, by
   * DELIVERY_TIMEOUT for one: where that is `maybeApplied` it may be replayed all the same.
   */
  async keep(refused: RefusedRequest): Promise<Spilled> {
    const request = this.#requestOf(refused);
    const { topic, key } = this.#settings;
    const chosen = key?.(request) ?? null;
    const keyBytes = typeof chosen === 'string' ? Buffer.from(chosen, 'utf8') : chosen;
    const { partition, offset } = await this.#send({
      ...spillRecord(request),
      topic,
      key: keyBytes,
    });
    return { topic, partition, offset, request };
  }

  /**
   * What to answer to the request: 202 when it is kept, 413 where its body is too large, 400 where
   * it cannot be replayed, 503 with `retry-after` where it may not be kept. Rejects with CONFIG,
   * and nothing else, where the body is neither bytes nor text.
   */
  async answer(refused: RefusedRequest): Promise<SpillAnswer> {
    return await this.#answer(refused, async () => refused);
  }

  /**
   * Keeps and answers a request of `node:http`, or of what is built on it. Its body is read here,
   * unless it is given. Resolves when it is answered; 408 where the body does not come in time.
   * Rejects with CONFIG where the body was read already, and not given.
   */
  async handle(
    request: ServerRequest,
    response: ServerResponse,
    body?: Uint8Array | string,
  ): Promise<void> {
    const { status, headers, body: text } = await this.answerTo(request, body);
    response.writeHead(status, { ...headers });
    response.end(text);
  }

  /** As `handle`, of a server that sends the answer itself. */
  async answerTo(request: ServerRequest, body?: Uint8Array | string): Promise<SpillAnswer> {
    const { method = '', url = '', rawHeaders } = request;
    const { maxBodyBytes: maxBytes, timeoutMs } = this.#settings;
    const line = { method, url, headers: rawPairs(rawHeaders) };
    return await this.#answer(line, async () => {
      const { clock } = this.#context;
      return { ...line, body: body ?? (await readBody(request, { clock, maxBytes, timeoutMs })) };
    });
  }

  /** Keeps no more; what is being kept is waited for. The client's `close` does the same. */
  async close(): Promise<void> {
    await this.#producer.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #answer(
    { method, url }: Pick<RefusedRequest, 'method' | 'url'>,
    whole: () => Promise<RefusedRequest>,
  ): Promise<SpillAnswer> {
    let spilled: Spilled;
    try {
      spilled = await this.keep(await whole());
    } catch (thrown) {
      const error = asOttlaError(thrown);
      if (error.code === 'CONFIG') throw error;
      const { code, message } = error;
      this.#context.logger.warn('a refused request is not kept', { method, url, code, message });
      return refusalAnswer(error, this.#settings);
    }
    return this.#accepted(spilled);
  }

  /** It is kept, whatever goes wrong here. */
  #accepted(spilled: Spilled): SpillAnswer {
    const { accepted, statusUrl } = this.#settings;
    try {
      if (accepted !== undefined) return accepted(spilled);
      return acceptedAnswer(spilled, statusUrl?.(spilled.request));
    } catch (error) {
      this.#context.logger.error('the answer to a kept request failed', { error: String(error) });
      return acceptedAnswer(spilled, undefined);
    }
  }

  #requestOf(refused: RefusedRequest): SpilledRequest {
    checkRequestLine(refused);
    const { method, url, headers, body } = refused;
    const { maxBodyBytes, headers: allowed } = this.#settings;
    const bytes = typeof body === 'string' ? Buffer.from(body, 'utf8') : (body ?? new Uint8Array());
    if (!(bytes instanceof Uint8Array)) {
      throw new OttlaError('CONFIG', 'the body of a request is given as bytes or text, as it came');
    }
    if (bytes.length > maxBodyBytes) {
      throw new OttlaError('MESSAGE_TOO_LARGE', `the body is above ${maxBodyBytes} bytes`);
    }
    const { random, clock } = this.#context;
    return {
      id: randomId(random),
      method,
      url,
      headers: allowedHeaders(headers, allowed),
      body: bytes,
      refusedMs: clock.wallMs(),
    };
  }

  /** Whatever the brokers do, it is over after `timeoutMs`. */
  async #send(record: Parameters<Producer['sendStored']>[0]): Promise<RecordMetadata> {
    const { clock } = this.#context;
    const { topic, timeoutMs } = this.#settings;
    const over = new AbortController();
    const timer = clock.setTimer(timeoutMs, () => over.abort());
    try {
      return await this.#producer.sendStored(record, { signal: over.signal });
    } catch (cause) {
      if (!over.signal.aborted) throw cause;
      const text = `the brokers did not take the request within timeoutMs=${timeoutMs}`;
      throw new ProduceError('DELIVERY_TIMEOUT', text, { topic, cause });
    } finally {
      timer.cancel();
    }
  }
}
