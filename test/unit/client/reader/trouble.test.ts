import { describe, expect, test } from 'vitest';
import { SeededRandom } from '../../../support/seeded-random.ts';
import type { World } from '../fixture.ts';
import { outcomeAfter, startWorld } from '../fixture.ts';
import { batchOf, fill, range, readerOf, startFilled, take } from './fixture.ts';

describe('trouble', () => {
  test('a damaged batch is fetched again', async () => {
    const world = await startFilled(6);
    world.cluster.damageFetches(2);
    const reader = readerOf(world);

    expect(await take(world, reader, 6)).toEqual(range(6));
  });

  test('a batch that stays damaged ends the iteration after the good ones before it', async () => {
    const world = await startFilled(3);
    const damaged = batchOf(['x']);
    damaged[damaged.length - 1] = 0x7f;
    world.cluster.partition('t').appendRaw(damaged, 1);
    const reader = readerOf(world);
    const found: unknown[] = [];
    const work = async (): Promise<void> => {
      for await (const { value } of reader) found.push(value);
    };

    const { error } = await outcomeAfter(world.clock, 5000, work());

    expect(found).toEqual(range(3));
    expect(error).toMatchObject({ code: 'CORRUPT_MESSAGE' });
  });

  test('a change of leader loses nothing and repeats nothing', async () => {
    const world = await startFilled(6);
    const reader = readerOf(world);

    const taken = take(world, reader, 12);
    await world.clock.settle(100);
    world.cluster.moveLeader('t', 0, 2);
    fill(world, range(6, 6));

    expect(await taken).toEqual(range(12));
  });

  test('a leader that falls silent is left for its successor within three seconds', async () => {
    const world = await startFilled(3);
    const reader = readerOf(world);
    const taken = take(world, reader, 4, 60_000);
    await world.clock.settle(100);

    world.cluster.broker(1).pause();
    world.cluster.moveLeader('t', 0, 2);
    fill(world, ['v3']);
    await world.clock.settle(3000);

    expect(reader.position(0)).toBe(4);
    await taken;
  });

  test.each(Array.from({ length: 15 }, (_, seed) => seed))(
    'with faults of every kind, each record comes once and in order (seed %i)',
    async (seed) => {
      const world = await startWorld({ seed });
      const random = new SeededRandom(`reader-${seed}`);
      world.cluster.createTopic('t', { partitions: 2 });
      world.cluster.givesHints = random.chance(1, 2);
      const reader = readerOf(world, { maxPartitionBytes: 300, prefetchBytes: 600 });
      const found: Array<Array<string | null>> = [[], []];
      const work = async (): Promise<void> => {
        for await (const { partition, value } of reader) found[partition]?.push(value);
      };
      const reading = work();
      const sent: string[][] = [[], []];
      for (let round = 0; round < 50; round += 1) {
        plantFault(world, random);
        const partition = random.below(2);
        const values = range(1 + random.below(6), round * 10);
        sent[partition]?.push(...values);
        fill(world, values, { partition });
        await world.clock.settle(random.below(200));
      }
      for (const broker of world.cluster.brokers) broker.resume();

      await world.clock.settle(60_000);
      await reader.close();
      await reading;

      expect(found).toEqual(sent);
    },
  );
});

const plantFault = (world: World, random: SeededRandom): void => {
  const { cluster, network } = world;
  switch (random.below(8)) {
    case 0:
      cluster.onFetch('NOT_LEADER_OR_FOLLOWER', { partition: random.below(2) });
      break;
    case 1:
      cluster.onFetch('UNKNOWN_LEADER_EPOCH', { partition: random.below(2), times: 3 });
      break;
    case 2:
      cluster.damageFetches(1);
      break;
    case 3:
      cluster.moveLeader('t', random.below(2), 1 + random.below(3));
      break;
    case 4:
      network.reset('client', `broker-${1 + random.below(3)}`);
      break;
    case 5:
      cluster.broker(1 + random.below(3)).pause();
      break;
    case 6:
      for (const broker of cluster.brokers) broker.resume();
      break;
    default:
  }
};
