import { expect, test } from 'vitest';
import { silentLogger } from '../../../../src/env/logger.ts';
import { DelayedCluster, delayed, sentBatch } from './delayed-cluster.ts';

test('a replica whose device failed is not looked at again, nor spoken of', async () => {
  const world = await DelayedCluster.start(1, { 'min.insync.replicas': '1' });
  const broker = world.cluster.broker(1);
  const warnings: string[] = [];
  broker.cacheBytes = 0;
  broker.logger = { ...silentLogger, warn: (message) => warnings.push(message) };
  broker.crash({ power: false });
  await broker.start();
  await world.run(500);
  broker.disk.failNext({ op: 'readCold', pathIncludes: '.log', code: 'EIO', times: Infinity });

  world.send(1, sentBatch([delayed('a', 1000)]));
  await world.run(200);
  const before = broker.replica('t').isOffline;
  warnings.length = 0;
  await world.run(20_000);

  expect(before).toBe(true);
  expect(warnings.filter((message) => message.startsWith('delayed records'))).toEqual([]);
});
