import { describe, expect, it } from 'vitest';
import { describeOverflow, run as overflow } from '../../../src/cli/group-overflow.ts';
import { describeStandby, run as standby } from '../../../src/cli/group-standby.ts';

/** Nobody listens there: what is refused is refused before. */
const bootstrap = '127.0.0.1:1';

describe('describeStandby', () => {
  it('tells of how many members that is', () => {
    const members = [{ label: 'app' }, { label: 'app' }, { label: undefined }];

    expect(describeStandby(['app'], members)).toBe('members labelled app are on standby, 2 of 3');
  });

  it('tells that they keep their partitions where that is all of them', () => {
    expect(describeStandby(['app', 'web'], [{ label: 'web' }])).toBe(
      'members labelled app or web are on standby, 1 of 1; they keep their partitions until another joins',
    );
  });

  it('tells of a group without members, of one that gathers, and of one with nobody on standby', () => {
    expect([
      describeStandby(['app'], []),
      describeStandby(['app'], undefined),
      describeStandby([], [{ label: 'app' }]),
    ]).toEqual([
      'members labelled app are on standby, 0 of 0',
      'members labelled app are on standby',
      'no member is on standby',
    ]);
  });
});

describe('describeOverflow', () => {
  it('tells both bounds', () => {
    const above = { lagCount: 10_000, lagMs: 60_000 };
    const below = { lagCount: 1000, lagMs: 5000 };

    expect(describeOverflow({ above, below, forMs: 10_000 })).toBe(
      'members of the overflow lane get partitions above 10000 record(s) or 1 min 0 s, ' +
        'until 1000 record(s) and 5.0 s or less, for 10.0 s each',
    );
  });

  it('tells that there are none', () => {
    expect(describeOverflow(undefined)).toBe(
      'members of the overflow lane get partitions while there are no others',
    );
  });
});

describe('a command line that says two things, or half of one, is refused', () => {
  it.each([
    [() => standby('g', { bootstrap, off: true, label: ['app'] }), '--off stands alone'],
    [() => overflow('g', { bootstrap, off: true, aboveLag: 5 }), '--off stands alone'],
    [() => overflow('g', { bootstrap, belowLag: 5 }), 'above which lag?'],
    [() => overflow('g', { bootstrap, for: 5 }), 'above which lag?'],
  ])('%#', async (run, message) => {
    await expect(run()).rejects.toThrow(message);
  });
});
