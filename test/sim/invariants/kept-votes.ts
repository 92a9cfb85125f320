import type { HardState } from '../../../src/raft/core/entry.ts';
import type { Invariant } from './invariant.ts';
import { storedRaft } from './stored-raft.ts';

/** What a voter has promised on its disk it keeps: terms rise, and a vote of a term stays. */
export const keptVotes = (): Invariant => {
  const promised = new Map<number, HardState>();
  return {
    name: 'kept-votes',
    source: 'replication.md 1.1, 5.2; Raft, figure 2: currentTerm and votedFor are persistent',
    onInterval: (view) => {
      for (const machine of view.machines) {
        if (view.isForgetful(machine.nodeId)) promised.delete(machine.nodeId);
        if (!machine.config.isController || view.isForgetful(machine.nodeId)) continue;
        const now = storedRaft(machine).hardState;
        const before = promised.get(machine.nodeId);
        if (now !== undefined) promised.set(machine.nodeId, now);
        if (before === undefined) continue;
        const isKept =
          now !== undefined &&
          (now.term > before.term ||
            (now.term === before.term && [now.votedFor, undefined].includes(before.votedFor)));
        if (isKept) continue;
        const what = `${JSON.stringify(before)}, then ${JSON.stringify(now)}`;
        view.violate('kept-votes', `the disk of ${machine.name} held ${what}`);
      }
    },
  };
};
