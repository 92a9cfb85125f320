import { OttlaError } from '../../../src/base/errors.ts';
import type { DelayedAdmin } from '../../../src/client/admin/delayed-admin.ts';
import type { DelayedRecordId } from '../../../src/client/admin/delayed-types.ts';
import type { TimedCallOptions } from '../../../src/client/env.ts';
import { sleep } from '../../../src/env/clock.ts';
import type { SeededRandom } from '../../support/seeded-random.ts';
import type { SimClient } from '../world/sim-client.ts';
import type { KnownTopic, WorkloadContext } from './context.ts';
import { topicOf } from './late-readers.ts';
import { MAX_DELAY_MS } from './sim-producer.ts';
import { idOf } from './sim-reader.ts';

export interface SimChangerOptions {
  readonly client: SimClient;
  readonly random: SeededRandom;
}

/** A record that waited when it was looked up. */
interface Target {
  readonly topic: KnownTopic;
  readonly id: DelayedRecordId;
  readonly value: string;
}

const PAUSE_MS = 600;
/** Of those due next, of which one is chosen: the nearer, the likelier it is being delivered. */
const LOOKED_AT = 8;
/** Who asks again, for one that was changed before, meets one of the last. */
const REMEMBERED = 6;

/** One process that cancels records that wait, and gives others another time. */
export class SimChanger {
  /** By value: nobody knows of one that may be cancelled whether it is, until that is answered. */
  readonly cancelled = new Map<string, 'maybe' | 'surely'>();
  readonly #context: WorkloadContext;
  readonly #options: SimChangerOptions;
  readonly #delayed: DelayedAdmin;
  #last: readonly Target[] = [];
  #underWay: { readonly topic: KnownTopic; readonly controller: AbortController } | undefined;
  #isOver = false;

  constructor(context: WorkloadContext, options: SimChangerOptions) {
    this.#context = context;
    this.#options = options;
    this.#delayed = options.client.sdk.admin().delayed;
  }

  /** Questions and changes without an answer yet. */
  get openCount(): number {
    return this.#underWay === undefined ? 0 : 1;
  }

  start(): void {
    void this.#keepChanging();
  }

  stop(): void {
    this.#isOver = true;
  }

  /** The topic is about to be deleted: what is asked about it must not reach the next one of its name. */
  forget(topic: KnownTopic): void {
    if (this.#underWay?.topic === topic) this.#underWay.controller.abort();
  }

  async #keepChanging(): Promise<void> {
    const { client, random } = this.#options;
    for (;;) {
      await sleep(client.clock, random.below(2 * PAUSE_MS));
      if (this.#isOver) return;
      const topics = this.#context.topics.filter(({ delays }) => delays);
      const topic = topics[random.below(Math.max(1, topics.length))];
      if (topic === undefined) continue;
      const controller = new AbortController();
      this.#underWay = { topic, controller };
      await this.#changeOne(topic, controller.signal);
      this.#underWay = undefined;
    }
  }

  async #changeOne(topic: KnownTopic, signal: AbortSignal): Promise<void> {
    const { random } = this.#options;
    const again = random.chance(1, 4) ? this.#last[random.below(REMEMBERED)] : undefined;
    const target = again?.topic === topic ? again : await this.#look(topic, signal);
    if (target === undefined) return;
    this.#last = [target, ...this.#last].slice(0, REMEMBERED);
    const options = { timeoutMs: 500 + random.below(8000), signal };
    if (random.chance(1, 2)) await this.#cancel(target, options);
    else await this.#reschedule(target, options);
  }

  /** One of those that are due next in a partition; undefined where none can be told. */
  async #look(topic: KnownTopic, signal: AbortSignal): Promise<Target | undefined> {
    const { random } = this.#options;
    const partition = random.below(topic.partitionCount);
    const ids: DelayedRecordId[] = [];
    try {
      for await (const id of this.#delayed.list(topic.name, { partition }, { signal })) {
        if (ids.push(id) === LOOKED_AT) break;
      }
      const id = ids[random.below(Math.max(1, ids.length))];
      if (id === undefined) return undefined;
      const whole = await this.#delayed.get(id, { timeoutMs: 3000, signal });
      const value = idOf(whole.value);
      return this.#isSentTo(topic, value) ? { topic, id, value } : undefined;
    } catch (error) {
      this.#mark('look', error);
      return undefined;
    }
  }

  /** A broker that has not heard of it may still tell what waits in an older topic of the name. */
  #isSentTo({ label }: KnownTopic, value: string): boolean {
    return this.#context.history.operations.some(
      (operation) =>
        operation.f === 'send' &&
        operation.sent.some((one) => one.value === value && topicOf(one.key) === label),
    );
  }

  async #cancel(target: Target, options: TimedCallOptions): Promise<void> {
    const { value, id } = target;
    if (!this.cancelled.has(value)) this.cancelled.set(value, 'maybe');
    try {
      await this.#delayed.cancel(id, options);
    } catch (error) {
      this.#mark('cancel', error);
      if (isRefused(error)) this.#tell(target, { kind: 'cancel', isDone: false });
      return;
    }
    if (!this.#tell(target, { kind: 'cancel', isDone: true })) return;
    this.cancelled.set(value, 'surely');
  }

  async #reschedule(target: Target, options: TimedCallOptions): Promise<void> {
    const { random, client } = this.#options;
    const delayMs = random.below([50, 3000, MAX_DELAY_MS][random.below(3)] ?? 1);
    const dueMs = Math.floor(client.clock.wallMs()) + delayMs;
    this.#context.onRescheduled(target.value, dueMs);
    try {
      await this.#delayed.reschedule(target.id, { deliverAt: dueMs }, options);
    } catch (error) {
      this.#mark('reschedule', error);
      if (isRefused(error)) this.#tell(target, { kind: 'reschedule', isDone: false });
      return;
    }
    this.#tell(target, { kind: 'reschedule', dueMs, isDone: true });
  }

  /** False where the topic was deleted: the next one of its name may have been asked. */
  #tell(
    { topic, value }: Target,
    change: { kind: 'cancel' | 'reschedule'; isDone: boolean; dueMs?: number },
  ): boolean {
    const { topics, world } = this.#context;
    if (!topics.includes(topic)) return false;
    const isKept = topic.keeps === 'all';
    world.observer.onDelayedChanged({ topic: topic.name, value, isKept, ...change });
    return true;
  }

  #mark(what: string, error: unknown): void {
    if (!(error instanceof OttlaError)) throw error;
    this.#context.world.observer.mark(`delayed.${what}.${error.code}`);
  }
}

const isRefused = (error: unknown): boolean =>
  error instanceof OttlaError && error.code === 'RESOURCE_NOT_FOUND';
