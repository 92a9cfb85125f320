import { describe, expect, test } from 'vitest';
import { GroupRig, REBALANCE_MS, SESSION_MS, settle, stableGroup } from './fixture.ts';

describe('the first members', () => {
  test('wait for the initial delay, then get generation 1 together', () => {
    const rig = new GroupRig();

    const first = rig.join();
    rig.run(2000);
    const second = rig.join();
    rig.run(999);
    const early = rig.reply(first);
    rig.run(5000);

    expect(early).toBeUndefined();
    expect(rig.joined(first)).toMatchObject({ code: 'NONE', generation: 1, leader: 'm1' });
    expect(rig.joined(second)).toMatchObject({ code: 'NONE', generation: 1, leader: 'm1' });
    expect(rig.core.state).toBe('completingRebalance');
  });

  test('prolong the delay while others come, up to the rebalance timeout', () => {
    const rig = new GroupRig();
    const first = rig.join({ rebalanceTimeoutMs: 7000 });

    rig.run(2900);
    rig.join({ rebalanceTimeoutMs: 7000 });
    rig.run(2900);
    rig.join({ rebalanceTimeoutMs: 7000 });
    const early = rig.reply(first);
    rig.run(1200);

    expect(early).toBeUndefined();
    expect(rig.joined(first)).toMatchObject({ generation: 1, members: { length: 3 } });
  });

  test('only the leader is told the members and their metadata', () => {
    const rig = new GroupRig();
    const [leader, other] = [rig.join(), rig.join()];
    rig.run(10_000);

    expect(rig.joined(leader)?.members.map(({ memberId }) => memberId)).toEqual(['m1', 'm2']);
    expect(rig.joined(other)?.members).toEqual([]);
  });
});

describe('a join is refused', () => {
  test.each([
    [
      'with a session timeout below the bound',
      { sessionTimeoutMs: 5999 },
      'INVALID_SESSION_TIMEOUT',
    ],
    ['with one above', { sessionTimeoutMs: 1_800_001 }, 'INVALID_SESSION_TIMEOUT'],
    ['with another type of protocol', { protocolType: 'connect' }, 'INCONSISTENT_GROUP_PROTOCOL'],
    ['without a protocol', { wants: [] }, 'INCONSISTENT_GROUP_PROTOCOL'],
    ['with no protocol in common', { wants: ['sticky'] }, 'INCONSISTENT_GROUP_PROTOCOL'],
    ['with an id that nobody gave', { memberId: 'who' }, 'UNKNOWN_MEMBER_ID'],
    [
      'as a static member that is not there',
      { memberId: 'm1', instanceId: 'i' },
      'UNKNOWN_MEMBER_ID',
    ],
  ])('%s', (_, change, code) => {
    const rig = stableGroup(2);

    expect(rig.code(rig.join(change))).toBe(code);
    expect(rig.core.state).toBe('stable');
  });

  test('with a protocol in common with each member and with none in common with all', () => {
    const rig = new GroupRig();
    rig.join({ wants: ['a', 'b'] });
    rig.join({ wants: ['b', 'c'] });

    expect(rig.code(rig.join({ wants: ['a', 'c'] }))).toBe('INCONSISTENT_GROUP_PROTOCOL');
  });

  test('by a full group', () => {
    const rig = stableGroup(2, { config: { maxMemberCount: 2 } });

    expect(rig.code(rig.join())).toBe('GROUP_MAX_SIZE_REACHED');
  });

  test('by an empty group where it names neither type nor protocol', () => {
    const rig = new GroupRig();

    expect(rig.code(rig.join({ protocolType: '' }))).toBe('INCONSISTENT_GROUP_PROTOCOL');
    expect(rig.code(rig.join({ wants: [] }))).toBe('INCONSISTENT_GROUP_PROTOCOL');
  });
});

describe('a member without an id (KIP-394)', () => {
  test('is given one first, and joins with it', () => {
    const rig = new GroupRig();

    const asked = rig.join({ needsKnownMemberId: true });
    const joined = rig.join({ memberId: 'm1', needsKnownMemberId: true });
    rig.run(10_000);

    expect(rig.joined(asked)).toMatchObject({ code: 'MEMBER_ID_REQUIRED', memberId: 'm1' });
    expect(rig.joined(joined)).toMatchObject({ code: 'NONE', memberId: 'm1', generation: 1 });
  });

  test('keeps the id for a session; then nobody knows it', () => {
    const rig = new GroupRig();
    rig.join({ needsKnownMemberId: true });

    rig.run(SESSION_MS);

    expect(rig.code(rig.join({ memberId: 'm1' }))).toBe('UNKNOWN_MEMBER_ID');
  });

  test('disturbs no stable group by an id that it never uses', () => {
    const rig = stableGroup(1);

    rig.join({ needsKnownMemberId: true });
    rig.heartbeat('m1');
    rig.run(9000);
    rig.heartbeat('m1');
    rig.run(9000);

    expect(rig.core.state).toBe('stable');
    expect(rig.core.generation).toBe(1);
  });

  test('holds a gathering up until it joins, leaves, or its time is over', () => {
    const rig = stableGroup(1);
    rig.join({ needsKnownMemberId: true });

    const again = rig.join({ memberId: 'm1' });
    const early = rig.reply(again);
    rig.leave({ memberId: 'm2' });

    expect(early).toBeUndefined();
    expect(rig.joined(again)).toMatchObject({ generation: 2 });
  });
});

describe('a rebalance', () => {
  test('begins with a new member; all get the next generation when all have come', () => {
    const rig = stableGroup(2);

    const third = rig.join();
    const told = rig.heartbeat('m1');
    const first = rig.join({ memberId: 'm1' });
    const early = rig.reply(third);
    const second = rig.join({ memberId: 'm2' });

    expect(told).toBe('REBALANCE_IN_PROGRESS');
    expect(early).toBeUndefined();
    for (const id of [first, second, third])
      expect(rig.joined(id)).toMatchObject({ generation: 2 });
  });

  test('leaves out a member that does not come within the rebalance timeout', () => {
    const rig = stableGroup(2, {});
    rig.join();
    const first = rig.join({ memberId: 'm1' });

    for (let ms = 0; ms < REBALANCE_MS; ms += 5000) {
      rig.heartbeat('m2');
      rig.run(5000);
    }

    expect(rig.joined(first)).toMatchObject({ generation: 2, members: { length: 2 } });
    expect(rig.heartbeat('m2')).toBe('UNKNOWN_MEMBER_ID');
  });

  test('lets another member lead where the leader does not come', () => {
    const rig = stableGroup(2);
    const third = rig.join();
    const second = rig.join({ memberId: 'm2' });

    rig.run(SESSION_MS);

    expect(rig.joined(second)).toMatchObject({ leader: 'm2', members: { length: 2 } });
    expect(rig.joined(third)).toMatchObject({ leader: 'm2', members: [] });
  });

  test('begins where the leader joins again: it has seen other topics', () => {
    const rig = stableGroup(2);

    rig.join({ memberId: 'm1' });

    expect(rig.core.state).toBe('preparingRebalance');
  });

  test('does not begin where a follower joins again with the same protocols', () => {
    const rig = stableGroup(2);

    const again = rig.join({ memberId: 'm2' });

    expect(rig.joined(again)).toMatchObject({ code: 'NONE', generation: 1, members: [] });
    expect(rig.core.state).toBe('stable');
  });

  test('begins where a follower joins again with others', () => {
    const rig = stableGroup(2);

    rig.join({ memberId: 'm2', wants: ['range', 'sticky'] });

    expect(rig.core.state).toBe('preparingRebalance');
  });

  test('answers a join that was sent again, both times', () => {
    const rig = stableGroup(2);
    rig.join();

    const lost = rig.join({ memberId: 'm1' });
    const again = rig.join({ memberId: 'm1' });
    rig.join({ memberId: 'm2' });

    expect(rig.code(lost)).toBe('REBALANCE_IN_PROGRESS');
    expect(rig.code(again)).toBe('NONE');
  });

  test('repeats the answer to a member that joins again before its sync', () => {
    const rig = new GroupRig();
    rig.join();
    rig.join();
    rig.run(10_000);

    const again = rig.join({ memberId: 'm1' });

    expect(rig.joined(again)).toMatchObject({ generation: 1, members: { length: 2 } });
    expect(rig.core.state).toBe('completingRebalance');
  });
});

describe('the protocol', () => {
  const chosen = (...wishes: Array<readonly string[]>): string | undefined => {
    const rig = new GroupRig();
    for (const wants of wishes) rig.join({ wants });
    rig.run(9000);
    return rig.core.protocol;
  };

  test('is one that all support, though nobody wants it most', () => {
    expect(chosen(['a', 'c'], ['b', 'c'])).toBe('c');
  });

  test('is the one with most votes among those', () => {
    expect(chosen(['a', 'b'], ['b', 'a'], ['b', 'a'])).toBe('b');
  });

  test('may be changed by the only member there is', () => {
    const rig = stableGroup(1);

    rig.join({ memberId: 'm1', wants: ['sticky'] });

    expect(rig.core.protocol).toBe('sticky');
  });

  test('may be a cooperative one like any other', () => {
    expect(chosen(['cooperative-sticky', 'range'], ['cooperative-sticky'])).toBe(
      'cooperative-sticky',
    );
  });
});

test('a member that leaves and one that comes bring the group to rest again', () => {
  const rig = stableGroup(3);

  rig.leave({ memberId: 'm2' });
  rig.join({ memberId: 'm1' });
  rig.join({ memberId: 'm3' });
  settle(rig);

  expect(rig.core.state).toBe('stable');
  expect(rig.core.generation).toBe(2);
  expect(rig.core.members.map(({ id }) => id)).toEqual(['m1', 'm3']);
});
