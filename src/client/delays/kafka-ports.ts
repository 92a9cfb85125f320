/**
 * What the helpers ask of a Kafka client, as `kafkajs` has it: its consumers and producers fit as
 * they are. Whoever has another client wraps it in this.
 */
type HeaderValue = Uint8Array | string;

export type KafkaHeaders = Readonly<
  Record<string, HeaderValue | readonly HeaderValue[] | undefined>
>;

export interface KafkaMessage {
  readonly key?: Uint8Array | string | null;
  readonly value: Uint8Array | string | null;
  readonly headers?: KafkaHeaders;
  /** Overrules the partitioner. */
  readonly partition?: number;
}

/** Messages of one topic, in the caller's own form: what the `send` of a producer takes. */
export interface KafkaSend<M extends KafkaMessage = KafkaMessage> {
  readonly topic: string;
  readonly messages: M[];
}

/** A message as it was read. */
export interface FetchedMessage {
  readonly key: Uint8Array | null;
  readonly value: Uint8Array | null;
  readonly headers?: KafkaHeaders;
  /** Decimal digits. */
  readonly offset: string;
  /** Milliseconds since 1970, in decimal digits. */
  readonly timestamp: string;
}

export interface FetchedBatch {
  readonly batch: {
    readonly topic: string;
    readonly partition: number;
    readonly messages: readonly FetchedMessage[];
  };
  /** It, and all before it, are done. */
  resolveOffset(offset: string): void;
  /** Commits what is done. */
  commitOffsetsIfNecessary(offsets: unknown): Promise<void>;
  uncommittedOffsets(): unknown;
  heartbeat(): Promise<void>;
  /** Fetches no more of the partition until what it returns is called; the member lives on. */
  pause(): () => void;
  isRunning(): boolean;
  /** The partition was taken, or sought. */
  isStale(): boolean;
}

/** Connected by its owner, in a group of its own, and not subscribed yet. */
export interface KafkaConsumer {
  subscribe(to: { readonly topics: string[]; readonly fromBeginning: boolean }): Promise<void>;
  run(options: {
    readonly eachBatchAutoResolve: boolean;
    readonly partitionsConsumedConcurrently: number;
    readonly eachBatch: (fetched: FetchedBatch) => Promise<void>;
  }): Promise<void>;
  stop(): Promise<void>;
}

/** Connected by its owner. */
export interface KafkaProducer {
  /** Resolves once all are acknowledged. */
  send(what: {
    readonly topic: string;
    readonly acks: number;
    // biome-ignore lint/suspicious/noExplicitAny: kafkajs wants what it could change
    readonly messages: any[];
  }): Promise<unknown>;
}
