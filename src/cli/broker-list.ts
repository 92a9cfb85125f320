import type { BrokerState } from '../client/admin/broker-admin.ts';
import type { OttlaClient } from '../client/client.ts';
import type { ClusterVerb } from './client.ts';
import { withClient } from './client.ts';
import { printJson, printLine, printTable } from './output.ts';
import { printable } from './table.ts';

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
  await printOffline(brokers);
};

type Offline = ReadonlyArray<Pick<BrokerState, 'brokerId' | 'offlineDirectories'>>;

export const printOffline = async (brokers: Offline): Promise<void> => {
  for (const line of describeOffline(brokers)) await printLine(line);
};

/** Lines: directories that brokers go on without, with what to do; none where there is none. */
export const describeOffline = (brokers: Offline): string[] => {
  const lines = brokers.flatMap(({ brokerId, offlineDirectories }) =>
    offlineDirectories.map(({ path, reason }) => `  ${path} of broker ${brokerId}: ${reason}`),
  );
  if (lines.length === 0) return [];
  return [
    '',
    'log directories are offline, and the replicas in them:',
    ...lines.map(printable),
    'mount the disk again and restart the broker; a disk that is lost for good is',
    'taken out of log.dirs before the restart',
  ];
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
