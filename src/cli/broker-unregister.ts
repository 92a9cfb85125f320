import { showBrokers } from './broker-list.ts';
import type { ClusterVerb } from './client.ts';
import { withClient } from './client.ts';

/** Shows who is left. */
export const run = (brokerId: number, options: ClusterVerb): Promise<void> =>
  withClient(options, async (client) => {
    const { brokers } = client.admin();
    await brokers.unregister(brokerId);
    await showBrokers(await brokers.list(), options);
  });
