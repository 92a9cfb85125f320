import type { NodeId } from '../../../src/base/ids.ts';
import type { RaftStatus } from '../../../src/raft/core/types.ts';
import type { ClusterView, Invariant } from './invariant.ts';

/** Who came to lead a term, and with what. */
interface Leader {
  readonly name: string;
  readonly endIndex: number;
}

/**
 * Who comes to lead a term has every entry that is committed in an earlier one, whichever of both
 * is first: a leader that nobody has told of its end commits with answers from before it, and a
 * voter that stood still counts its votes of a term that others have left behind.
 */
export const raftCompleteness = (): Invariant => {
  /** By term: how much is committed, as nodes in that term tell. */
  const committed = new Map<number, number>();
  const leaders = new Map<number, Leader>();
  /** Where each log ended one event ago: a leader begins by adding an entry of its own. */
  const ends = new Map<NodeId, number>();

  const noteLeader = (view: ClusterView, term: number, leader: Leader): void => {
    leaders.set(term, leader);
    for (const [earlier, index] of committed) {
      if (earlier < term) compare(view, { term, leader, earlier, index });
    }
  };

  const noteCommit = (view: ClusterView, term: number, index: number): void => {
    if (index <= (committed.get(term) ?? 0)) return;
    committed.set(term, index);
    for (const [later, leader] of leaders) {
      if (later > term) compare(view, { term: later, leader, earlier: term, index });
    }
  };

  return {
    name: 'raft-completeness',
    source: 'replication.md 5.4; Raft, figure 3: leader completeness',
    onStarted: (_, { machine }) => {
      ends.delete(machine.nodeId);
    },
    onEvent: (view) => {
      for (const live of view.live) {
        const { nodeId, name } = live.machine;
        const status = view.raftStatus(live);
        const { role, term, commitIndex, lastIndex } = status;
        if (role === 'leader' && !leaders.has(term)) {
          noteLeader(view, term, { name, endIndex: ends.get(nodeId) ?? lastIndex });
        }
        ends.set(nodeId, lastIndex);
        if (isTermOfCommit(view, nodeId, status)) noteCommit(view, term, commitIndex);
      }
    },
  };
};

/** A node whose memory was damaged may be back in an older term than what it knows as committed. */
const isTermOfCommit = (view: ClusterView, nodeId: NodeId, { role }: RaftStatus): boolean =>
  role === 'leader' || !view.isForgetful(nodeId);

interface Comparison {
  readonly term: number;
  readonly leader: Leader;
  readonly earlier: number;
  readonly index: number;
}

const compare = (view: ClusterView, { term, leader, earlier, index }: Comparison): void => {
  if (leader.endIndex >= index) return;
  const what = `comes to lead term ${term} with the end ${leader.endIndex}`;
  view.violate(
    'raft-completeness',
    `${leader.name} ${what}, committed in term ${earlier} is ${index}`,
  );
};
