import type {
  FetchedBatch,
  FetchedMessage,
  KafkaConsumer,
  KafkaMessage,
  KafkaProducer,
} from '../../../../src/client/delays/kafka-ports.ts';
import type { Clock } from '../../../../src/env/clock.ts';
import { sleep } from '../../../../src/env/clock.ts';
import type { KeyValueStore } from '../../../../src/env/key-value-store.ts';

const POLL_MS = 10;
/** Of one fetch. */
const BATCH_COUNT = 4;

/** What a process does to the world, and where it is killed: before or after one of its effects. */
export class Mortality {
  #left: number;
  isDead = false;

  constructor(effects = Number.POSITIVE_INFINITY) {
    this.#left = effects;
  }

  /** What changes nothing counts for nothing. */
  async look<T>(run: () => Promise<T>): Promise<T> {
    return this.isDead ? await new Promise(() => {}) : await run();
  }

  /** Never settles once the process is dead. */
  async effect<T>(run: () => Promise<T> | T): Promise<T> {
    await this.#live();
    const result = await run();
    await this.#live();
    return result;
  }

  async #live(): Promise<void> {
    this.#left -= 1;
    if (this.#left < 0) this.isDead = true;
    if (this.isDead) await new Promise(() => {});
  }
}

export interface Received extends KafkaMessage {
  readonly atMs: number;
}

/** A cluster that outlives its clients; its consumers fetch, commit and pause as kafkajs does. */
export class MortalKafka {
  readonly #clock: Clock;
  readonly #partitions = new Map<string, FetchedMessage[]>();
  readonly #committed = new Map<string, number>();
  /** By topic, what producers sent. */
  readonly received = new Map<string, Received[]>();
  /** Topics that take nothing. */
  readonly refused = new Set<string>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  append(topic: string, partition: number, message: KafkaMessage): void {
    const log = this.#log(topic, partition);
    const bytes = (given: Uint8Array | string | null | undefined): Uint8Array | null =>
      typeof given === 'string' ? Buffer.from(given) : (given ?? null);
    log.push({
      key: bytes(message.key),
      value: bytes(message.value),
      headers: message.headers ?? {},
      offset: String(log.length),
      timestamp: String(this.#clock.wallMs()),
    });
  }

  /** As where a topic is made anew, while the group's commits are forgotten. */
  forget(): void {
    this.#committed.clear();
  }

  producer(mortality: Mortality): KafkaProducer {
    return {
      send: ({ topic, messages }) =>
        mortality.effect(() => {
          if (this.refused.has(topic)) throw new Error(`${topic} is not there`);
          const received = this.received.get(topic) ?? [];
          const atMs = this.#clock.wallMs();
          received.push(...messages.map((message: KafkaMessage) => ({ ...message, atMs })));
          this.received.set(topic, received);
        }),
    };
  }

  consumer(topic: string, mortality: Mortality): KafkaConsumer {
    let isRunning = true;
    let ended = Promise.resolve();
    const poll = async (eachBatch: (fetched: FetchedBatch) => Promise<void>): Promise<void> => {
      const positions = new Map(this.#committed);
      const paused = new Set<string>();
      while (isRunning && !mortality.isDead) {
        for (const [name, log] of this.#partitions) {
          const at = positions.get(name) ?? 0;
          const messages = log.slice(at, at + BATCH_COUNT);
          if (!name.startsWith(`${topic}/`) || paused.has(name) || messages.length === 0) continue;
          const partition = Number(name.slice(topic.length + 1));
          const fetched: FetchedBatch = {
            batch: { topic, partition, messages },
            resolveOffset: (offset) => positions.set(name, Number(offset) + 1),
            uncommittedOffsets: () => positions.get(name),
            commitOffsetsIfNecessary: (offset) =>
              mortality.effect(() => void this.#committed.set(name, Number(offset))),
            heartbeat: async () => {},
            pause: () => {
              paused.add(name);
              return () => paused.delete(name);
            },
            isRunning: () => isRunning,
            isStale: () => false,
          };
          // As kafkajs: it is tried again.
          await eachBatch(fetched).catch(() => {});
        }
        await sleep(this.#clock, POLL_MS);
      }
    };
    return {
      subscribe: async () => {},
      run: async ({ eachBatch }) => {
        ended = poll(eachBatch);
      },
      stop: async () => {
        isRunning = false;
        await ended;
      },
    };
  }

  #log(topic: string, partition: number): FetchedMessage[] {
    const name = `${topic}/${partition}`;
    const log = this.#partitions.get(name) ?? [];
    this.#partitions.set(name, log);
    return log;
  }
}

/** A store whose batches are effects of a process. */
export const mortalStore = (store: KeyValueStore, mortality: Mortality): KeyValueStore => ({
  get: (key) => mortality.look(() => store.get(key)),
  batch: (operations, options) => mortality.effect(() => store.batch(operations, options)),
  entries: (range) => mortality.look(() => store.entries(range)),
  close: () => store.close(),
});
