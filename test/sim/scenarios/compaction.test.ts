import { afterEach, describe, expect, it } from 'vitest';
import { must } from '../../../src/base/assert.ts';
import type { Partition } from '../../../src/broker/replication/partition.ts';
import { SeededRandom } from '../../support/seeded-random.ts';
import { KeyedLoad } from '../workload/keyed-load.ts';
import { combined } from '../world/cluster-config.ts';
import { World } from '../world.ts';
import { replicasOf } from './scenario.ts';

const SEEDS = [1, 2, 11, 14];
const NODES = [1, 2, 3];
const TROUBLE_COUNT = 12;

const CONFIGS = {
  'cleanup.policy': 'compact',
  'min.insync.replicas': '2',
  'segment.bytes': '1024',
  'min.cleanable.dirty.ratio': '0',
  'delete.retention.ms': '10000',
};

const NODE_CONFIG = [
  'log.cleaner.backoff.ms=400',
  'log.cleaner.dedupe.buffer.size=1048576',
  'log.index.interval.bytes=256',
  'log.retention.check.interval.ms=1500',
];

let world: World;

afterEach(() => world.close());

type Trouble = (random: SeededRandom) => Promise<void>;

const away = (random: SeededRandom): Promise<void> => world.advance(random.below(3000));

const TROUBLES: readonly Trouble[] = [
  async (random) => {
    const nodeId = 1 + random.below(3);
    world.crash(nodeId);
    await away(random);
    world.start(nodeId);
  },
  async (random) => {
    const nodeId = 1 + random.below(3);
    world.powerCut([nodeId]);
    await away(random);
    world.start(nodeId);
  },
  async () => {
    world.powerCut(NODES);
    for (const nodeId of NODES) world.start(nodeId);
  },
  async (random) => {
    const nodeId = 1 + random.below(3);
    world.cut(
      nodeId,
      NODES.filter((other) => other !== nodeId),
    );
    await away(random);
    world.heal();
  },
  async (random) => world.restart(1 + random.below(3)),
];

/** Every record from the start, as a consumer reads it. */
const readAll = async (endOffset: number): Promise<[string, string | null][]> => {
  const reader = world.client('final').sdk.reader({
    assignments: [{ topic: 't', partition: 0, from: 'earliest' }],
  });
  const read: [string, string | null][] = [];
  const run = async (): Promise<void> => {
    for await (const { records, nextOffset } of reader.batches()) {
      for (const { key, value } of records) {
        const text = value === null ? null : Buffer.from(value).toString();
        read.push([Buffer.from(key ?? []).toString(), text]);
      }
      if (nextOffset >= endOffset) return;
    }
  };
  await world.outcome(run(), 'reading all');
  return read;
};

/** One producer at work through one trouble after another, until all is well, and it has ended. */
const troubled = async (seed: number, configs: Record<string, string>): Promise<KeyedLoad> => {
  world = await World.create({ seed, shape: combined(3), config: NODE_CONFIG, maxSyncMs: 20 });
  await world.settle();
  await world.createTopic('t', 1, configs);
  await world.settle();
  const random = new SeededRandom(`compaction-${seed}`);
  const load = new KeyedLoad(world, 't');
  load.start();
  for (let count = 0; count < TROUBLE_COUNT; count += 1) {
    await world.advance(500 + random.below(2500));
    await must(TROUBLES[random.below(TROUBLES.length)], 'a trouble is drawn')(random);
  }
  world.healAll();
  await world.settle();
  await world.advance(5000);
  load.stop();
  await world.until(() => load.isIdle, 60_000);
  await world.settle();
  await world.advance(2000);
  return load;
};

const leadingPartition = (): Partition => {
  const [leader] = replicasOf(world);
  const replica = world.observer.replicas.find(({ machine }) => machine.nodeId === leader);
  return must(replica, 'the leader serves').partition;
};

describe('a compacted topic through crashes, power cuts and cut links', () => {
  it.each(SEEDS)(
    'still gives the last acknowledged value of every key, and nothing else (seed %d)',
    async (seed) => {
      const load = await troubled(seed, CONFIGS);

      const { log, highWatermark } = leadingPartition();
      const read = await readAll(highWatermark);
      expect(load.judge(read)).toEqual([]);
      expect(load.acknowledgedCount).toBeGreaterThan(100);
      expect(log.compaction.cleanEndOffset).toBeGreaterThan(100);
      expect(read.length).toBeLessThan(load.acknowledgedCount / 2);
      expect(world.observer.marks.get('log.compacted')).toBeGreaterThan(0);
    },
    60_000,
  );

  // That every key which retention has left is there is said by the invariants.
  it('gives no older value of any key where retention deletes the oldest segments as well', async () => {
    const load = await troubled(2, {
      ...CONFIGS,
      'cleanup.policy': 'compact,delete',
      'retention.bytes': '1500',
    });

    const { log, highWatermark } = leadingPartition();
    const read = await readAll(highWatermark);
    expect(load.judge(read, 'those that retention left')).toEqual([]);
    expect(load.acknowledgedCount).toBeGreaterThan(100);
    expect(log.logStartOffset).toBeGreaterThan(0);
    expect(world.observer.marks.get('log.compacted')).toBeGreaterThan(0);
  }, 60_000);
});
