import { expect, it } from 'vitest';
import { KnownIds } from '../../../../src/broker/dedup/known-ids.ts';
import type { Partition } from '../../../../src/broker/replication/partition.ts';
import { silentLogger } from '../../../../src/env/logger.ts';
import { silentMeter } from '../../../../src/env/meter.ts';
import { ManualClock } from '../../../support/manual-clock.ts';
import { MemoryDisk } from '../../../support/memory-disk.ts';

it('a broker that takes over many partitions without the setting looks at each once', async () => {
  const partitions = new Map<string, Partition>();
  let lookCount = 0;
  const clock = new ManualClock();
  const known = new KnownIds({
    disk: new MemoryDisk({ clock, directories: ['/data'] }),
    clock,
    logger: silentLogger,
    meter: silentMeter,
    *partitions() {
      for (const partition of partitions.values()) {
        lookCount += 1;
        yield partition;
      }
    },
    maxCount: 10,
    partitionAt: (key) => partitions.get(key),
    onFatal: (error) => {
      throw error;
    },
  });

  for (let index = 0; index < 500; index += 1) {
    const key = `t/${index}`;
    const log = {
      get config() {
        lookCount += 1;
        return { dedupWindowMs: 0 };
      },
    };
    const partition = { key, isOffline: false, log } as unknown as Partition;
    partitions.set(key, partition);
    known.onPartition(partition);
  }
  await clock.settle(10);
  await known.close();

  expect(lookCount).toBe(500);
});
