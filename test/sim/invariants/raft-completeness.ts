import type { Invariant } from './invariant.ts';

/** Who comes to lead the quorum has every entry that was ever committed. */
export const raftCompleteness = (): Invariant => {
  let committedIndex = 0;
  const led = new Set<number>();
  return {
    name: 'raft-completeness',
    source: 'replication.md 5.4; Raft, figure 3: leader completeness',
    onEvent: (view) => {
      for (const live of view.live) {
        const { machine } = live;
        const { role, term, commitIndex, lastIndex } = view.raftStatus(live);
        if (role === 'leader' && !led.has(term)) {
          led.add(term);
          if (lastIndex < committedIndex) {
            const what = `leads term ${term} with the end ${lastIndex}, committed is ${committedIndex}`;
            view.violate('raft-completeness', `${machine.name} ${what}`);
          }
        }
        committedIndex = Math.max(committedIndex, commitIndex);
      }
    },
  };
};
