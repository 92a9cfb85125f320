import { describe, expect, test } from 'vitest';
import { bytesOf, GroupRig, REBALANCE_MS, SESSION_MS, stableGroup, textOf } from './fixture.ts';

/** Members m1 (who leads) and m2 in generation 1, neither with an assignment. */
const completing = (): GroupRig => {
  const rig = new GroupRig();
  rig.join();
  rig.join();
  rig.run(9000);
  return rig;
};

const ASSIGNMENTS = new Map([
  ['m1', bytesOf('one')],
  ['m2', bytesOf('two')],
]);

describe('the assignment', () => {
  test('reaches members only when it is stored', () => {
    const rig = completing();
    rig.holdsWrites = true;

    const other = rig.sync('m2');
    const leader = rig.sync('m1', { assignments: ASSIGNMENTS });
    const early = [rig.reply(other), rig.reply(leader)];
    rig.settleWrite();

    expect(early).toEqual([undefined, undefined]);
    expect([other, leader].map((id) => textOf(rig.synced(id)?.assignment ?? bytesOf('')))).toEqual([
      'two',
      'one',
    ]);
    expect(rig.core.state).toBe('stable');
  });

  test('is stored with generation, protocol, leader and members', () => {
    const rig = completing();
    rig.sync('m1', { assignments: ASSIGNMENTS });

    expect(rig.log.at(-1)).toMatchObject({
      kind: 'group',
      value: {
        generation: 1,
        protocol: 'range',
        protocolType: 'consumer',
        leader: 'm1',
        members: [{ memberId: 'm1' }, { memberId: 'm2', assignment: bytesOf('two') }],
      },
    });
  });

  test('is empty for a member that the leader forgot', () => {
    const rig = completing();
    const other = rig.sync('m2');
    rig.sync('m1');

    expect(rig.synced(other)).toMatchObject({ code: 'NONE', assignment: bytesOf('') });
  });

  test('is told again to a member that asks again', () => {
    const rig = stableGroup(2);

    expect(textOf(rig.synced(rig.sync('m2'))?.assignment ?? bytesOf(''))).toBe('for m2');
  });

  test('is not told where it could not be stored; members join again', () => {
    const rig = completing();
    rig.holdsWrites = true;
    const other = rig.sync('m2');
    const leader = rig.sync('m1', { assignments: ASSIGNMENTS });

    rig.settleWrite('NOT_ENOUGH_REPLICAS');

    expect([rig.code(other), rig.code(leader)]).toEqual([
      'COORDINATOR_NOT_AVAILABLE',
      'COORDINATOR_NOT_AVAILABLE',
    ]);
    expect(rig.core.state).toBe('preparingRebalance');
  });

  test('of a generation that ended while it was being stored is dropped', () => {
    const rig = completing();
    rig.holdsWrites = true;
    const leader = rig.sync('m1', { assignments: ASSIGNMENTS });

    rig.join();
    rig.settleWrite();

    expect(rig.code(leader)).toBe('REBALANCE_IN_PROGRESS');
    expect(rig.core.state).toBe('preparingRebalance');
  });

  test('is the first that the leader sent, where it sends two', () => {
    const rig = completing();
    rig.holdsWrites = true;
    const lost = rig.sync('m1', { assignments: ASSIGNMENTS });
    const again = rig.sync('m1', { assignments: new Map() });

    expect(rig.open).toHaveLength(1);
    rig.settleWrite();

    expect(rig.code(lost)).toBe('REBALANCE_IN_PROGRESS');
    expect(rig.synced(again)).toMatchObject({ assignment: bytesOf('one') });
  });
});

describe('a sync is refused', () => {
  test.each([
    ['of an older generation', 'm1', { generation: 0 }, 'ILLEGAL_GENERATION'],
    ['of a stranger', 'who', {}, 'UNKNOWN_MEMBER_ID'],
    ['for another protocol', 'm1', { protocol: 'sticky' }, 'INCONSISTENT_GROUP_PROTOCOL'],
    ['for another type', 'm1', { protocolType: 'connect' }, 'INCONSISTENT_GROUP_PROTOCOL'],
  ])('%s', (_, memberId, change, code) => {
    const rig = completing();

    expect(rig.code(rig.sync(memberId, change))).toBe(code);
  });

  test('while members gather', () => {
    const rig = stableGroup(2);
    rig.join();

    expect(rig.code(rig.sync('m1'))).toBe('REBALANCE_IN_PROGRESS');
  });
});

describe('members that never come for their assignment', () => {
  test('are taken for gone after the rebalance timeout, the leader too', () => {
    const rig = completing();
    const other = rig.sync('m2');

    for (let ms = 0; ms < REBALANCE_MS; ms += 5000) {
      rig.heartbeat('m1');
      rig.run(5000);
    }

    expect(rig.code(other)).toBe('REBALANCE_IN_PROGRESS');
    expect(rig.heartbeat('m1')).toBe('UNKNOWN_MEMBER_ID');
    expect(rig.core.members.map(({ id }) => id)).toEqual(['m2']);
  });

  test('are taken for gone by others than the leader too', () => {
    const rig = completing();
    rig.sync('m1', { assignments: ASSIGNMENTS });

    for (let ms = 0; ms < REBALANCE_MS; ms += 5000) {
      rig.heartbeat('m1');
      rig.heartbeat('m2');
      rig.run(5000);
    }

    expect(rig.core.members.map(({ id }) => id)).toEqual(['m1']);
    expect(rig.core.state).toBe('preparingRebalance');
  });
});

describe('a session', () => {
  test('ends a member that is silent for its timeout, and the others gather', () => {
    const rig = stableGroup(2);

    rig.run(SESSION_MS - 1);
    const before = rig.heartbeat('m1');
    rig.run(1);

    expect(before).toBe('NONE');
    expect(rig.heartbeat('m2')).toBe('UNKNOWN_MEMBER_ID');
    expect(rig.heartbeat('m1')).toBe('REBALANCE_IN_PROGRESS');
  });

  test('goes on by beats, also while members gather', () => {
    const rig = stableGroup(2);
    rig.join();

    for (let beat = 0; beat < 4; beat += 1) {
      rig.run(SESSION_MS - 1);
      rig.heartbeat('m1');
    }

    expect(rig.heartbeat('m1')).toBe('REBALANCE_IN_PROGRESS');
    expect(rig.heartbeat('m2')).toBe('UNKNOWN_MEMBER_ID');
  });

  test('does not end a member whose request is parked here', () => {
    const rig = completing();
    const parked = rig.sync('m2');
    rig.heartbeat('m2');
    rig.heartbeat('m1');

    for (let beat = 0; beat < 4; beat += 1) {
      rig.run(SESSION_MS - 1);
      rig.heartbeat('m1');
    }
    rig.sync('m1', { assignments: ASSIGNMENTS });

    expect(rig.synced(parked)).toMatchObject({ code: 'NONE', assignment: bytesOf('two') });
  });

  test('does not end a member that left its sync for a new join', () => {
    const rig = completing();
    rig.heartbeat('m1');
    rig.sync('m2');
    const parked = rig.join({ memberId: 'm2', wants: ['range', 'sticky'] });

    for (let beat = 0; beat < 4; beat += 1) {
      rig.run(SESSION_MS - 1);
      rig.heartbeat('m1');
    }
    rig.join({ memberId: 'm1' });

    expect(rig.joined(parked)).toMatchObject({ code: 'NONE', generation: 2 });
  });

  test('of the last member leaves the group empty, which is stored', () => {
    const rig = stableGroup(1);

    rig.run(SESSION_MS);

    expect(rig.core.state).toBe('empty');
    expect(rig.log.at(-1)).toMatchObject({
      value: { generation: 2, members: [], leader: undefined },
    });
    expect(rig.timers.size).toBe(0);
  });

  test('is not ended by a timer that rang when a beat had come', () => {
    const rig = stableGroup(1);
    rig.leave({ memberId: 'm1' });

    expect(rig.core.onTimer('member:m1', rig.nowMs)).toEqual([]);
    expect(rig.core.onTimer('join', rig.nowMs)).toEqual([]);
  });
});

describe('a beat is refused', () => {
  test.each([
    ['of another generation', 'm1', { generation: 7 }, 'ILLEGAL_GENERATION'],
    ['of a stranger', 'who', {}, 'UNKNOWN_MEMBER_ID'],
  ])('%s', (_, memberId, change, code) => {
    expect(stableGroup(1).heartbeat(memberId, change)).toBe(code);
  });

  test('by an empty group', () => {
    expect(new GroupRig().heartbeat('m1')).toBe('UNKNOWN_MEMBER_ID');
  });

  test('not between the generation and its assignment', () => {
    expect(completing().heartbeat('m1')).toBe('NONE');
  });
});

describe('leaving', () => {
  test('answers each member of a batch by itself', () => {
    const rig = stableGroup(3);

    const codes = rig.leave({ memberId: 'm2' }, { memberId: 'who' }, { memberId: 'm2' });

    expect(codes).toEqual(['NONE', 'UNKNOWN_MEMBER_ID', 'UNKNOWN_MEMBER_ID']);
    expect(rig.core.state).toBe('preparingRebalance');
  });

  test('of nobody known disturbs nobody', () => {
    const rig = stableGroup(1);

    rig.leave({ memberId: 'who' });

    expect(rig.core.state).toBe('stable');
  });

  test('answers what the member had parked', () => {
    const rig = completing();
    const parked = rig.sync('m2');

    rig.leave({ memberId: 'm2' });

    expect(rig.code(parked)).toBe('UNKNOWN_MEMBER_ID');
  });
});
