import { describe, expect, it } from 'vitest';
import { dueMessage, dumpDelays } from '../../../../src/client/delays/delay-dump.ts';
import { runDelayPoller } from '../../../../src/client/delays/delay-poller.ts';
import type { KafkaMessage } from '../../../../src/client/delays/kafka-ports.ts';
import { KeyValueDelayStore } from '../../../../src/client/delays/key-value-delay-store.ts';
import { ManualClock } from '../../../support/manual-clock.ts';
import { MemoryStores } from '../../../support/memory-store.ts';
import { Mortality, MortalKafka, mortalStore } from './mortal-kafka.ts';

const COUNT = 12;

class World {
  readonly clock = new ManualClock();
  readonly kafka = new MortalKafka(this.clock);
  readonly stores = new MemoryStores();
  readonly errors: unknown[] = [];

  /** Message N is due N * 50 ms from now, in one of two partitions, and says so as its key. */
  send(count = COUNT, target = 'orders'): void {
    for (let n = 0; n < count; n += 1) {
      const dueMs = this.clock.wallMs() + n * 50;
      const message = { key: String(dueMs), value: `v${n}`, headers: { trace: 't' } };
      const sent = dueMessage({ topic: 'delays', dueMs, target, message });
      for (const one of sent.messages) this.kafka.append('delays', n % 2, one);
    }
  }

  /** A process that dumps and forwards; it ends when it is dead, or by the signal. */
  async live(mortality = new Mortality(), signal?: AbortSignal, badTopic?: string) {
    const store = new KeyValueDelayStore(mortalStore(await this.stores.open('/delays'), mortality));
    const consumer = this.kafka.consumer('delays', mortality);
    const producer = this.kafka.producer(mortality);
    const given = { store, producer, ...(signal && { signal }) };
    const onError = (error: unknown): void => void this.errors.push(error);
    const bad = badTopic === undefined ? {} : { badTopic };
    const ended = [
      dumpDelays({ ...given, ...bad, consumer, topic: 'delays' }),
      runDelayPoller({ ...given, pollMs: 20, retryMs: 200, onError }, this.clock),
    ];
    await Promise.all(ended.map((end) => end.catch((error) => void this.errors.push(error))));
  }

  /** Where the process is dead, another may open the store. */
  kill(mortality: Mortality): void {
    mortality.isDead = true;
    this.stores.crash();
  }

  received(topic = 'orders') {
    return this.kafka.received.get(topic) ?? [];
  }
}

const valuesOf = (messages: readonly KafkaMessage[]): string[] =>
  messages.map(({ value }) => Buffer.from(value ?? '').toString());

const idOf = ({ headers }: KafkaMessage): string =>
  Buffer.from(headers?.['ottla-forward-id'] as Uint8Array).toString();

/** Lives once until it is killed before its effect number `effects`, and once more to the end. */
const killedAt = async (effects: number) => {
  const world = new World();
  world.send();
  const mortality = new Mortality(effects);
  void world.live(mortality);
  await world.clock.settle(COUNT * 50 + 500);
  const isKilled = mortality.isDead;
  world.kill(mortality);
  void world.live();
  await world.clock.settle(COUNT * 50 + 500);
  return { world, isKilled };
};

describe('messages that wait in a store', () => {
  it('are forwarded each at least once, never early, wherever the process is killed', async () => {
    const all = Array.from({ length: COUNT }, (_, n) => `v${n}`);
    const repeated: number[] = [];
    let effects = 0;
    for (let isKilled = true; isKilled; effects += 1) {
      const life = await killedAt(effects);
      isKilled = life.isKilled;
      const received = life.world.received();
      const values = valuesOf(received);

      expect([...new Set(values)].sort(), `killed at ${effects}`).toEqual([...all].sort());
      for (const message of received) {
        expect(message.atMs).toBeGreaterThanOrEqual(Number(Buffer.from(message.key ?? '')));
      }
      // A repeat has the id of the first.
      expect(new Set(received.map(idOf)).size).toBe(COUNT);
      if (values.length > COUNT) repeated.push(effects);
      expect(life.world.errors).toEqual([]);
    }

    expect(effects).toBeGreaterThan(30);
    // It is at least once, and no more than that: a kill between a send and the store repeats.
    expect(repeated.length).toBeGreaterThan(0);
    expect(repeated.length).toBeLessThan(effects / 2);
  });

  it('keep key, value and headers, and lose what said where to and when', async () => {
    const world = new World();
    world.send(1);
    void world.live();
    await world.clock.settle(200);

    const [message] = world.received();
    expect(valuesOf(message === undefined ? [] : [message])).toEqual(['v0']);
    expect(Object.keys(message?.headers ?? {}).sort()).toEqual(['ottla-forward-id', 'trace']);
    expect(message === undefined ? '' : idOf(message)).toBe('delays/0/0');
  });

  it('go on to other targets while one takes nothing, and to that when it does again', async () => {
    const world = new World();
    world.kafka.refused.add('gone');
    world.send(3, 'gone');
    world.send(3);
    void world.live();
    await world.clock.settle(400);
    const before = valuesOf(world.received('gone'));
    world.kafka.refused.clear();
    await world.clock.settle(400);

    expect(valuesOf(world.received())).toEqual(['v0', 'v1', 'v2']);
    expect(before).toEqual([]);
    expect(valuesOf(world.received('gone')).sort()).toEqual(['v0', 'v1', 'v2']);
    expect(world.errors.length).toBeGreaterThan(0);
  });

  it('end the dump where one says no time, and name it', async () => {
    const world = new World();
    world.kafka.append('delays', 0, { value: 'x', headers: { 'ottla-target': 'orders' } });
    void world.live();
    await world.clock.settle(100);

    expect(String(world.errors[0])).toMatch(/delays\/0\/0 cannot be forwarded.*ottla-due-at/);
  });

  it('go past such a one where a topic takes those', async () => {
    const world = new World();
    world.kafka.append('delays', 0, { value: 'x', headers: { 'ottla-target': '..' } });
    world.send(1);
    void world.live(undefined, undefined, 'bad');
    await world.clock.settle(200);

    expect(valuesOf(world.received('bad'))).toEqual(['x']);
    expect(valuesOf(world.received())).toEqual(['v0']);
  });

  it('refuse a topic that is made anew, instead of taking it for what they have', async () => {
    const world = new World();
    world.send();
    const mortality = new Mortality();
    void world.live(mortality);
    await world.clock.settle(2000);
    world.kill(mortality);
    world.kafka.forget();
    void world.live();
    await world.clock.settle(200);

    expect(String(world.errors[0])).toMatch(/read from 0 again.*wants a new store/);
  });

  it('are forwarded past a damaged one, which is told of until it is gone', async () => {
    const world = new World();
    world.send(4);
    void world.live();
    await world.clock.settle(70);
    world.stores.corrupt('/delays', 0, 'changed');
    await world.clock.settle(300);

    expect(valuesOf(world.received())).toEqual(['v0', 'v1', 'v3']);
    const about = (count: number) =>
      Array(count).fill(
        expect.objectContaining({
          code: 'CORRUPT_STORE',
          message: 'the delayed message delays/0/1 is damaged: remove it by hand',
        }),
      );
    expect(world.errors).toEqual(about(2));
  });

  it('end a run at a damaged one, where nobody hears of it and nothing else is due', async () => {
    const world = new World();
    world.send(2);
    void world.live();
    await world.clock.settle(20);
    world.stores.crash();
    world.stores.corrupt('/delays', 0, 'changed');

    const store = new KeyValueDelayStore(await world.stores.open('/delays'));
    const producer = world.kafka.producer(new Mortality());
    const ended = runDelayPoller({ store, producer, pollMs: 20 }, world.clock);
    const refused = expect(ended).rejects.toMatchObject({ code: 'CORRUPT_STORE' });
    await world.clock.settle(300);

    await refused;
  });

  it('are left where they are by a run that is told to end', async () => {
    const world = new World();
    world.send();
    const stop = new AbortController();
    const ended = world.live(undefined, stop.signal);
    await world.clock.settle(100);
    stop.abort();
    await world.clock.settle(100);

    await ended;
    expect(world.errors).toEqual([]);
  });
});
