import { afterEach, describe, expect, it } from 'vitest';
import { must } from '../../../src/base/assert.ts';
import type { PartitionLog } from '../../../src/log/partition-log.ts';
import type { World } from '../world.ts';
import { APART, endOn, replicasOf, worldWithTopic } from './scenario.ts';

let world: World;

afterEach(() => world.close());

const logOn = (nodeId: number): PartitionLog =>
  must(
    world.observer.replicas.find(({ machine }) => machine.nodeId === nodeId),
    'the machine serves',
  ).partition.log;

const textOn = (nodeId: number, path: string): string =>
  Buffer.from(world.machine(nodeId).disk.peek(path)).toString();

/**
 * `x` is on the first leader alone, which is gone. The second one leads, and `b` is acknowledged:
 * the third one has it on its disk, and of its leader epoch nothing but its header.
 */
const startWithoutHistory = async (): Promise<[number, number, number]> => {
  world = await worldWithTopic(APART);
  const replicas = replicasOf(world);
  const [first, second, third] = replicas;
  await world.outcome(world.produce('t', 0, 'a'), 'a');
  await world.settle();
  // Of that epoch the history is on every disk: without the file all headers would be read.
  await world.advance(2000);
  for (const nodeId of [second, third]) world.cutOneWay(first, nodeId);
  const lone = world.client('lone');
  const producer = lone.sdk.producer({ lingerMs: 0 });
  void producer.send({ topic: 't', partition: 0, value: 'x' }).catch(() => undefined);
  await world.until(() => endOn(world, first) === 2, 1000, 1);
  await world.advance(100);
  lone.kill();
  world.crash(first);
  world.heal();
  await world.until(() => world.leaderOf('t', 0) === second, 30_000, 1);
  await world.outcome(world.produce('t', 0, 'b'), 'b');
  expect(textOn(third, `${logOn(third).directory}/leader-epochs`)).not.toMatch(/^\d+ 1$/m);
  return replicas;
};

/** Power goes on both, the third one leads alone, and the first one comes back with its `x`. */
const leadAfterPowerCut = async ([first, second, third]: readonly [
  number,
  number,
  number,
]): Promise<void> => {
  world.powerCut([second, third], 'what was synced');
  world.start(third);
  await world.until(() => world.leaderOf('t', 0) === third, 30_000);
  world.start(first);
  await world.until(() => endOn(world, first) !== undefined, 30_000, 1);
  await world.advance(3000);
  world.start(second);
  await world.settle();
};

/** Where the epoch of `a` ends, and whose epoch `b` is of: on all the same. */
const epochsOn = (nodeId: number): readonly number[] => {
  const log = logOn(nodeId);
  return [log.endOffsetForEpoch(log.epochAt(0)).endOffset, log.epochAt(1) - log.epochAt(0)];
};

describe('a follower that has the first record of a new leader, and leads right after', () => {
  it('knows where that epoch began when power went behind the sync of the record', async () => {
    const replicas = await startWithoutHistory();

    await leadAfterPowerCut(replicas);

    expect(replicas.map(epochsOn)).toEqual([
      [1, 1],
      [1, 1],
      [1, 1],
    ]);
  });

  it('knows it when a full disk took the checkpoint in between and not the history', async () => {
    const replicas = await startWithoutHistory();
    const third = replicas[2];
    const { disk } = world.machine(third);
    disk.failNext({ op: 'write', pathIncludes: 'leader-epochs.tmp', code: 'ENOSPC' });
    const before = textOn(third, '/data/checkpoint');
    await world.until(() => textOn(third, '/data/checkpoint') !== before, 1500, 1);
    // Its name is durable, and the history is not tried again yet.
    await world.advance(200);

    await leadAfterPowerCut(replicas);

    expect(replicas.map(epochsOn)).toEqual([
      [1, 1],
      [1, 1],
      [1, 1],
    ]);
  });
});
