import { describe, expect, it } from 'vitest';
import type { TopicDescription } from '../../../src/index.ts';
import { OttlaError } from '../../../src/index.ts';
import type { CoordinatorMove } from '../../chaos/load/coordinator-move.ts';
import { CoordinatorWatch } from '../../chaos/load/coordinator-watch.ts';

/** What is noted where each look is answered by the next of these leader epochs, 10 ms later. */
const movesSeen = async (epochs: ReadonlyArray<number | undefined>): Promise<CoordinatorMove[]> => {
  const moves: CoordinatorMove[] = [];
  const ending = new AbortController();
  let nowMs = 0;
  let looks = 0;
  const admin = {
    describeTopic: async (): Promise<TopicDescription> => {
      const leaderEpoch = epochs[looks];
      looks += 1;
      nowMs += 10;
      if (looks >= epochs.length) ending.abort();
      if (leaderEpoch === undefined) throw new OttlaError('REQUEST_TIMED_OUT', 'nobody answers');
      const partition = {
        partition: 0,
        leader: 1,
        leaderEpoch,
        replicas: [],
        isr: [],
        eligibleLeaderReplicas: [],
        lastKnownElr: [],
        offline: [],
      };
      return {
        name: '',
        topicId: '',
        maxMessageBytes: 0,
        partitions: [partition],
        fence: undefined,
      };
    },
  };
  const recorder = { nowMs: () => nowMs, addMove: (move: CoordinatorMove) => moves.push(move) };
  await new CoordinatorWatch({ admin, recorder, groups: ['g'] }).run(ending.signal);
  return moves;
};

describe('what watches the coordinators of groups', () => {
  it('notes each new leader epoch, and when the one before was seen last', async () => {
    expect(await movesSeen([4, 4, 5, 5, undefined, 7])).toEqual([
      { group: 'g', epoch: 5, lastMs: 10, firstMs: 30 },
      { group: 'g', epoch: 7, lastMs: 30, firstMs: 60 },
    ]);
  });

  it('takes no move from a broker that lags behind', async () => {
    expect(await movesSeen([4, 5, 4, 5])).toEqual([
      { group: 'g', epoch: 5, lastMs: 0, firstMs: 20 },
    ]);
  });
});
