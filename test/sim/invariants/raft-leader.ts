import type { Invariant } from './invariant.ts';

interface Seen {
  readonly term: number;
  readonly commitIndex: number;
  readonly appliedIndex: number;
}

/** One leader a term, for ever; terms and commits of one process never go back. */
export const raftLeader = (): Invariant => {
  const leaderByTerm = new Map<number, number>();
  const last = new Map<number, Seen>();
  return {
    name: 'raft-leader',
    source: 'replication.md 5.1, 5.2; Raft, figure 3: election safety',
    onStarted: (_, { machine }) => {
      last.delete(machine.nodeId);
    },
    onEvent: (view) => {
      for (const live of view.live) {
        const { nodeId, name } = live.machine;
        const status = view.raftStatus(live);
        const { role, term, commitIndex, appliedIndex } = status;
        const before = last.get(nodeId);
        if (before?.term === term && before.commitIndex === commitIndex && role !== 'leader') {
          continue;
        }
        if (before !== undefined && (term < before.term || commitIndex < before.commitIndex)) {
          const text = `${name} went from term ${before.term}, commit ${before.commitIndex} `;
          view.violate('raft-monotone', `${text}to ${term}, ${commitIndex}`);
        }
        // Its own snapshots hold no more than it has applied.
        if (before !== undefined && status.snapshotIndex > before.appliedIndex) {
          view.mark('raft.snapshot-installed');
        }
        last.set(nodeId, { term, commitIndex, appliedIndex });
        if (role !== 'leader') continue;
        const other = leaderByTerm.get(term);
        if (other === undefined) {
          leaderByTerm.set(term, nodeId);
          view.mark('raft.elected');
        } else if (other !== nodeId) {
          view.violate('raft-leader', `nodes ${other} and ${nodeId} both lead term ${term}`);
        }
      }
    },
  };
};
