import { describe, expect, test } from 'vitest';
import { decodeItems } from '../../../../src/client/aggregate/aggregate-format.ts';
import type { ItemSender } from '../../../../src/client/producer/aggregator.ts';
import type { Producer } from '../../../../src/client/producer/producer.ts';
import type { World } from '../fixture.ts';
import { outcomeAfter, startWorld, text } from '../fixture.ts';

type Text = string | Uint8Array;

interface Rig {
  readonly world: World;
  readonly producer: Producer;
  readonly sender: ItemSender<Text, Text>;
}

const startRig = async (
  options: Partial<Parameters<Producer['aggregate']>[0]> = {},
): Promise<Rig> => {
  const world = await startWorld();
  world.cluster.createTopic('t', { partitions: 1 });
  const producer = world.client.producer();
  const by = ({ key }: { key: Text | null }): string => String(key).slice(0, 1);
  const sender = producer.aggregate({ topic: 't', by, windowMs: 100, ...options });
  return { world, producer, sender };
};

/** Each record of the log as `key: item=value, …`. */
const logOf = ({ world }: Rig): string[] =>
  world.cluster.partition('t', 0).records.map(({ key, value }) => {
    const items = decodeItems(value ?? new Uint8Array()) ?? [];
    return `${text(key)}: ${items.map((it) => `${text(it.key)}=${text(it.value)}`).join(', ')}`;
  });

const put = ({ sender }: Rig, ...keys: string[]): Array<Promise<unknown>> =>
  keys.map((key, at) => sender.send({ key, value: String(at) }));

describe('producer.aggregate', () => {
  test('sends what came within the window as one record of each key, in order', async () => {
    const rig = await startRig();

    const sent = put(rig, 'a1', 'b1', 'a2', 'a1');
    await rig.world.clock.settle(50);
    const before = logOf(rig);
    const { value } = await outcomeAfter(rig.world.clock, 1000, Promise.all(sent));

    expect(before).toEqual([]);
    expect(logOf(rig)).toEqual(['a: a1=0, a2=2, a1=3', 'b: b1=1']);
    expect(value).toMatchObject([{ offset: 0 }, { offset: 1 }, { offset: 0 }, { offset: 0 }]);
  });

  test('sends a record at once when it has as many items as it may', async () => {
    const rig = await startRig({ max: 2, windowMs: 60_000 });

    void put(rig, 'a1', 'a2', 'a3');
    await rig.world.clock.settle(1000);

    expect(logOf(rig)).toEqual(['a: a1=0, a2=1']);
  });

  test('sends a record before it would outgrow its bytes, and a large item by itself', async () => {
    const rig = await startRig({ maxBytes: 30, windowMs: 60_000 });

    void put(rig, 'a1', 'a2', 'a3', `a${'x'.repeat(40)}`);
    await rig.world.clock.settle(1000);

    expect(logOf(rig)).toEqual(['a: a1=0, a2=1', 'a: a3=2', `a: a${'x'.repeat(40)}=3`]);
  });

  test.each<[string, (producer: Producer) => Promise<void>]>([
    ['flush', (producer) => producer.flush()],
    ['close', (producer) => producer.close()],
  ])('sends what is gathered at %s of its producer', async (_, end) => {
    const rig = await startRig({ windowMs: 60_000 });
    const [sent] = put(rig, 'a1');

    await outcomeAfter(rig.world.clock, 1000, end(rig.producer));
    const { value } = await outcomeAfter(rig.world.clock, 1, sent as Promise<unknown>);

    expect(logOf(rig)).toEqual(['a: a1=0']);
    expect(value).toMatchObject({ offset: 0 });
  });

  test('refuses an item after the close, and one that cannot be serialized, alone', async () => {
    const rig = await startRig();
    const { producer, sender, world } = rig;

    const bad = sender.send({ key: 'a1', value: 5 as never });
    const good = sender.send({ key: 'a2', value: 'v' });
    const outcomes = [
      await outcomeAfter(world.clock, 1, bad),
      await outcomeAfter(world.clock, 1000, good),
    ];
    await outcomeAfter(world.clock, 1000, producer.close());
    const late = await outcomeAfter(world.clock, 1, sender.send({ key: 'a3', value: 'v' }));

    expect(outcomes[0]?.error).toMatchObject({ code: 'SERIALIZATION' });
    expect(outcomes[1]?.error).toBeUndefined();
    expect(late.error).toMatchObject({ code: 'CLOSED' });
    expect(logOf(rig)).toEqual(['a: a2=v']);
  });

  test('tells each of its items where their record fails', async () => {
    const rig = await startRig({ topic: 'missing' });
    const sent = Promise.allSettled(put(rig, 'a1', 'a2'));

    const { value } = await outcomeAfter(rig.world.clock, 600_000, sent);

    expect(value?.map((each) => each.status)).toEqual(['rejected', 'rejected']);
  });

  test('keeps an item as it was when it was sent', async () => {
    const rig = await startRig();
    const value = Buffer.from('before');

    void rig.sender.send({ key: 'a1', value });
    value.write('after!');
    await rig.world.clock.settle(1000);

    expect(logOf(rig)).toEqual(['a: a1=before']);
  });

  test.each<[object, RegExp]>([
    [{ by: 5 }, /by is no function/],
    [{ max: 0 }, /max=0 is not a whole number of 1/],
    [{ windowMs: 0.5 }, /windowMs=0.5/],
    [{ topic: '' }, /topic is no name/],
    [{ maxItems: 5 }, /unknown aggregate option: maxItems/],
  ])('refuses %j', async (options, message) => {
    await expect(startRig(options)).rejects.toThrow(message);
  });
});
