import { describe, expect, it } from 'vitest';
import type { LaggingGroup, PlaceLag } from '../../../../src/broker/groups/lag-round.ts';
import { decideRound, lagCountByTopic, maxLagMs } from '../../../../src/broker/groups/lag-round.ts';

const group = (groupId: string, count: number): LaggingGroup<string> => ({
  group: groupId,
  groupId,
  entries: Array.from({ length: count }, (_, partition) => ({
    topic: 't',
    partition,
    value: { offset: 0, leaderEpoch: -1, metadata: '', committedAtMs: 0 },
  })),
});

const place = (topic: string, lagCount: number, lagMs?: number): PlaceLag => ({
  topic,
  partition: 0,
  lagCount,
  lagMs,
});

describe('a round', () => {
  it('looks at groups by name, each wholly, as far as they have room', () => {
    const groups = [group('c', 1), group('a', 2), group('b', 5), group('d', 1)];

    const round = decideRound(groups, 4);

    expect(round.groups.map(({ groupId }) => groupId)).toEqual(['a', 'c', 'd']);
    expect(round.omittedCount).toBe(5);
  });

  it('looks at nothing with a bound of zero', () => {
    expect(decideRound([group('a', 1)], 0)).toEqual({ groups: [], omittedCount: 1 });
  });
});

describe('what a group lags', () => {
  it('is summed by topic, and is as old as its oldest record', () => {
    const lags = [place('t', 2, 30), place('t', 3, 70), place('u', 4)];

    expect([...lagCountByTopic(lags)]).toEqual([
      ['t', 5],
      ['u', 4],
    ]);
    expect(maxLagMs(lags)).toBe(70);
  });

  it('is of unknown age where no record has a timestamp', () => {
    expect(maxLagMs([place('t', 2)])).toBeUndefined();
  });
});
