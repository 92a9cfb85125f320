import { OttlaError } from '../../../src/base/errors.ts';
import type { Producer } from '../../../src/client/producer/producer.ts';
import { sleep } from '../../../src/env/clock.ts';
import type { SeededRandom } from '../../support/seeded-random.ts';
import type { World } from '../world.ts';
import { isUncertain } from './context.ts';

interface Sent {
  readonly value: string | null;
  outcome: 'open' | 'acknowledged' | 'refused' | 'unknown';
}

const KEY_COUNT = 12;
const PAUSE_MS = 60;
const MAX_OPEN = 20;

/** One producer of a compacted topic, which writes the same keys over and over, and what it knows. */
export class KeyedLoad {
  readonly #world: World;
  readonly #topic: string;
  readonly #random: SeededRandom;
  readonly #producer: Producer;
  /** By key, in the order in which they were sent: an idempotent producer keeps it. */
  readonly #sent = new Map<string, Sent[]>();
  #openCount = 0;
  #count = 0;
  #isOver = false;

  constructor(world: World, topic: string) {
    this.#world = world;
    this.#topic = topic;
    this.#random = world.random.fork('keyed');
    this.#producer = world.client('keyed').sdk.producer({
      lingerMs: 8,
      batchBytes: 1024,
      deliveryTimeoutMs: 60_000,
      requestTimeoutMs: 2000,
    });
  }

  get acknowledgedCount(): number {
    const all = [...this.#sent.values()].flat();
    return all.filter(({ outcome }) => outcome === 'acknowledged').length;
  }

  get isIdle(): boolean {
    return this.#openCount === 0;
  }

  start(): void {
    void this.#keepSending();
  }

  stop(): void {
    this.#isOver = true;
  }

  /**
   * What of a reading from the start no right cluster can give, in one line each: the last value
   * read of a key is the last one acknowledged, or one sent later whose outcome nobody knows.
   */
  judge(
    read: readonly (readonly [key: string, value: string | null])[],
    keys: 'all' | 'those that retention left' = 'all',
  ): string[] {
    const last = new Map(read);
    const foreign = read.filter(
      ([key, value]) => !(this.#sent.get(key) ?? []).some((sent) => sent.value === value),
    );
    return [
      ...foreign.map(([key, value]) => `${key}=${value} was never written`),
      ...[...this.#sent].flatMap(([key, sent]) => {
        const least = sent.findLastIndex(({ outcome }) => outcome === 'acknowledged');
        const allowed = sent.slice(Math.max(0, least)).map(({ value }) => value);
        const value = last.get(key);
        const mayBeMissing = keys !== 'all' || least < 0 || allowed.includes(null);
        const isRight = value === undefined ? mayBeMissing : allowed.includes(value);
        return isRight ? [] : [`${key} reads ${value}, acknowledged is ${sent[least]?.value}`];
      }),
    ];
  }

  async #keepSending(): Promise<void> {
    const { clock } = this.#world.client('keyed');
    while (!this.#isOver) {
      await sleep(clock, this.#random.below(2 * PAUSE_MS));
      if (this.#openCount < MAX_OPEN && !this.#isOver) this.#sendOne();
    }
  }

  #sendOne(): void {
    const key = `k${this.#random.below(KEY_COUNT)}`;
    this.#count += 1;
    const isTombstone = this.#random.chance(1, 10);
    const value = isTombstone ? null : `${this.#count}|${'x'.repeat(this.#random.below(100))}`;
    const sent: Sent = { value, outcome: 'open' };
    this.#sent.set(key, [...(this.#sent.get(key) ?? []), sent]);
    this.#openCount += 1;
    this.#producer.send({ topic: this.#topic, partition: 0, key, value }).then(
      () => this.#settle(sent, 'acknowledged'),
      (error: unknown) => this.#onFailed(sent, error),
    );
  }

  #onFailed(sent: Sent, error: unknown): void {
    const code = error instanceof OttlaError ? error.code : 'no code';
    this.#world.observer.mark(`keyed.${code}`);
    this.#settle(sent, isUncertain(error) ? 'unknown' : 'refused');
  }

  #settle(sent: Sent, outcome: Sent['outcome']): void {
    sent.outcome = outcome;
    this.#openCount -= 1;
  }
}
