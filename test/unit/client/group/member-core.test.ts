import { describe, expect, test } from 'vitest';
import { encodeAssignment } from '../../../../src/client/group/consumer-protocol.ts';
import { places } from './assignor-fixture.ts';
import { MemberRig, memberWith } from './member-rig.ts';

describe('joining', () => {
  test('looks for the coordinator, joins there, and syncs for its share', () => {
    const rig = new MemberRig();

    rig.join().joined().synced('t0 t1');

    expect(rig.kinds()).toEqual(['findCoordinator', 'join', 'sync', 'assigned']);
    expect(rig.last('sync')).toMatchObject({ memberId: 'm1', generation: 1, coordinator: 1 });
    expect(rig.owned).toBe('t0 t1');
  });

  test('joins at once with the id that the coordinator asks it to come with', () => {
    const rig = new MemberRig().join();

    rig.joined({ code: 'MEMBER_ID_REQUIRED', memberId: 'given' });

    expect(rig.kinds()).toEqual(['findCoordinator', 'join', 'join']);
    expect(rig.last('join').memberId).toBe('given');
  });

  test('decides for all where it leads, and syncs with what was decided', () => {
    const rig = new MemberRig().join();
    const members = [{ memberId: 'm1', instanceId: undefined, metadata: new Uint8Array(0) }];

    rig.joined({ leader: 'm1', members });
    expect(rig.last('assign')).toMatchObject({ members, protocol: 'cooperative-sticky' });
    const assignments = new Map([['m1', encodeAssignment(places('t0'))]]);
    rig.see(rig.core.onAssignments(rig.last('assign').request, assignments));

    expect(rig.last('sync').assignments).toBe(assignments);
    expect(rig.core.leads).toBe(true);
  });

  test('lives on by heartbeats while it decides', () => {
    const rig = new MemberRig().join().joined({ leader: 'm1' });

    rig.fire('heartbeat');

    expect(rig.last('heartbeat')).toMatchObject({ memberId: 'm1', generation: 1 });
  });

  test('an answer to an earlier request changes nothing', () => {
    const rig = new MemberRig().join();
    const { request } = rig.last('join');
    rig.joined({ code: 'MEMBER_ID_REQUIRED', memberId: 'given' });
    const before = rig.all.length;

    rig.see(rig.core.onJoin(request, { ...answer, code: 'UNKNOWN_MEMBER_ID' }));

    expect(rig.all.length).toBe(before);
  });

  test.each([
    'INCONSISTENT_GROUP_PROTOCOL',
    'INVALID_SESSION_TIMEOUT',
    'GROUP_MAX_SIZE_REACHED',
    'FENCED_INSTANCE_ID',
  ] as const)('%s, which asking again does not mend, is told and ends all', (code) => {
    const rig = new MemberRig().join();

    rig.joined({ code });

    expect(rig.last('failed').code).toBe(code);
    expect(rig.core.phase).toBe('closed');
    expect(rig.timers.size).toBe(0);
  });

  test('a share that is none ends all', () => {
    const rig = new MemberRig().join().joined();
    const assignment = new Uint8Array([0]);

    rig.see(rig.core.onSync(rig.last('sync').request, { code: 'NONE', assignment }));

    expect(rig.last('failed').code).toBe('INCONSISTENT_GROUP_PROTOCOL');
  });

  test('a group that is being read by its coordinator is asked again after a pause', () => {
    const rig = new MemberRig().join();
    rig.kinds();

    rig.joined({ code: 'COORDINATOR_LOAD_IN_PROGRESS' });
    expect(rig.kinds()).toEqual(['retryLater']);
    rig.see(rig.core.onRetry());

    expect(rig.kinds()).toEqual(['join']);
  });
});

const answer = {
  code: 'NONE',
  memberId: 'm1',
  generation: 1,
  protocol: 'cooperative-sticky',
  leader: 'other',
  members: [],
} as const;

test('a member whose shares cannot be stored joins again after a pause, and a longer one', () => {
  const rig = new MemberRig().join().joined().synced('', 'COORDINATOR_NOT_AVAILABLE');
  expect(rig.kinds().slice(-2)).toEqual(['sync', 'findCoordinator']);

  rig.coordinator(1).joined().synced('', 'COORDINATOR_NOT_AVAILABLE');

  expect(rig.kinds()).toEqual(['join', 'sync', 'retryLater']);
  expect(rig.last('retryLater').failureCount).toBe(2);
});

describe('a static member that is told of another by its instance id', () => {
  test('ends where the coordinator that gave it its id says so', () => {
    const rig = memberWith('t0', { instanceId: 'i' });

    rig.beat('FENCED_INSTANCE_ID');

    expect(rig.kinds()).toEqual(['heartbeat', 'lost', 'failed']);
  });

  test('joins anew, once, where it is another coordinator, which may know an older id', () => {
    const rig = memberWith('t0', { instanceId: 'i' }).beat('NOT_COORDINATOR').coordinator(2);
    const { request } = rig.last('heartbeat');
    rig.kinds();

    rig.see(rig.core.onHeartbeat(request, 'FENCED_INSTANCE_ID', false));

    expect(rig.kinds()).toEqual(['lost', 'join']);
    expect(rig.last('join')).toMatchObject({ memberId: '', owned: [] });
    rig.joined({ code: 'FENCED_INSTANCE_ID' });
    expect(rig.kinds()).toEqual(['failed']);
  });

  test('joins anew where the same coordinator was lost and is back', () => {
    const rig = memberWith('t0', { instanceId: 'i' }).beat('NOT_COORDINATOR').coordinator(1);

    rig.beaten('FENCED_INSTANCE_ID');

    expect(rig.last('join')).toMatchObject({ memberId: '' });
  });

  test('is fenced for good in the generation that it came back to', () => {
    const rig = memberWith('t0', { instanceId: 'i' }).beat('NOT_COORDINATOR').coordinator(2);
    rig.beaten('FENCED_INSTANCE_ID');
    rig.joined({ memberId: 'm2' }).synced('t0');
    rig.kinds();

    rig.beat('FENCED_INSTANCE_ID');

    expect(rig.kinds()).toEqual(['heartbeat', 'lost', 'failed']);
  });
});

describe('an eager rebalance', () => {
  test('gives all up, and joins when what was handled is committed', () => {
    const rig = memberWith('t0 t1', { protocol: 'eager' });

    rig.beat('REBALANCE_IN_PROGRESS');
    expect(rig.kinds()).toEqual(['heartbeat', 'revoke']);
    expect(rig.places('revoke')).toBe('t0 t1');
    rig.revoked();

    expect(rig.kinds()).toEqual(['join']);
    expect(rig.last('join')).toMatchObject({ memberId: 'm1', owned: [] });
  });

  test('heartbeats go on while what was handled is being committed', () => {
    const rig = memberWith('t0', { protocol: 'eager' }).beat('REBALANCE_IN_PROGRESS');

    rig.beat('REBALANCE_IN_PROGRESS').beat('REBALANCE_IN_PROGRESS');

    expect(rig.count('heartbeat')).toBe(3);
    expect(rig.count('revoke')).toBe(1);
    expect(rig.count('join')).toBe(1);
  });
});

describe('a cooperative rebalance', () => {
  test('joins at once with what it has, and revokes nothing of what stays', () => {
    const rig = memberWith('t0 t1');

    rig.beat('REBALANCE_IN_PROGRESS');
    expect(rig.kinds()).toEqual(['heartbeat', 'join']);
    expect(rig.last('join')).toMatchObject({ owned: places('t0 t1'), ownedSince: 1 });
    rig.joined({ generation: 2 }).synced('t0 t1');

    expect(rig.kinds()).toEqual(['sync', 'assigned']);
    expect(rig.places('assigned')).toBe('');
    expect(rig.count('revoke')).toBe(0);
  });

  test('gives up what is not in its share, and joins once more when that is done', () => {
    const rig = memberWith('t0 t1 t2').beat('REBALANCE_IN_PROGRESS').joined({ generation: 2 });
    rig.kinds();

    rig.synced('t0 t3');
    expect(rig.kinds()).toEqual(['assigned', 'revoke']);
    expect(rig.places('assigned')).toBe('t3');
    expect(rig.places('revoke')).toBe('t1 t2');
    expect(rig.owned).toBe('t0 t3');
    rig.revoked();

    expect(rig.kinds()).toEqual(['join']);
    expect(rig.last('join')).toMatchObject({ owned: places('t0 t3'), ownedSince: 2 });
  });

  test('gives up what it does not want any more before it joins', () => {
    const rig = memberWith('t0 u0');

    rig.see(rig.core.subscribe(['t']));
    expect(rig.places('revoke')).toBe('u0');
    rig.revoked();

    expect(rig.last('join')).toMatchObject({ topics: ['t'], owned: places('t0') });
  });

  test('a change of what it wants that comes while it joins is told right after', () => {
    const rig = memberWith('t0').beat('REBALANCE_IN_PROGRESS');

    rig.see(rig.core.subscribe(['t', 'u']));
    expect(rig.count('join')).toBe(2);
    rig.joined({ generation: 2 }).synced('t0');

    expect(rig.count('join')).toBe(3);
    expect(rig.last('join').topics).toEqual(['t', 'u']);
  });

  test('the same topics in another order are no change', () => {
    const rig = memberWith('t0 u0');

    rig.see(rig.core.subscribe(['u', 't']));

    expect(rig.kinds()).toEqual([]);
  });

  test('a rebalance that begins while it syncs takes it back to joining, with what it has', () => {
    const rig = memberWith('t0').beat('REBALANCE_IN_PROGRESS').joined({ generation: 2 });

    rig.synced('', 'REBALANCE_IN_PROGRESS');

    expect(rig.last('join')).toMatchObject({ owned: places('t0'), ownedSince: 1 });
    expect(rig.count('lost')).toBe(0);
  });

  test('a rebalance that begins while it decides takes it back to joining', () => {
    const rig = new MemberRig().join().joined({ leader: 'm1' });
    const { request } = rig.last('assign');

    rig.beat('REBALANCE_IN_PROGRESS');
    rig.see(rig.core.onAssignments(request, new Map()));

    expect(rig.count('join')).toBe(2);
    expect(rig.count('sync')).toBe(0);
  });
});

describe('a member that the group does not know any more', () => {
  test('loses all at once, and joins as a new one', () => {
    const rig = memberWith('t0 t1');

    rig.beat('UNKNOWN_MEMBER_ID');

    expect(rig.kinds()).toEqual(['heartbeat', 'lost', 'join']);
    expect(rig.places('lost')).toBe('t0 t1');
    expect(rig.last('join')).toMatchObject({ memberId: '', owned: [], ownedSince: -1 });
  });

  test('of another generation loses all, and joins as itself', () => {
    const rig = memberWith('t0').beat('ILLEGAL_GENERATION');

    expect(rig.places('lost')).toBe('t0');
    expect(rig.last('join').memberId).toBe('m1');
  });

  test('what is being revoked is lost with the rest, and its end changes nothing', () => {
    const rig = memberWith('t0 t1').beat('REBALANCE_IN_PROGRESS').joined().synced('t0');
    rig.beat('UNKNOWN_MEMBER_ID');
    rig.kinds();

    rig.revoked();

    expect(rig.places('lost')).toBe('t0 t1');
    expect(rig.kinds()).toEqual([]);
  });

  test('a static member whose place another process has taken ends', () => {
    const rig = memberWith('t0', { instanceId: 'i' }).beat('FENCED_INSTANCE_ID');

    expect(rig.kinds()).toEqual(['heartbeat', 'lost', 'failed']);
    expect(rig.timers.size).toBe(0);
  });
});

describe('a coordinator that moves', () => {
  test('keeps member, generation and partitions: only the place of heartbeats changes', () => {
    const rig = memberWith('t0').beat('NOT_COORDINATOR');
    expect(rig.kinds()).toEqual(['heartbeat', 'findCoordinator']);

    rig.coordinator(2);

    expect(rig.kinds()).toEqual(['heartbeat']);
    expect(rig.last('heartbeat')).toMatchObject({ coordinator: 2, memberId: 'm1', generation: 1 });
    expect(rig.owned).toBe('t0');
  });

  test('a coordinator that is out of reach is looked for with growing pauses', () => {
    const rig = memberWith('t0').beat('NETWORK_EXCEPTION');
    rig.kinds();

    for (const failureCount of [2, 3, 4]) {
      rig.see(rig.core.onNoCoordinator());
      expect(rig.last('retryLater')).toEqual({ kind: 'retryLater', failureCount });
      rig.see(rig.core.onRetry());
    }

    expect(rig.count('findCoordinator')).toBe(1 + 4);
    expect(rig.owned).toBe('t0');
  });

  test('in the middle of a sync, the join is said again with the same words', () => {
    const rig = memberWith('t0').beat('REBALANCE_IN_PROGRESS');
    const { request: _, coordinator: __, ...words } = rig.last('join');
    rig.joined({ generation: 2 });

    rig.synced('', 'NOT_COORDINATOR').coordinator(2);

    expect(rig.last('join')).toMatchObject({ ...words, coordinator: 2 });
  });

  test('is noticed by a member that waits for others at the old one', () => {
    const rig = new MemberRig().join();

    rig.fire('watch').coordinator(1);
    expect(rig.count('join')).toBe(1);
    rig.fire('watch').coordinator(2);

    expect(rig.count('join')).toBe(2);
    expect(rig.last('join').coordinator).toBe(2);
  });
});

describe('a heartbeat', () => {
  test.each(['UNKNOWN_MEMBER_ID', 'ILLEGAL_GENERATION', 'REBALANCE_IN_PROGRESS'] as const)(
    'that is answered when the next generation has begun changes nothing: %s',
    (code) => {
      const rig = memberWith('t0 t1').fire('heartbeat');
      const { request } = rig.last('heartbeat');
      rig.see(rig.core.rejoin()).joined({ generation: 2 }).synced('t0 t1');
      rig.kinds();

      rig.see(rig.core.onHeartbeat(request, code, false));

      expect(rig.kinds()).toEqual([]);
      expect(rig.owned).toBe('t0 t1');
    },
  );
});

describe('a heartbeat whose answer may be held back', () => {
  const heldMember = (): MemberRig => memberWith('t0 t1', { heartbeatWaitMs: 1000 });

  test('is sent with the share, and again as soon as it was answered after its time', () => {
    const rig = heldMember();
    expect(rig.last('heartbeat')).toMatchObject({ waitMs: 1000, generation: 1 });

    rig.beaten('NONE', true);

    expect(rig.count('heartbeat')).toBe(2);
    expect(rig.timers).not.toContain('heartbeat');
  });

  test('is sent at intervals to a broker that answers at once', () => {
    const rig = heldMember();

    rig.beaten('NONE');

    expect(rig.count('heartbeat')).toBe(1);
    expect(rig.timers).toContain('heartbeat');
  });

  test('brings the member into the next generation as soon as the others gather', () => {
    const rig = heldMember();
    rig.kinds();

    rig.beaten('REBALANCE_IN_PROGRESS', true);

    expect(rig.kinds()).toEqual(['join']);
  });

  test('waits an interval while what goes elsewhere is given up', () => {
    const rig = memberWith('t0 t1', { heartbeatWaitMs: 1000, protocol: 'eager' });

    rig.beaten('REBALANCE_IN_PROGRESS', true);

    expect(rig.count('heartbeat')).toBe(1);
    expect(rig.timers).toContain('heartbeat');
  });
});

describe('leaving', () => {
  test('gives all up first, then tells the group', () => {
    const rig = memberWith('t0 t1');

    rig.see(rig.core.leave());
    expect(rig.kinds()).toEqual(['revoke']);
    rig.beat();
    expect(rig.kinds()).toEqual(['heartbeat']);
    rig.revoked();

    expect(rig.kinds()).toEqual(['leave', 'left']);
    expect(rig.last('leave')).toMatchObject({ memberId: 'm1', coordinator: 1 });
    expect(rig.timers.size).toBe(0);
  });

  test('waits for what is being revoked already', () => {
    const rig = memberWith('t0 t1').beat('REBALANCE_IN_PROGRESS').joined().synced('t0');
    rig.kinds();

    rig.see(rig.core.leave());
    expect(rig.kinds()).toEqual([]);
    rig.revoked();
    expect(rig.places('revoke')).toBe('t0');
    rig.revoked();

    expect(rig.kinds()).toEqual(['revoke', 'leave', 'left']);
  });

  test('a static member tells nobody: it may be back before its session ends', () => {
    const rig = memberWith('t0', { instanceId: 'i' });

    rig.see(rig.core.leave()).revoked();

    expect(rig.kinds()).toEqual(['revoke', 'left']);
  });

  test('before it has joined there is nobody to tell', () => {
    const rig = new MemberRig();

    rig.see(rig.core.leave());

    expect(rig.kinds()).toEqual(['left']);
  });

  test('the answer to a join that was on its way changes nothing', () => {
    const rig = new MemberRig().join();
    rig.see(rig.core.leave());
    rig.kinds();

    rig.joined();

    expect(rig.kinds()).toEqual([]);
    expect(rig.core.phase).toBe('closed');
  });
});

describe('a handler that does not come for more', () => {
  test('costs the member its place at once; it comes back as a new one when it is called', () => {
    const rig = memberWith('t0');

    rig.see(rig.core.onPollsMissed());
    expect(rig.kinds()).toEqual(['leave', 'lost']);
    expect(rig.timers.size).toBe(0);
    rig.see(rig.core.join(['t']));

    expect(rig.last('join')).toMatchObject({ memberId: '', owned: [] });
  });

  test('a static member falls silent', () => {
    const rig = memberWith('t0', { instanceId: 'i' });

    rig.see(rig.core.onPollsMissed());

    expect(rig.kinds()).toEqual(['lost']);
    expect(rig.timers.size).toBe(0);
  });
});
