import type { BrokerState } from '../client/admin/broker-admin.ts';
import type { OttlaClient } from '../client/client.ts';
import type { ClusterVerb } from './client.ts';
import { withClient } from './client.ts';
import { printJson, printTable } from './output.ts';

export const run = (options: ClusterVerb): Promise<void> =>
  withClient(options, async (client) => {
    await showBrokers(await client.admin().brokers.list(), options);
  });

export const showBrokers = async (
  brokers: readonly BrokerState[],
  { json = false }: Pick<ClusterVerb, 'json'>,
): Promise<void> => {
  if (json) return await printJson(brokers);
  await printTable({
    headings: ['BROKER', 'STATE', 'USE', 'RACK', 'REPLICAS', 'LEADERS', 'LEAVING'],
    rows: brokers.map((it) => [
      it.brokerId,
      it.isFenced ? 'fenced' : 'active',
      useOf(it),
      it.rack === '' ? '-' : it.rack,
      it.replicaCount,
      it.leaderCount,
      it.leavingCount,
    ]),
  });
};

const useOf = ({ isCordoned, isDrained, isDecommissioned }: BrokerState): string => {
  if (isDecommissioned) return 'decommissioned';
  if (isDrained) return 'drained';
  return isCordoned ? 'cordoned' : 'full';
};

/** One of them, after a change. */
export const stateOf = async (
  client: OttlaClient,
  brokerId: number,
): Promise<BrokerState | undefined> =>
  (await client.admin().brokers.list()).find((broker) => broker.brokerId === brokerId);
