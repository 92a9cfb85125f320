import { expect, test } from 'vitest';
import type { ErrorCode } from '../../../src/base/errors.ts';
import type { World } from './fixture.ts';
import { outcomeAfter, startWorld } from './fixture.ts';

const LIMIT_MS = 3000;

/** What a change ends with that is refused in these ways, and then not answered any more. */
const endOf = async (refusals: readonly ErrorCode[]): Promise<unknown> => {
  const world = await startWorld();
  world.cluster.adminFailures.push(...refusals);
  const asked = world.client.admin().alterConfigs([], { timeoutMs: LIMIT_MS });
  await world.clock.settle(0);
  await untilRefused(world);
  for (const { brokerId } of world.cluster.brokers) world.network.pause(`broker-${brokerId}`);
  return (await outcomeAfter(world.clock, 2 * LIMIT_MS, asked)).error;
};

const untilRefused = async ({ cluster, clock }: World): Promise<void> => {
  while (cluster.adminFailures.length > 0) await clock.settle(1);
};

test('a call whose time ends tells what it was refused for, not that its time has ended', async () => {
  const error = await endOf(['REPLICA_NOT_AVAILABLE']);

  expect(error).toMatchObject({ code: 'REPLICA_NOT_AVAILABLE', message: 'planted' });
});

test('a call that was refused last, and may have been done before, says so', async () => {
  const error = await endOf(['NETWORK_EXCEPTION', 'NO_CONTROLLER']);

  expect(error).toMatchObject({ code: 'NO_CONTROLLER', message: 'planted', maybeApplied: true });
});
