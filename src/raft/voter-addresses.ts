import { OttlaError } from '../base/errors.ts';
import type { NodeId } from '../base/ids.ts';
import type { Voter } from './core/voters.ts';

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[?(::1|::ffff:127(\.\d{1,3}){3})\]?)$/i;

/** True for a host that leads back to the machine which asks for it. */
export const isLoopback = (address: string): boolean =>
  LOOPBACK.test(address.slice(0, address.lastIndexOf(':')));

/**
 * Why node `nodeId` at `address` could not be a voter beside `voters`: of two addresses one of
 * which is a loopback and the other is not, one side cannot reach the other unless all are of one
 * machine. A voter may leave the loopback, for where all are on it they are. Undefined: it could.
 */
export const mixedAddresses = (
  nodeId: NodeId,
  address: string,
  voters: readonly Voter[],
): OttlaError | undefined => {
  const named = voters.find((voter) => voter.id === nodeId);
  if (named?.address === address) return undefined;
  const others = voters.filter((voter) => voter.id !== nodeId);
  const other = others.find((voter) => isLoopback(voter.address) !== isLoopback(address));
  if (other === undefined || (named !== undefined && !isLoopback(address))) return undefined;
  const remedy = isLoopback(address)
    ? `where only its own machine finds it, and voter ${other.id} is at ${other.address}: set ` +
      `advertised.listeners of node ${nodeId} to a PEER address that the others reach`
    : `and voter ${other.id} at ${other.address}, where only its own machine finds it: give that ` +
      'one an address that others reach first: see docs/brokers.md';
  return new OttlaError('INELIGIBLE_REPLICA', `controller ${nodeId} is at ${address}, ${remedy}`);
};
