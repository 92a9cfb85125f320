import { describe, expect, test } from 'vitest';
import { outcomeAfter } from '../fixture.ts';
import { consumerOf, fillAll, runConsumer, startTopic } from './consumer-fixture.ts';

describe('the lag of a group', () => {
  test('is told where a topic of an absent static member is gone, without that', async () => {
    const world = await startTopic(1, 3);
    world.cluster.createTopic('gone');
    const member = runConsumer(consumerOf(world, { topics: ['t', 'gone'], instanceId: 'i' }));
    await world.clock.settle(5000);
    await outcomeAfter(world.clock, 1000, member.consumer.close());
    world.cluster.deleteTopic('gone');
    fillAll(world, 1, 1, 3);

    const asked = world.client.admin().groups.lag('g', { timeoutMs: 5000 });
    const { value, error } = await outcomeAfter(world.clock, 6000, asked);

    expect(error).toBeUndefined();
    expect(value?.map(({ topic, endOffset }) => [topic, endOffset])).toEqual([['t', 4]]);
  });
});
