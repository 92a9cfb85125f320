import { assert } from '../../base/assert.ts';
import type { NodeId } from '../../base/ids.ts';
import { replyMatch } from './append.ts';
import type { SnapshotId } from './entry.ts';
import { adoptVoters } from './membership.ts';
import type { InstallSnapshot, InstallSnapshotReply } from './messages.ts';
import type { Peer, SendingSnapshot } from './progress.ts';
import { onLeaderContact } from './roles.ts';
import type { CoreState, Leading, ReceivingSnapshot } from './state.ts';
import { header, send, sendDurably } from './state.ts';
import type { SnapshotChunk } from './types.ts';
import type { Voter } from './voters.ts';

const isSame = (left: SnapshotId, right: SnapshotId): boolean =>
  left.index === right.index && left.term === right.term;

/**
 * Begins to send the newest snapshot to a peer that needs entries which are cut away. One that may
 * not know of the set which the snapshot names gets none: it is probed, and so heard, again.
 */
export function startSnapshot(state: CoreState, peer: Peer): void {
  const { snapshot, voterSets } = state.log;
  assert(snapshot.index >= state.log.baseIndex, 'what is cut away is in the snapshot');
  if (!peer.knowsSets && voterSets.at(snapshot.index) !== 'none') {
    peer.becomeProbe(peer.nextIndex);
    peer.state = { kind: 'probe', paused: true };
    return;
  }
  requestChunk(state, peer, peer.becomeSnapshot(snapshot));
}

/**
 * True for a peer of an earlier release that needs the snapshot and could not keep the set in it.
 * It waits: what ends such a release with the reason stands before the snapshot.
 */
export const needsUpdate = ({ log }: CoreState, { ballot, nextIndex }: Peer): boolean =>
  ballot?.directoryId === '' &&
  log.termAt(nextIndex - 1) === undefined &&
  log.voterSets.at(log.snapshot.index) !== 'none';

function requestChunk(state: CoreState, peer: Peer, sending: SendingSnapshot): void {
  sending.awaitingChunk = true;
  sending.stalledTicks = 0;
  state.outbox.chunkRequests.push({
    to: peer.id,
    snapshotId: sending.snapshotId,
    offset: sending.offset,
    maxBytes: state.config.snapshotChunkBytes,
  });
}

/** A chunk, its answer or the read of it may be lost: ask again after an election timeout. */
export function tickSnapshot(state: CoreState, peer: Peer): void {
  if (peer.state.kind !== 'snapshot') return;
  peer.state.stalledTicks += 1;
  if (peer.state.stalledTicks >= state.config.electionTicks) requestChunk(state, peer, peer.state);
}

/** The shell read a chunk. Dropped where the transfer has moved on since it was asked for. */
export function onSnapshotChunk(state: CoreState, leading: Leading, chunk: SnapshotChunk): void {
  const peer = leading.peers.get(chunk.to);
  const sending = peer?.state;
  if (sending?.kind !== 'snapshot' || !isSame(sending.snapshotId, chunk.snapshotId)) return;
  if (!sending.awaitingChunk || sending.offset !== chunk.offset) return;
  sending.awaitingChunk = false;
  const voters = state.log.voterSets.at(chunk.snapshotId.index);
  // A newer snapshot has come between: the stall timer asks for that one.
  if (voters === undefined) return;
  // The connection broke meanwhile, and another release may answer next: the same.
  if (voters !== 'none' && peer?.knowsSets !== true) return;
  const { snapshotId, offset, data, done, totalBytes } = chunk;
  send(state, chunk.to, {
    kind: 'installSnapshot',
    ...header(state),
    snapshotId,
    offset,
    data,
    done,
    totalBytes,
    voters: voters === 'none' ? [] : voters,
  });
}

/** The snapshot was replaced under the transfer: begin anew with the newest one. */
export function onSnapshotMissing(
  state: CoreState,
  leading: Leading,
  gone: { to: NodeId; snapshotId: SnapshotId },
): void {
  const peer = leading.peers.get(gone.to);
  if (peer?.state.kind !== 'snapshot' || !isSame(peer.state.snapshotId, gone.snapshotId)) return;
  // Asking for the very same one again would spin: leave that to the stall timer.
  if (!isSame(peer.state.snapshotId, state.log.snapshot)) startSnapshot(state, peer);
}

export function onInstallSnapshotReply(
  state: CoreState,
  leading: Leading,
  message: InstallSnapshotReply,
): void {
  const peer = leading.peers.get(message.from);
  const sending = peer?.state;
  if (peer === undefined || sending?.kind !== 'snapshot') return;
  if (!isSame(sending.snapshotId, message.snapshotId)) return;
  // Forward is progress, 0 is a receiver that starts over; anything else is an old answer.
  const moves = message.offset > sending.offset || (message.offset === 0 && sending.offset > 0);
  if (!moves) return;
  sending.offset = message.offset;
  requestChunk(state, peer, sending);
}

/** The follower's side: collects chunks in order. The message is of the current term. */
export function onInstallSnapshot(state: CoreState, message: InstallSnapshot): void {
  onLeaderContact(state, message.from);
  state.needsUpdate = false;
  const { snapshotId } = message;
  if (isCovered(state, snapshotId)) {
    state.receiving = undefined;
    replyMatch(state, message.from, state.commitIndex);
    return;
  }
  const held = state.receiving;
  // A late chunk of an older snapshot must not throw away the newer one.
  if (held !== undefined && held.snapshotId.index > snapshotId.index) return;
  const receiving =
    held !== undefined && isSame(held.snapshotId, snapshotId)
      ? held
      : { snapshotId, chunks: [], nextOffset: 0 };
  state.receiving = receiving;
  if (message.offset === receiving.nextOffset) {
    receiving.chunks.push(message.data);
    receiving.nextOffset += message.data.length;
    if (message.done) {
      install(state, receiving, message.voters);
      replyMatch(state, message.from, snapshotId.index);
      return;
    }
  }
  sendDurably(state, message.from, {
    kind: 'installSnapshotReply',
    ...header(state),
    snapshotId,
    offset: receiving.nextOffset,
  });
}

/** True where the log holds all that the snapshot says; committing it is then all to do. */
function isCovered(state: CoreState, snapshotId: SnapshotId): boolean {
  if (snapshotId.index <= state.commitIndex) return true;
  if (state.log.termAt(snapshotId.index) !== snapshotId.term) return false;
  state.commitIndex = snapshotId.index;
  adoptVoters(state);
  return true;
}

/**
 * The snapshot replaces the log, in memory now and on disk in one write. A crash before that write
 * leaves the old log, which nobody was told is gone; after it, the snapshot alone. The state
 * machine hears of it only once it is durable.
 */
function install(state: CoreState, received: ReceivingSnapshot, voters: readonly Voter[]): void {
  const { index, term } = received.snapshotId;
  const snapshot = { index, term, data: joinChunks(received), voters };
  state.receiving = undefined;
  state.log.resetTo(snapshot);
  state.persists.noteReset(snapshot, state.commitIndex);
  state.commitIndex = index;
  state.installing = { snapshot, durable: false };
  adoptVoters(state);
}

function joinChunks(received: ReceivingSnapshot): Uint8Array {
  const data = new Uint8Array(received.nextOffset);
  let offset = 0;
  for (const chunk of received.chunks) {
    data.set(chunk, offset);
    offset += chunk.length;
  }
  return data;
}
