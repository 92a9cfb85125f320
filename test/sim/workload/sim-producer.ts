import { describeError, OttlaError } from '../../../src/base/errors.ts';
import type { Producer } from '../../../src/client/producer/producer.ts';
import type { ProducerRecord } from '../../../src/client/producer/producer-record.ts';
import type { Repeat } from '../../../src/client/producer/repeat.ts';
import { sleep } from '../../../src/env/clock.ts';
import type { SeededRandom } from '../../support/seeded-random.ts';
import type { SimClient } from '../world/sim-client.ts';
import type { KnownTopic, WorkloadContext } from './context.ts';
import { isUncertain, keyOf, mayMeetOldMetadata } from './context.ts';
import type { SimSchedule } from './schedules.ts';

export interface SimProducerOptions {
  readonly client: SimClient;
  /** Its name in the history. */
  readonly process: string;
  readonly random: SeededRandom;
  readonly pauseMs: number;
  /** By which some of its records repeat, where they may wait. */
  readonly schedules: readonly SimSchedule[];
}

interface OpenSend {
  readonly topic: KnownTopic;
  readonly partition: number;
  readonly value: string;
  readonly delay: Delay;
}

type Delay = Pick<ProducerRecord<never, never>, 'delayMs' | 'deliverAt' | 'repeat'>;

const told = ({ topic, partition, value }: OpenSend): { key: string; value: string } => ({
  key: keyOf(topic, partition),
  value,
});

/** More open records than this are not added to. */
const MAX_OPEN = 60;
const MAX_PADDING_BYTES = 300;

/** No record waits longer, by the clock that its delay is counted by. */
export const MAX_DELAY_MS = 40_000;

/** Of those that wait one in so many repeats, where any do. */
const REPEATING_SHARE = 20;

/** The value of a record stands before this, padding behind it. */
export const VALUE_END = '|';

const repeatOf = ({ cron, timeZone }: SimSchedule): Repeat =>
  timeZone === undefined ? { cron } : { cron, timeZone };

/** One process that sends unique values, acks=all and idempotent, and never waits for the answer. */
export class SimProducer {
  readonly #context: WorkloadContext;
  readonly #options: SimProducerOptions;
  readonly #producer: Producer;
  readonly #open = new Map<number, OpenSend>();
  #count = 0;
  #isOver = false;

  constructor(context: WorkloadContext, options: SimProducerOptions) {
    this.#context = context;
    this.#options = options;
    const { client, random } = options;
    this.#producer = client.sdk.producer({
      lingerMs: random.below(3) * 8,
      batchBytes: 1024,
      maxInFlightPerPartition: 1 + random.below(5),
      deliveryTimeoutMs: 5000 + random.below(40_000),
      requestTimeoutMs: 1000 + random.below(6000),
    });
  }

  get openCount(): number {
    return this.#open.size;
  }

  start(): void {
    void this.#keepSending();
  }

  stop(): void {
    this.#isOver = true;
  }

  kill(): void {
    this.#isOver = true;
    this.#options.client.kill();
    this.#giveUp(() => true);
  }

  /** The topic is about to be deleted: what is open may still come in, or never. */
  forget(topic: KnownTopic): void {
    this.#giveUp((sent) => sent.topic === topic);
  }

  #giveUp(isMeant: (sent: OpenSend) => boolean): void {
    for (const [invocation, sent] of this.#open) {
      if (!isMeant(sent)) continue;
      this.#open.delete(invocation);
      this.#record({ type: 'info', invocation, sent: [told(sent)] });
    }
  }

  async #keepSending(): Promise<void> {
    const { client, random, pauseMs } = this.#options;
    while (!this.#isOver) {
      await sleep(client.clock, random.below(2 * pauseMs));
      const burst = random.chance(1, 8) ? 1 + random.below(12) : 1;
      for (let count = 0; count < burst; count += 1) this.#sendOne();
    }
  }

  #sendOne(): void {
    const { topics } = this.#context;
    const { random, process } = this.#options;
    const topic = topics[random.below(Math.max(1, topics.length))];
    if (topic === undefined || this.#isOver || this.#open.size >= MAX_OPEN) return;
    if (!this.#context.claimRecord()) return;
    const partition = random.below(topic.partitionCount);
    this.#count += 1;
    const value = `${process}-${this.#count}`;
    const delay = topic.delays ? this.#drawDelay() : {};
    if (delay.repeat !== undefined) this.#context.onRepeating(value);
    const sent = { topic, partition, value, delay };
    const invocation = this.#record({ type: 'invoke', sent: [told(sent)] });
    this.#open.set(invocation, sent);
    const text = `${value}${VALUE_END}${'x'.repeat(random.below(MAX_PADDING_BYTES))}`;
    this.#producer.send({ topic: topic.name, partition, value: text, ...delay }).then(
      ({ offset }) => this.#onDelivered(invocation, sent, offset),
      (error: unknown) => this.#onFailed(invocation, sent, error),
    );
  }

  /** Two in three are not delayed; the others mostly so little that they meet their own commit. */
  #drawDelay(): Delay {
    const { random, client, schedules } = this.#options;
    if (!random.chance(1, 3)) return {};
    if (schedules.length > 0 && random.chance(1, REPEATING_SHARE)) {
      const schedule = schedules[random.below(schedules.length)];
      return schedule === undefined ? {} : { repeat: repeatOf(schedule) };
    }
    const delayMs = random.below([50, 1000, 5000, MAX_DELAY_MS][random.below(4)] ?? 1);
    if (random.chance(1, 2)) return { delayMs };
    return { deliverAt: Math.floor(client.clock.wallMs()) + delayMs };
  }

  #onDelivered(invocation: number, sent: OpenSend, offset: number): void {
    if (!this.#open.delete(invocation)) return;
    const { topic, partition } = sent;
    const { observer } = this.#context.world;
    const isKnown = offset >= 0;
    this.#context.onAcknowledged();
    this.#record({ type: 'ok', invocation, sent: [{ ...told(sent), ...(isKnown && { offset }) }] });
    if (!isKnown && topic.delays) {
      const { value } = sent;
      observer.onDelayedAcknowledged({ topic: topic.name, partition, value });
    }
    if (!isKnown) return;
    observer.onAcknowledged({ topic: topic.name, partition, offset });
  }

  #onFailed(invocation: number, sent: OpenSend, error: unknown): void {
    if (!this.#open.delete(invocation)) return;
    const type = isUncertain(error) ? 'info' : 'fail';
    const code = error instanceof OttlaError ? error.code : 'no code';
    const { observer } = this.#context.world;
    observer.mark(`send.${type}.${code}`);
    // The load asks for nothing that the producer does not know.
    if (code === 'CONFIG') observer.violate('accepted-options', describeError(error));
    // Records go only to partitions whose making was acknowledged.
    if (code === 'INVALID_PARTITIONS' && !mayMeetOldMetadata(this.#context)) {
      observer.violate('partitions-known', `${this.#options.process}: ${describeError(error)}`);
    }
    this.#record({ type, invocation, sent: [told(sent)] });
  }

  #record(operation: {
    readonly type: 'invoke' | 'ok' | 'fail' | 'info';
    readonly invocation?: number;
    readonly sent: ReadonlyArray<{ key: string; value: string; offset?: number }>;
  }): number {
    const { history, world } = this.#context;
    const { process } = this.#options;
    return history.add({ ...operation, f: 'send', process, timeMs: world.nowMs });
  }
}
