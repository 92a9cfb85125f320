import type { NodeId } from '../../base/ids.ts';
import type { Peer } from './progress.ts';
import type { CoreState, Leading } from './state.ts';
import { header, send } from './state.ts';

/**
 * Begins to hand leadership to `to`, or to the voter that has most of the log. Proposals are
 * refused until it is over: by a newer term, or given up after an election timeout.
 */
export function startTransfer(state: CoreState, leading: Leading, to: NodeId | undefined): void {
  const target = to ?? decideSuccessor(leading);
  if (target === undefined || leading.peers.get(target)?.counts !== true) return;
  leading.transfer = { to: target, ticksLeft: state.config.electionTicks, sent: false };
}

/** The voter with the longest matching log; among equals the one heard last, then the first. */
function decideSuccessor(leading: Leading): NodeId | undefined {
  let best: Peer | undefined;
  for (const peer of leading.peers.values()) {
    if (!peer.counts) continue;
    const isBetter =
      best === undefined ||
      peer.matchIndex > best.matchIndex ||
      (peer.matchIndex === best.matchIndex && peer.silentTicks < best.silentTicks);
    if (isBetter) best = peer;
  }
  return best?.id;
}

export function tickTransfer(leading: Leading): void {
  const { transfer } = leading;
  if (transfer === undefined) return;
  transfer.ticksLeft -= 1;
  if (transfer.ticksLeft <= 0) leading.transfer = undefined;
}

/** Tells the successor to campaign once it holds the whole log; repeated with each heartbeat. */
export function maybeSendTimeoutNow(state: CoreState, leading: Leading): void {
  const { transfer } = leading;
  if (transfer === undefined || transfer.sent) return;
  const peer = leading.peers.get(transfer.to);
  // Another directory answers there now, or one without a vote: it would let the time pass.
  if (peer?.counts !== true) leading.transfer = undefined;
  else if (peer.matchIndex === state.log.lastIndex) sendTimeoutNow(state, transfer);
}

function sendTimeoutNow(state: CoreState, transfer: NonNullable<Leading['transfer']>): void {
  transfer.sent = true;
  send(state, transfer.to, { kind: 'timeoutNow', ...header(state) });
}
