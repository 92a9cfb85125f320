import { describe, expect, it } from 'vitest';
import { directoryOf, roleOf } from '../../../src/cli/cluster-status.ts';

const sound = {
  isVoter: true,
  counts: true,
  canVote: true,
  directoryId: 'one',
  needsUpdate: false,
};

describe('the directory of a node of the quorum', () => {
  const voters = [
    { nodeId: 1, directoryId: 'one', address: '' },
    { nodeId: 2, directoryId: '', address: '' },
  ];
  const peers = [
    { ...sound, nodeId: 1, directoryId: 'another', matchIndex: 0 },
    { ...sound, nodeId: 2, directoryId: 'two', matchIndex: 0 },
    { ...sound, nodeId: 3, directoryId: '', matchIndex: 0 },
  ];

  it.each([
    ['is the one that the set names, by which it is removed', 1, 'one'],
    ['is the one that answers, where the set names none', 2, 'two'],
    ['is not shown where it is not known', 3, '-'],
  ])('%s', (_, nodeId, directory) => {
    expect(directoryOf({ voters, peers }, nodeId)).toBe(directory);
  });
});

describe('who of the quorum is what', () => {
  it.each([
    ['voter', sound],
    ['voter', { ...sound, canVote: false, directoryId: '' }],
    ['voter lost: it is back with another directory', { ...sound, counts: false }],
    ['voter lost: it is back without its vote', { ...sound, counts: false, canVote: false }],
    [
      'voter lost: it runs an earlier release',
      { ...sound, counts: false, canVote: false, directoryId: '' },
    ],
    [
      'waits: its release could not keep the metadata; update it',
      { ...sound, counts: false, canVote: false, directoryId: '', needsUpdate: true },
    ],
    ['controller, no voter', { ...sound, isVoter: false, counts: false }],
    ['observer', { ...sound, isVoter: false, counts: false, canVote: false }],
  ])('%s', (role, peer) => {
    expect(roleOf(peer)).toBe(role);
  });
});
