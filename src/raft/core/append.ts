import { assert } from '../../base/assert.ts';
import type { LogIndex, NodeId } from '../../base/ids.ts';
import { adoptVoters } from './membership.ts';
import type { Append } from './messages.ts';
import { onLeaderContact } from './roles.ts';
import type { CoreState } from './state.ts';
import { header, sendDurably } from './state.ts';

/** The follower's side of replication. The message is of the current term. */
export function onAppend(state: CoreState, message: Append): void {
  onLeaderContact(state, message.from);
  noteUpdate(state, message);
  checkCommitted(state, message);
  const { commitIndex, log } = state;
  const lastNewIndex = message.prevIndex + message.entries.length;
  if (lastNewIndex <= commitIndex) {
    replyMatch(state, message.from, commitIndex);
    return;
  }
  // What is committed here is committed there: only what comes behind it needs a comparison.
  const beyond = message.entries.filter((entry) => entry.index > commitIndex);
  const isAnchored =
    message.prevIndex < commitIndex || log.termAt(message.prevIndex) === message.prevTerm;
  if (!isAnchored) {
    refuse(state, message);
    return;
  }
  mergeEntries(state, beyond);
  state.commitIndex = Math.max(commitIndex, Math.min(message.commitIndex, lastNewIndex));
  adoptVoters(state);
  replyMatch(state, message.from, lastNewIndex);
}

/** A leader that runs a later release may have nothing that this one could keep. */
function noteUpdate(state: CoreState, { needsUpdate = false }: Append): void {
  if (needsUpdate && !state.needsUpdate) state.outbox.outdated.push(state.config.id);
  state.needsUpdate = needsUpdate;
}

/** Every leader holds all that is committed (§5.4): where one does not, stop before damage. */
function checkCommitted(state: CoreState, message: Append): void {
  const anchor = { index: message.prevIndex, term: message.prevTerm };
  for (const { index, term } of [anchor, ...message.entries]) {
    if (index > state.commitIndex) return;
    const held = state.log.termAt(index);
    assert(held === undefined || held === term, `committed entry ${index} is of term ${held}`);
  }
}

/**
 * Skips what is held already and truncates only where a term differs. A late, shorter append of
 * the same term must not cut off the newer entries behind it: they may be acknowledged already.
 */
function mergeEntries(state: CoreState, entries: Append['entries']): void {
  const { log } = state;
  const from = entries.findIndex((entry) => log.termAt(entry.index) !== entry.term);
  const first = entries[from];
  if (first === undefined) return;
  if (first.index <= log.lastIndex) {
    assert(first.index > state.commitIndex, `entry ${first.index} is committed and stays`);
    log.truncateFrom(first.index);
    state.persists.noteTruncated(first.index);
  }
  log.append(entries.slice(from));
}

/** Confirms the log through `matchIndex`; the shell holds it until that log is durable. */
export function replyMatch(state: CoreState, to: NodeId, matchIndex: LogIndex): void {
  sendDurably(state, to, {
    kind: 'appendReply',
    ...header(state),
    success: true,
    matchIndex,
    hintIndex: 0,
    hintTerm: 0,
  });
}

/** Names the newest entry that could still match, which skips a whole term at once. */
function refuse(state: CoreState, message: Append): void {
  const hint = state.log.newestAtMost(message.prevIndex, message.prevTerm);
  sendDurably(state, message.from, {
    kind: 'appendReply',
    ...header(state),
    success: false,
    matchIndex: 0,
    hintIndex: hint.index,
    hintTerm: hint.term,
  });
}

/** Answers a leader of an older term, so that it learns of the newer one and resigns. */
export function refuseStaleLeader(state: CoreState, to: NodeId): void {
  sendDurably(state, to, {
    kind: 'appendReply',
    ...header(state),
    success: false,
    matchIndex: 0,
    hintIndex: 0,
    hintTerm: 0,
  });
}
