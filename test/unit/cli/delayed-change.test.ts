import { describe, expect, test } from 'vitest';
import { inWordsOfThis } from '../../../src/cli/client.ts';
import { told } from '../../../src/cli/delayed-change.ts';
import { describeFailure } from '../../../src/cli/failure.ts';
import { asOttlaError } from '../../../src/client/timing.ts';
import type { World } from '../client/fixture.ts';
import { outcomeAfter, startWorld } from '../client/fixture.ts';

const PLACE = { topic: 't', partition: 0, offset: 7 };

/** What `ottla delayed cancel` says in the end. */
const said = async ({ client, clock }: World): Promise<string> => {
  const change = client.admin().delayed.cancel(PLACE, { timeoutMs: 1000 });
  const { error } = await outcomeAfter(clock, 5000, told('t', { at: '0/7' }, change));
  return describeFailure(inWordsOfThis('a:7091', asOttlaError(error))).join();
};

const startTopic = async (): Promise<World> => {
  const world = await startWorld();
  world.cluster.createTopic('t');
  return world;
};

describe('a change of a delayed record that was not confirmed', () => {
  test.each([
    ['REQUEST_TIMED_OUT', 'it was not committed in time'],
    ['NOT_ENOUGH_REPLICAS_AFTER_APPEND', 'too few replicas are in sync for min.insync.replicas'],
  ] as const)('%s: says so, and where to look again', async (code, reason) => {
    const world = await startTopic();
    for (let count = 0; count < 100; count += 1) world.cluster.adminFailures.push(code);

    const line = await said(world);

    expect(line).toContain(`cancelling the delayed record 7 of t partition 0: ${reason}`);
    expect(line).toContain('it may be done all the same, now or soon');
    expect(line).toContain('look again with ottla delayed get t --at 0/7');
    expect(line).not.toContain('no answer from the cluster');
  });

  test('is told with what the leader said, not with how the last attempt was cut short', async () => {
    const world = await startTopic();
    world.cluster.adminFailures.push('NOT_ENOUGH_REPLICAS_AFTER_APPEND');
    const change = world.client.admin().delayed.cancel(PLACE, { timeoutMs: 1000 });
    await world.clock.settle(5);
    for (const broker of world.cluster.brokers) broker.pause();

    const { error } = await outcomeAfter(world.clock, 5000, change);

    const code = 'NOT_ENOUGH_REPLICAS_AFTER_APPEND';
    expect(error).toMatchObject({ code, maybeApplied: true });
  });

  test('is as silent as the cluster where nothing was asked of a leader', async () => {
    const world = await startTopic();
    for (const broker of world.cluster.brokers) broker.pause();

    expect(await said(world)).toContain('no answer from the cluster at a:7091');
  });

  test('is none where the leader refused it for sure', async () => {
    const world = await startTopic();
    for (let count = 0; count < 100; count += 1) {
      world.cluster.adminFailures.push('NOT_ENOUGH_REPLICAS');
    }

    const line = await said(world);

    expect(line).toContain('too few replicas are in sync');
    expect(line).not.toContain('may be done');
  });
});
