import { describe, expect, it } from 'vitest';
import { describeOverflow, run as overflow } from '../../../src/cli/group-overflow.ts';
import { describeStandby, run as standby } from '../../../src/cli/group-standby.ts';
import { waitingLines } from '../../../src/cli/member-words.ts';
import type { GroupMemberDescription } from '../../../src/client/admin/group-types.ts';

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

describe('waitingLines', () => {
  const member = (
    memberId: string,
    change: Partial<GroupMemberDescription> = {},
  ): GroupMemberDescription => ({
    memberId,
    instanceId: undefined,
    clientId: 'c',
    host: 'h',
    label: undefined,
    lane: 'main',
    isOnStandby: false,
    keepsFences: true,
    handlerTimes: undefined,
    partitions: [],
    ...change,
  });
  const members = [
    member('busy', { lane: 'overflow', partitions: [{ topic: 't', partition: 0 }] }),
    member('spare', { lane: 'overflow' }),
    member('app', { label: 'app', isOnStandby: true }),
    member('late'),
  ];

  const assignor = 'range';

  it('tell of each member without partitions what it waits for', () => {
    const overflow = { above: { lagCount: 5000 }, below: { lagCount: 2500 }, forMs: 10_000 };

    expect(waitingLines({ state: 'Stable', members, overflow, assignor })).toEqual([
      'spare at h: overflow member, gets work above a lag of 5000 record(s)',
      'app at h: standby, label app',
      'late at h: idle, there are not enough partitions for it',
    ]);
  });

  it('tell of an overflow member without a bound that it stands in for the others', () => {
    expect(waitingLines({ state: 'Stable', members, overflow: undefined, assignor })[0]).toBe(
      'spare at h: overflow member, gets work while there are no others',
    );
  });

  it('tell of one behind the single active member that it waits for its place', () => {
    const group = { members, overflow: undefined, assignor: 'single-active' };

    expect(waitingLines({ ...group, state: 'Stable' }).at(-1)).toBe(
      'late at h: waits to take the place of the active one, as single-active has it',
    );
  });

  it('are none while the members gather', () => {
    const group = { members, overflow: undefined, assignor };

    expect(waitingLines({ ...group, state: 'PreparingRebalance' })).toEqual([]);
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
