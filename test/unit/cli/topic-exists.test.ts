import { expect, test } from 'vitest';
import { topicExists } from '../../../src/cli/topic-exists.ts';
import { startWorld } from '../client/fixture.ts';

test.each([
  ['that a broker knows', 'known', true],
  ['that the brokers have not heard of yet', 'new', true],
  ['that nobody has made', 'none', false],
])('a topic %s: %s is there: %s', async (_, name, isThere) => {
  const { cluster, client, clock } = await startWorld();
  cluster.createTopic('known');
  for (const { brokerId } of cluster.brokers) cluster.freezeMetadata(brokerId);
  cluster.createTopic('new');

  const exists = topicExists(client, name);
  await clock.settle(1000);

  expect(await exists).toBe(isThere);
});
