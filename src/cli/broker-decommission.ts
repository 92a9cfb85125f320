import { OttlaError } from '../base/errors.ts';
import type { BrokerState } from '../client/admin/broker-admin.ts';
import type { OttlaClient } from '../client/client.ts';
import { sleep } from '../env/clock.ts';
import { SystemClock } from '../platform/system-clock.ts';
import { showBrokers, stateOf } from './broker-list.ts';
import type { ClusterVerb } from './client.ts';
import { withClient } from './client.ts';
import { printLine } from './output.ts';

export interface BrokerDecommissionVerb extends ClusterVerb {
  readonly status?: boolean;
  readonly wait?: boolean;
}

const POLL_MS = 500;

export const run = (brokerId: number, options: BrokerDecommissionVerb): Promise<void> =>
  withClient(options, async (client) => {
    if (options.status !== true) await client.admin().brokers.decommission(brokerId);
    const state = await mustBeKnown(client, brokerId);
    const shown = options.wait === true ? await untilEmpty(client, state) : state;
    await showBrokers([shown], options);
    if (options.json !== true) await printLine(describeProgress(shown));
  });

/** Without a limit: data and disks say how long it takes. Ctrl-C ends the wait, not the moves. */
const untilEmpty = async (client: OttlaClient, first: BrokerState): Promise<BrokerState> => {
  const clock = new SystemClock();
  let state = first;
  while (state.isDecommissioned && state.replicaCount > 0) {
    await sleep(clock, POLL_MS);
    state = await mustBeKnown(client, first.brokerId);
  }
  return state;
};

const mustBeKnown = async (client: OttlaClient, brokerId: number): Promise<BrokerState> => {
  const state = await stateOf(client, brokerId);
  if (state !== undefined) return state;
  throw new OttlaError('INVALID_REQUEST', `broker ${brokerId} is not registered: check the number`);
};

const describeProgress = (state: BrokerState): string => {
  const { brokerId, isDecommissioned, replicaCount, leavingCount } = state;
  if (!isDecommissioned) return `broker ${brokerId} is not being decommissioned`;
  return replicaCount === 0
    ? `broker ${brokerId} has nothing left: it can be stopped for good`
    : `broker ${brokerId} has ${replicaCount} replica(s) left, ${leavingCount} of them on the move`;
};
