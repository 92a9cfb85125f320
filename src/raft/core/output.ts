import type { LogIndex } from '../../base/ids.ts';
import type { Entry, Snapshot } from './entry.ts';
import { sendAppends } from './replication.ts';
import type { CoreState } from './state.ts';
import { roleName, termOf } from './state.ts';
import { maybeSendTimeoutNow } from './transfer.ts';
import type { RaftOutput, RoleChange } from './types.ts';

/** Collects all effects that are due and marks them as handed out. */
export function takeOutput(state: CoreState): RaftOutput {
  const { role, outbox, persists } = state;
  if (role.kind === 'leader') {
    sendAppends(state, role);
    maybeSendTimeoutNow(state, role);
  }
  const persist = persists.take(state.log, state.hardState);
  const installSnapshot = takeInstall(state);
  const apply = takeApply(state);
  const output: RaftOutput = {
    persist,
    persistSeq: persists.issuedSeq,
    sendNow: outbox.now,
    sendAfterPersist: outbox.afterPersist,
    roleChange: takeRoleChange(state),
    installSnapshot,
    apply,
    leaderReady: takeLeaderReady(state),
    needSnapshotChunks: outbox.chunkRequests,
    compactThrough: outbox.compactThrough,
    outdated: outbox.outdated,
    more: state.appliedIndex < applicableIndex(state),
  };
  outbox.now = [];
  outbox.afterPersist = [];
  outbox.chunkRequests = [];
  outbox.compactThrough = undefined;
  outbox.outdated = [];
  return output;
}

/** Committed and on the own disk (inclusive); nothing while a snapshot is on its way in. */
const applicableIndex = (state: CoreState): LogIndex =>
  state.installing === undefined
    ? Math.min(state.commitIndex, state.persists.persistedIndex)
    : state.appliedIndex;

function takeInstall(state: CoreState): Snapshot | undefined {
  if (state.installing?.durable !== true) return undefined;
  const { snapshot } = state.installing;
  state.installing = undefined;
  state.appliedIndex = snapshot.index;
  return snapshot;
}

/** A page of what may be applied: the mark moves by what was handed out and by nothing else. */
function takeApply(state: CoreState): readonly Entry[] {
  const through = applicableIndex(state);
  if (state.appliedIndex >= through) return [];
  const page = state.log.slice(state.appliedIndex + 1, through, state.config.maxApplyBytes);
  state.appliedIndex += page.length;
  return page;
}

function takeRoleChange(state: CoreState): RoleChange | undefined {
  const reported = state.outbox.reportedRole;
  const current: RoleChange = {
    role: roleName(state),
    term: termOf(state),
    leaderId: state.leaderId,
  };
  const isSame =
    reported?.role === current.role &&
    reported.term === current.term &&
    reported.leaderId === current.leaderId;
  if (isSame) return undefined;
  state.outbox.reportedRole = current;
  return current;
}

function takeLeaderReady(state: CoreState): RaftOutput['leaderReady'] {
  const { role, appliedIndex } = state;
  if (role.kind !== 'leader' || role.readyAnnounced) return undefined;
  if (appliedIndex < role.termStartIndex) return undefined;
  role.readyAnnounced = true;
  return { term: termOf(state), index: role.termStartIndex };
}
