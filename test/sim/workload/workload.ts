import { sleep } from '../../../src/env/clock.ts';
import { History } from '../../chaos/checker/history.ts';
import type { SeededRandom } from '../../support/seeded-random.ts';
import type { SimClient } from '../world/sim-client.ts';
import type { World } from '../world.ts';
import type { Judged, KnownTopic, WorkloadContext } from './context.ts';
import { GroupLoad } from './group-load.ts';
import type { GroupPlan } from './group-plan.ts';
import { judge } from './judge.ts';
import type { SimSchedule } from './schedules.ts';
import { SimChanger } from './sim-changer.ts';
import { SimProducer } from './sim-producer.ts';
import { SimReader } from './sim-reader.ts';
import { SimRepeater } from './sim-repeater.ts';

export interface WorkloadOptions {
  readonly producerCount: number;
  readonly readerCount: number;
  /** Mean pause between two records of one producer. */
  readonly pauseMs: number;
  /** All producers together send no more than this. */
  readonly maxRecords?: number;
  readonly groups: readonly GroupPlan[];
  /** By which records repeat, where topics hold them back; none: no record does. */
  readonly schedules: readonly SimSchedule[];
}

/** A topic that was made, or has grown. */
interface MadeTopic extends Pick<KnownTopic, 'name' | 'partitionCount'> {
  readonly keeps?: KnownTopic['keeps'];
  readonly delays?: boolean;
  readonly dedups?: boolean;
}

const READER_LIFE_MS = 8000;

/** Producers and readers that go on through every fault, and the history of what they saw. */
export class Workload implements WorkloadContext {
  readonly world: World;
  readonly history = new History();
  readonly topics: KnownTopic[] = [];
  /** Every topic there ever was. */
  readonly #allTopics: KnownTopic[] = [];
  /** How many operations there were when a topic began to be deleted. */
  readonly #deletedAt = new Map<KnownTopic, number>();
  readonly #options: WorkloadOptions;
  readonly #random: SeededRandom;
  readonly #producers = new Map<string, SimProducer>();
  readonly #readers = new Map<string, SimReader>();
  readonly #groups: readonly GroupLoad[];
  /** Those that repeat, by value, and the times that they were to be given. */
  readonly #repeating = new Map<string, Set<number>>();
  #changer: SimChanger | undefined;
  #repeater: SimRepeater | undefined;
  #runCount = 0;
  #claimedCount = 0;
  #acknowledgedCount = 0;
  #isOver = false;

  constructor(world: World, options: WorkloadOptions) {
    this.world = world;
    this.#options = options;
    this.#random = world.random.fork('workload');
    this.#groups = options.groups.map(
      (plan) => new GroupLoad(this, plan, this.#random.fork(plan.groupId)),
    );
  }

  get acknowledgedCount(): number {
    return this.#acknowledgedCount;
  }

  claimRecord(): boolean {
    if (this.#claimedCount >= (this.#options.maxRecords ?? Number.POSITIVE_INFINITY)) return false;
    this.#claimedCount += 1;
    return true;
  }

  onRepeating(value: string): void {
    this.#repeating.set(value, new Set());
  }

  onRescheduled(value: string, dueMs: number): void {
    this.#repeating.get(value)?.add(dueMs);
    this.world.observer.onDelayedAsked({ value, dueMs });
  }

  onAcknowledged(): void {
    this.#acknowledgedCount += 1;
  }

  /** Records sent, and changes of those that wait, that are not yet settled. */
  get openCount(): number {
    const others = (this.#changer?.openCount ?? 0) + (this.#repeater?.openCount ?? 0);
    return [...this.#producers.values()].reduce((sum, { openCount }) => sum + openCount, others);
  }

  /** The topic exists: records may go to it from here on. */
  onTopic(made: MadeTopic): void {
    const { name, partitionCount, keeps = 'all', delays = false, dedups = false } = made;
    const known = this.topics.find((topic) => topic.name === name);
    if (known !== undefined) {
      known.partitionCount = Math.max(known.partitionCount, partitionCount);
      return;
    }
    const earlier = this.#allTopics.filter((topic) => topic.name === name).length;
    const label = earlier === 0 ? name : `${name}#${earlier + 1}`;
    const isKept = this.#options.groups.some(({ topics: [first] }) => first === name);
    const topic = { name, label, keeps, delays, dedups, isKept, partitionCount };
    this.topics.push(topic);
    this.#allTopics.push(topic);
  }

  /** The topic is about to be deleted: nobody begins to use it any more. */
  forgetTopic(topic: KnownTopic): void {
    this.topics.splice(this.topics.indexOf(topic), 1);
    this.#deletedAt.set(topic, this.history.operations.length);
    for (const producer of this.#producers.values()) producer.forget(topic);
    this.#changer?.forget(topic);
    this.#repeater?.forget(topic);
  }

  start(): void {
    const { producerCount, readerCount } = this.#options;
    for (let at = 1; at <= producerCount; at += 1) this.#startProducer(`p${at}`);
    for (let at = 1; at <= readerCount; at += 1) this.#startReader(`r${at}`);
    for (const group of this.#groups) group.start();
    if (this.topics.some(({ delays }) => delays)) this.#startChanger();
    if (this.topics.some(({ dedups }) => dedups)) this.#startRepeater();
  }

  /** The process of one producer is gone: nobody knows what became of its open records. */
  crashProducer(): void {
    const names = [...this.#producers.keys()];
    const name = names[this.#random.below(names.length)];
    if (name === undefined || this.#isOver) return;
    this.#producers.get(name)?.kill();
    this.#startProducer(name);
  }

  /** No record is sent any more, and readers end. Those that are open may still settle. */
  stop(): void {
    this.#isOver = true;
    for (const producer of this.#producers.values()) producer.stop();
    for (const reader of this.#readers.values()) reader.stop();
    this.#changer?.stop();
    this.#repeater?.stop();
    for (const group of this.#groups) group.calm();
  }

  /** Every group handles its topic up to `ends` (exclusive, by key), and then is no more. */
  async drainGroups(ends: ReadonlyMap<string, number>, limitMs: number): Promise<void> {
    const kept = this.topics.filter(({ isKept }) => isKept);
    for (const group of this.#groups) {
      const [topic] = group.plan.topics;
      const keys = kept
        .filter(({ name }) => name === topic)
        .flatMap((one) => [...ends].filter(([key]) => isOf(one, key)));
      await group.untilDrained(new Map(keys), limitMs);
    }
    for (const group of this.#groups) group.stop();
  }

  /** Reads every partition from its start up to `ends` (exclusive, by key), as one new process. */
  async readAll(ends: ReadonlyMap<string, number>, limitMs: number): Promise<void> {
    const reader = this.#readerOf('final', this.world.client('final'));
    reader.open('earliest');
    const isDone = await this.world.until(() => reader.hasReached(ends), limitMs);
    reader.stop();
    if (isDone) return;
    const missing = reader.describeMissing(ends);
    this.world.observer.violate('liveness', `the last reader waits for ${missing}`);
    this.world.throwIfViolated();
  }

  /** What the clients saw, all in all: what breaks the promise of its topic, in one line each. */
  judge(logStarts: ReadonlyMap<string, number>): string[] {
    const topics = this.#allTopics.map(
      (topic): Judged => ({ ...topic, deletedAt: this.#deletedAt.get(topic) }),
    );
    const cancelled = this.#changer?.cancelled ?? new Map();
    return judge(this.history.operations, {
      topics,
      logStarts,
      cancelled,
      repeating: this.#repeating,
    });
  }

  #startProducer(name: string): void {
    const process = this.#processName(name);
    const client = this.world.client(name);
    const random = this.#random.fork(name);
    const producer = new SimProducer(this, {
      client,
      process,
      random,
      pauseMs: this.#options.pauseMs,
      schedules: this.#options.schedules,
    });
    this.#producers.set(name, producer);
    producer.start();
  }

  #startChanger(): void {
    const client = this.world.client('changer');
    this.#changer = new SimChanger(this, { client, random: this.#random.fork('changer') });
    this.#changer.start();
  }

  #startRepeater(): void {
    const clients = ['repeater1', 'repeater2'].map((name) => this.world.client(name));
    this.#repeater = new SimRepeater(this, { clients, random: this.#random.fork('repeater') });
    this.#repeater.start();
  }

  #startReader(name: string): void {
    const client = this.world.client(name);
    void this.#keepReading(name, client);
  }

  /** One reader after another: some go on where the last one was, some begin anew. */
  async #keepReading(name: string, client: SimClient): Promise<void> {
    const random = this.#random.fork(name);
    let last: SimReader | undefined;
    while (!this.#isOver) {
      const reader = this.#readerOf(name, client);
      this.#readers.set(name, reader);
      reader.open(random.chance(1, 2) ? 'earliest' : (last?.positions ?? 'earliest'));
      await sleep(client.clock, 1000 + random.below(READER_LIFE_MS));
      reader.stop();
      last = reader;
    }
  }

  #readerOf(name: string, client: SimClient): SimReader {
    return new SimReader(this, { client, process: this.#processName(name) });
  }

  #processName(name: string): string {
    this.#runCount += 1;
    return `${name}.${this.#runCount}`;
  }
}

const isOf = ({ label }: KnownTopic, key: string): boolean =>
  key.slice(0, key.lastIndexOf('-')) === label;
