import { showBrokers, stateOf } from './broker-list.ts';
import type { ClusterVerb } from './client.ts';
import { withClient } from './client.ts';

export const run = (
  verb: 'cordon' | 'uncordon' | 'drain',
  brokerId: number,
  options: ClusterVerb,
): Promise<void> =>
  withClient(options, async (client) => {
    await client.admin().brokers[verb](brokerId);
    const state = await stateOf(client, brokerId);
    await showBrokers(state === undefined ? [] : [state], options);
  });
