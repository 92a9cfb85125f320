import type { KeysOf } from '../base/known-keys.ts';
import { checkKeys } from '../base/known-keys.ts';
import { Admin } from './admin/admin.ts';
import { BrokerAddresses, parseBootstrap } from './cluster/broker-addresses.ts';
import { BrokerCalls } from './cluster/broker-calls.ts';
import { MetadataCache } from './cluster/metadata-cache.ts';
import type { ClientContext } from './context.ts';
import type { CallOptions, ClientEnv } from './env.ts';
import { Consumer } from './group/consumer.ts';
import type { ConsumerOptions } from './group/consumer-options.ts';
import type { DrainOptions } from './parking/park-worker.ts';
import { ParkWorker } from './parking/park-worker.ts';
import { Producer } from './producer/producer.ts';
import type { ProducerOptions } from './producer/producer-options.ts';
import { Reader } from './reader/reader.ts';
import type { ReaderOptions } from './reader/reader-options.ts';
import type { SpillOptions } from './spill/spill-options.ts';
import { resolveSpillOptions } from './spill/spill-options.ts';
import { SpillOver } from './spill/spill-over.ts';
import { closedError } from './timing.ts';

export interface ClientOptions {
  /** `host:port` of one broker or more, as a list or separated by commas. */
  readonly bootstrap: string | readonly string[];
  /** Names this client in its log lines and in groups it joins; default `ottla-client`. */
  readonly clientId?: string;
  /** Bound of calls that are given none of their own; default 30000. */
  readonly requestTimeoutMs?: number;
}

export const CLIENT_KEYS: KeysOf<ClientOptions> = {
  bootstrap: true,
  clientId: true,
  requestTimeoutMs: true,
};

/**
 * One client of one cluster: what it knows of the cluster is shared by its producers, readers,
 * consumers and its admin. Making one does no I/O; the first call connects. Closing it closes what
 * it made, producers after sending what they hold.
 */
export class OttlaClient {
  readonly #context: ClientContext;
  readonly #parts = new Set<{ close(options: CallOptions): Promise<void> }>();
  readonly #admin: Admin;
  #closing: Promise<void> | undefined;

  /**
   * Throws CONFIG for unknown options, and where `bootstrap` is empty or malformed. The env stays
   * the caller's.
   */
  constructor(env: ClientEnv, options: ClientOptions) {
    checkKeys('client option', options, CLIENT_KEYS);
    const clientId = options.clientId ?? 'ottla-client';
    const logger = env.logger.child({ clientId });
    const { transport, clock, random, webhooks } = env;
    const own: ClientEnv = { transport, clock, random, logger, webhooks };
    const addresses = new BrokerAddresses(parseBootstrap(options.bootstrap), random);
    this.#context = {
      ...own,
      metadata: new MetadataCache(own, addresses),
      calls: new BrokerCalls(own, addresses),
      clientId,
      requestTimeoutMs: options.requestTimeoutMs ?? 30_000,
    };
    this.#admin = new Admin(this.#context);
  }

  /** Throws CONFIG for options that cannot be, CLOSED after `close`. */
  producer<K = string | Uint8Array, V = string | Uint8Array>(
    options: ProducerOptions<K, V> = {},
  ): Producer<K, V> {
    this.#throwIfClosed();
    const producer = new Producer<K, V>(this.#context, options, () => this.#parts.delete(producer));
    this.#parts.add(producer);
    return producer;
  }

  /** Throws CONFIG for options that cannot be, CLOSED after `close`. */
  reader<K = Uint8Array, V = Uint8Array>(options: ReaderOptions<K, V>): Reader<K, V> {
    this.#throwIfClosed();
    const reader = new Reader<K, V>(this.#context, options, () => this.#parts.delete(reader));
    this.#parts.add(reader);
    return reader;
  }

  /** Throws CONFIG for options that cannot be, CLOSED after `close`. */
  consumer<K = Uint8Array, V = Uint8Array>(options: ConsumerOptions<K, V>): Consumer<K, V> {
    this.#throwIfClosed();
    const consumer = new Consumer<K, V>(this.#context, options, () => this.#parts.delete(consumer));
    this.#parts.add(consumer);
    return consumer;
  }

  /**
   * Handles what `eachBatch` has parked in a store, until the signal fires or the client closes;
   * resolves then, when the handlers under way are done. Rejects with the error of a record that
   * `onFailure` gives up with `stop`, or of the store. One at a time for a store.
   */
  async drainParked<K = Uint8Array, V = Uint8Array>(options: DrainOptions<K, V>): Promise<void> {
    this.#throwIfClosed();
    const worker = new ParkWorker<K, V>(this.#context, options);
    this.#parts.add(worker);
    await worker.run().finally(() => this.#parts.delete(worker));
  }

  /**
   * Keeps requests that a server refuses for now, as records of a topic that `replayTo` replays;
   * with a producer of its own. Throws CONFIG for options that cannot be, CLOSED after `close`.
   */
  spillOver(options: SpillOptions): SpillOver {
    const settings = resolveSpillOptions(options);
    // It ends before the caller's wait does: it knows whether the record was sent.
    const endMs = Math.ceil(settings.timeoutMs * 0.9);
    const bounds = { maxBlockMs: endMs, deliveryTimeoutMs: endMs };
    return new SpillOver(this.#context, this.producer(bounds), settings);
  }

  admin(): Admin {
    this.#throwIfClosed();
    return this.#admin;
  }

  /**
   * Resolves when all is sent and closed. Where the signal fires, or has, nothing more is waited
   * for: records that are not acknowledged by then fail with CLOSED, and consumers leave without
   * their groups knowing. A second call waits for the first.
   */
  close(options: CallOptions = {}): Promise<void> {
    this.#closing ??= this.#close(options);
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(options: CallOptions): Promise<void> {
    await Promise.all([...this.#parts].map((part) => part.close(options)));
    this.#context.metadata.close();
  }

  #throwIfClosed(): void {
    if (this.#closing !== undefined) throw closedError('client');
  }
}
