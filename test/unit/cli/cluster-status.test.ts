import { describe, expect, it } from 'vitest';
import { roleOf } from '../../../src/cli/cluster-status.ts';

const sound = { isVoter: true, counts: true, canVote: true, directoryId: 'one' };

describe('who of the quorum is what', () => {
  it.each([
    ['voter', sound],
    ['voter', { ...sound, canVote: false, directoryId: '' }],
    ['voter lost: it is back with another directory', { ...sound, counts: false }],
    ['voter lost: it is back without its vote', { ...sound, counts: false, canVote: false }],
    [
      'voter lost: it runs an earlier release',
      { isVoter: true, counts: false, canVote: false, directoryId: '' },
    ],
    ['controller, no voter', { ...sound, isVoter: false, counts: false }],
    ['observer', { ...sound, isVoter: false, counts: false, canVote: false }],
  ])('%s', (role, peer) => {
    expect(roleOf(peer)).toBe(role);
  });
});
