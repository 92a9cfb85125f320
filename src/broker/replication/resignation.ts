import type { NodeId } from '../../base/ids.ts';
import type { IsrProposal } from './isr-state.ts';
import type { BrokerStandings, Registration } from './registration.ts';

/**
 * What an elected leader proposes that cannot make its epoch durable: the in-sync set without
 * itself, of those that are there. Undefined where nobody is.
 */
export const decideResignation = (
  { isr, leaderEpoch, partitionEpoch }: Registration,
  brokers: BrokerStandings,
  brokerId: NodeId,
): IsrProposal | undefined => {
  const heirs = isr.flatMap((id) => {
    const standing = brokers.get(id);
    const isUsable = standing?.isFenced === false && !standing.inControlledShutdown;
    return isUsable && id !== brokerId ? [{ brokerId: id, brokerEpoch: standing.brokerEpoch }] : [];
  });
  return heirs.length === 0
    ? undefined
    : { change: 'resign', leaderEpoch, partitionEpoch, isr: heirs };
};
