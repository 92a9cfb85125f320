import { OttlaError } from '../../../src/base/errors.ts';
import type { Producer } from '../../../src/client/producer/producer.ts';
import { sleep } from '../../../src/env/clock.ts';
import type { SeededRandom } from '../../support/seeded-random.ts';
import type { SimClient } from '../world/sim-client.ts';
import type { KnownTopic, WorkloadContext } from './context.ts';
import { VALUE_END } from './sim-producer.ts';
import { OF_REPEATER } from './sim-reader.ts';

export interface SimRepeaterOptions {
  readonly clients: readonly SimClient[];
  readonly random: SeededRandom;
}

/** A record by its id; who sends it, and how often, is drawn. */
interface Named {
  readonly topic: KnownTopic;
  readonly partition: number;
  readonly id: string;
}

const PAUSE_MS = 400;
/** Of these one is sent again: the newest may not be committed yet. */
const REMEMBERED = 12;
const MAX_OPEN = 40;

/** Processes that send the same records: whoever comes later sends a repeat. */
export class SimRepeater {
  readonly #context: WorkloadContext;
  readonly #options: SimRepeaterOptions;
  readonly #producers: readonly Producer[];
  readonly #open = new Map<number, Named>();
  #sendCount = 0;
  #idCount = 0;
  #last: readonly Named[] = [];
  #isOver = false;

  constructor(context: WorkloadContext, options: SimRepeaterOptions) {
    this.#context = context;
    this.#options = options;
    const { clients, random } = options;
    // The last one does not count: of a batch of repeats it leaves nothing in the log.
    this.#producers = clients.map(({ sdk }, at) =>
      sdk.producer({
        idempotent: at < clients.length - 1,
        lingerMs: random.below(3) * 8,
        batchBytes: 1024,
        deliveryTimeoutMs: 5000 + random.below(30_000),
        requestTimeoutMs: 1000 + random.below(6000),
      }),
    );
  }

  /** Records without an answer yet. */
  get openCount(): number {
    return this.#open.size;
  }

  start(): void {
    void this.#keepSending();
  }

  stop(): void {
    this.#isOver = true;
  }

  /** The topic is about to be deleted: the next one of its name knows nothing of these. */
  forget(topic: KnownTopic): void {
    this.#last = this.#last.filter((named) => named.topic !== topic);
    for (const [send, named] of this.#open) {
      if (named.topic === topic) this.#open.delete(send);
    }
  }

  async #keepSending(): Promise<void> {
    const { clients, random } = this.#options;
    const [client] = clients;
    while (client !== undefined) {
      await sleep(client.clock, random.below(2 * PAUSE_MS));
      if (this.#isOver) return;
      const burst = 1 + random.below(4);
      for (let count = 0; count < burst; count += 1) this.#sendOne();
    }
  }

  #sendOne(): void {
    const { random } = this.#options;
    const named = random.chance(1, 2) ? this.#last[random.below(REMEMBERED)] : this.#newOne();
    const producer = this.#producers[random.below(this.#producers.length)];
    if (named === undefined || producer === undefined || this.#open.size >= MAX_OPEN) return;
    this.#sendCount += 1;
    const send = this.#sendCount;
    this.#open.set(send, named);
    const { topic, partition, id } = named;
    producer
      .send({ topic: topic.name, partition, value: `${OF_REPEATER}${VALUE_END}`, messageId: id })
      .then(
        ({ offset }) => this.#onAnswered(send, named, offset),
        (error: unknown) => this.#onFailed(send, error),
      );
  }

  #newOne(): Named | undefined {
    const { random } = this.#options;
    const topics = this.#context.topics.filter(({ dedups }) => dedups);
    const topic = topics[random.below(Math.max(1, topics.length))];
    if (topic === undefined) return undefined;
    this.#idCount += 1;
    const partition = random.below(topic.partitionCount);
    const named = { topic, partition, id: `${topic.label}/${this.#idCount}` };
    this.#last = [named, ...this.#last].slice(0, REMEMBERED);
    return named;
  }

  #onAnswered(send: number, { topic, partition, id }: Named, offset: number): void {
    if (!this.#open.delete(send)) return;
    const { observer } = this.#context.world;
    observer.onIdAnswered({ topic: topic.name, partition, id, offset });
  }

  #onFailed(send: number, error: unknown): void {
    this.#open.delete(send);
    if (!(error instanceof OttlaError)) throw error;
    this.#context.world.observer.mark(`repeat.${error.code}`);
  }
}
