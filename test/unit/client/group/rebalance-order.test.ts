import { expect, test } from 'vitest';
import { committedOf, consumerOf, runConsumer, sharesOf, startTopic } from './consumer-fixture.ts';

test('a partition is revoked when its record in hand was handled, and committed', async () => {
  const world = await startTopic(1, 4);
  const log: string[] = [];
  const options = {
    assignors: ['range'],
    listener: { onRevoked: () => void log.push(`revoked at ${committedOf(world, 0)}`) },
  } as const;
  const one = runConsumer(consumerOf(world, options), async (value) => {
    log.push(`begins ${value}`);
    await world.sleep(10_000);
    log.push(`ends ${value}`);
  });
  await world.clock.settle(3000);

  runConsumer(consumerOf(world, { assignors: ['range'] }));
  await world.clock.settle(8000);

  expect(log.slice(0, 3)).toEqual(['begins 0-v0', 'ends 0-v0', 'revoked at 1']);
  expect(one.error).toBeUndefined();
});

test('a topic that grows while members gather for it has them gather once', async () => {
  const world = await startTopic(2, 1);
  // Looked at several times before the other one hears, by its next heartbeat, that all gather.
  const options = { metadataMaxAgeMs: 150 };
  const running = [consumerOf(world, options), consumerOf(world, options)].map((consumer) =>
    runConsumer(consumer),
  );
  await world.clock.settle(10_000);
  const { generation } = world.cluster.groups.group('g');

  world.cluster.addPartitions('t', 2);
  await world.clock.settle(10_000);

  expect(
    sharesOf(...running)
      .join(' ')
      .split(' ')
      .sort(),
  ).toEqual(['0', '1', '2', '3']);
  expect(world.cluster.groups.group('g').generation).toBe(generation + 1);
});
