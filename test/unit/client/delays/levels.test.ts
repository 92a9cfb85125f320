import { describe, expect, it } from 'vitest';
import type { KafkaMessage } from '../../../../src/client/delays/kafka-ports.ts';
import { levelMessage, runLevelForwarder } from '../../../../src/client/delays/level-forwarder.ts';
import { ManualClock } from '../../../support/manual-clock.ts';
import { Mortality, MortalKafka } from './mortal-kafka.ts';

const levelsMs = [100, 1000];

class World {
  readonly clock = new ManualClock();
  readonly kafka = new MortalKafka(this.clock);
  readonly errors: unknown[] = [];

  send(value: string, delayMs: number): void {
    const message: KafkaMessage = { key: String(this.clock.wallMs() + delayMs), value };
    const sent = levelMessage({ topic: 'levels', levelsMs, delayMs, target: 'orders', message });
    for (const one of sent.messages) this.kafka.append('levels', one.partition ?? 0, one);
  }

  live(mortality = new Mortality()): void {
    const consumer = this.kafka.consumer('levels', mortality);
    const producer = this.kafka.producer(mortality);
    const options = { consumer, producer, topic: 'levels', levelsMs };
    runLevelForwarder(options, this.clock).catch((error: unknown) => this.errors.push(error));
  }

  get received() {
    return this.kafka.received.get('orders') ?? [];
  }
}

const textOf = ({ value }: KafkaMessage): string => Buffer.from(value ?? '').toString();

describe('messages in a topic whose partitions are delays', () => {
  it('wait as long as their partition says, and hold up no other one', async () => {
    const world = new World();
    world.live();
    world.send('long', 1000);
    world.send('short', 100);
    await world.clock.settle(50);
    world.send('short too', 100);
    await world.clock.settle(75);
    const early = world.received.map(textOf);
    await world.clock.settle(1000);

    expect(early).toEqual(['short']);
    expect(world.received.map(textOf)).toEqual(['short', 'short too', 'long']);
    for (const { atMs, key } of world.received) {
      expect(atMs).toBeGreaterThanOrEqual(Number(Buffer.from(key ?? '')));
      expect(atMs).toBeLessThan(Number(Buffer.from(key ?? '')) + 30);
    }
  });

  it('are forwarded each at least once wherever the forwarder is killed', async () => {
    const all = Array.from({ length: 10 }, (_, n) => `v${n}`);
    let effects = 0;
    for (let isKilled = true; isKilled; effects += 1) {
      const world = new World();
      for (const [n, value] of all.entries()) world.send(value, n % 2 === 0 ? 100 : 1000);
      const mortality = new Mortality(effects);
      world.live(mortality);
      await world.clock.settle(1500);
      isKilled = mortality.isDead;
      mortality.isDead = true;
      world.live();
      await world.clock.settle(1500);

      const values = new Set(world.received.map(textOf));
      expect([...values].sort(), `killed at ${effects}`).toEqual(all);
      expect(new Set(world.received.map((one) => one.headers?.['ottla-forward-id'])).size).toBe(10);
      expect(world.errors).toEqual([]);
    }

    expect(effects).toBeGreaterThan(10);
  });

  it('end the run where their partition is no level', async () => {
    const world = new World();
    world.kafka.append('levels', 2, { value: 'x', headers: { 'ottla-target': 'orders' } });
    world.live();
    await world.clock.settle(50);

    expect(String(world.errors[0])).toMatch(/levels\/2\/0 cannot be forwarded.*no level/);
  });

  it('are not made for a delay that is no level', () => {
    expect(() => new World().send('x', 7)).toThrow('no level: give one of 100, 1000');
  });
});
