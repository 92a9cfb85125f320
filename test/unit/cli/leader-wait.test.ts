import { expect, test } from 'vitest';
import { describeWait } from '../../../src/cli/leader-wait.ts';

const partition = {
  partition: 3,
  leader: -1,
  leaderEpoch: 7,
  replicas: [1, 2, 4],
  isr: [],
  eligibleLeaderReplicas: [],
  lastKnownElr: [],
  offline: [],
};

test.each([
  [
    'whom to start, of those that have everything',
    { eligibleLeaderReplicas: [1, 2], lastKnownLeader: 1 },
    'partition 3 has no leader, last led by 1: start one of 1, 2, which have every acknowledged record',
  ],
  [
    'whom to wait for, where the power was cut',
    { lastKnownElr: [2, 4] },
    "partition 3 has no leader: once all of 2, 4 are back, who has most leads; 'ottla topic recover t --partition 3' says what would be lost before",
  ],
  [
    'both, while one of them is away',
    { eligibleLeaderReplicas: [1], lastKnownElr: [2] },
    'partition 3 has no leader: start 1 or, where the power was cut, all of 1, 2',
  ],
  [
    'what is left to do where nobody has it',
    {},
    "partition 3 has no leader: no trusted copy is left; bring back a disk with its data, or see 'ottla topic recover t --partition 3'",
  ],
])('a partition without a leader says %s', (_, change, line) => {
  expect(describeWait('t', { ...partition, ...change })).toBe(line);
});
