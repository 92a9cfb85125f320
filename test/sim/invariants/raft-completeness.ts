import type { Invariant } from './invariant.ts';

/** Who comes to lead the quorum has every entry that was ever committed. */
export const raftCompleteness = (): Invariant => {
  let committedIndex = 0;
  const led = new Set<number>();
  /** Where each log ended one event ago: a leader begins by adding an entry of its own. */
  const ends = new Map<number, number>();
  return {
    name: 'raft-completeness',
    source: 'replication.md 5.4; Raft, figure 3: leader completeness',
    onStarted: (_, { machine }) => {
      ends.delete(machine.nodeId);
    },
    onEvent: (view) => {
      for (const live of view.live) {
        const { machine } = live;
        const { role, term, commitIndex, lastIndex } = view.raftStatus(live);
        if (role === 'leader' && !led.has(term)) {
          led.add(term);
          const end = ends.get(machine.nodeId) ?? lastIndex;
          if (end < committedIndex) {
            const what = `comes to lead term ${term} with the end ${end}`;
            view.violate(
              'raft-completeness',
              `${machine.name} ${what}, committed is ${committedIndex}`,
            );
          }
        }
        ends.set(machine.nodeId, lastIndex);
        committedIndex = Math.max(committedIndex, commitIndex);
      }
    },
  };
};
