import { describe, expect, test } from 'vitest';
import type { GroupRig } from './fixture.ts';
import { bytesOf, REBALANCE_MS, SESSION_MS, settle, stableGroup, textOf } from './fixture.ts';

/** Static members m1 (`a`, who leads) and m2 (`b`), at rest. */
const staticGroup = (): GroupRig => stableGroup(2, { instances: ['a', 'b'] });

describe('a static member that comes back (KIP-345)', () => {
  test('goes on in its generation with its assignment; nobody gathers', () => {
    const rig = staticGroup();

    const back = rig.join({ instanceId: 'b' });
    const synced = rig.sync('m3', { instanceId: 'b' });

    expect(rig.joined(back)).toMatchObject({ code: 'NONE', memberId: 'm3', generation: 1 });
    expect(textOf(rig.synced(synced)?.assignment ?? bytesOf(''))).toBe('for m2');
    expect(rig.core.state).toBe('stable');
  });

  test('is answered when its new id is stored', () => {
    const rig = staticGroup();
    rig.holdsWrites = true;

    const back = rig.join({ instanceId: 'b' });
    const early = rig.reply(back);
    rig.settleWrite();

    expect(early).toBeUndefined();
    expect(rig.code(back)).toBe('NONE');
    expect(rig.log.at(-1)).toMatchObject({ value: { members: [{}, { memberId: 'm3' }] } });
  });

  test('is told where its new id could not be stored, and may try again', () => {
    const rig = staticGroup();
    rig.holdsWrites = true;
    const back = rig.join({ instanceId: 'b' });

    rig.settleWrite('NOT_LEADER_OR_FOLLOWER');
    rig.holdsWrites = false;

    expect(rig.code(back)).toBe('NOT_COORDINATOR');
    expect(rig.code(rig.join({ instanceId: 'b' }))).toBe('NONE');
  });

  test('fences its old id wherever that asks', () => {
    const rig = staticGroup();
    rig.join({ instanceId: 'b' });
    const old = { memberId: 'm2', instanceId: 'b' };

    expect(rig.heartbeat('m2', { instanceId: 'b' })).toBe('FENCED_INSTANCE_ID');
    expect(rig.code(rig.sync('m2', { instanceId: 'b' }))).toBe('FENCED_INSTANCE_ID');
    expect(rig.code(rig.join(old))).toBe('FENCED_INSTANCE_ID');
    expect(rig.code(rig.commit(1, { ...old, generation: 1 }))).toBe('FENCED_INSTANCE_ID');
    expect(rig.leave(old)).toEqual(['FENCED_INSTANCE_ID']);
  });

  test('fences what its old id has parked here', () => {
    const rig = staticGroup();
    rig.join({ instanceId: 'c' });
    const parked = rig.join({ memberId: 'm2', instanceId: 'b' });

    rig.join({ instanceId: 'b' });

    expect(rig.code(parked)).toBe('FENCED_INSTANCE_ID');
  });

  test('fences the sync that its old id has parked here', () => {
    const rig = staticGroup();
    rig.join({ memberId: 'm1', instanceId: 'a' });
    rig.join({ memberId: 'm2', instanceId: 'b' });
    const parked = rig.sync('m2', { instanceId: 'b' });

    rig.join({ instanceId: 'b' });

    expect(rig.code(parked)).toBe('FENCED_INSTANCE_ID');
  });

  test('leads on, and is told to leave the assignment alone where it can be (KIP-814)', () => {
    const rig = staticGroup();

    const back = rig.join({ instanceId: 'a', canSkipAssignment: true });

    expect(rig.joined(back)).toMatchObject({
      leader: 'm3',
      skipAssignment: true,
      members: { length: 2 },
    });
  });

  test('leads on, and is told that its old id does where it cannot skip', () => {
    const rig = staticGroup();

    const back = rig.join({ instanceId: 'a' });

    expect(rig.joined(back)).toMatchObject({ leader: 'm1', skipAssignment: false, members: [] });
    expect(rig.core.leaderId).toBe('m3');
  });

  test('makes the group gather where another protocol would be chosen', () => {
    const rig = staticGroup();
    rig.join({ memberId: 'm2', instanceId: 'b', wants: ['range', 'sticky'] });
    rig.join({ memberId: 'm1', instanceId: 'a', wants: ['range', 'sticky'] });
    settle(rig);

    const back = rig.join({ instanceId: 'b', wants: ['sticky'] });

    expect(rig.reply(back)).toBeUndefined();
    expect(rig.core.state).toBe('preparingRebalance');
  });

  test('joins the gathering where one is under way', () => {
    const rig = staticGroup();
    rig.join({ instanceId: 'c' });
    rig.join({ memberId: 'm1', instanceId: 'a' });

    const back = rig.join({ instanceId: 'b' });

    expect(rig.joined(back)).toMatchObject({ code: 'NONE', generation: 2, memberId: 'm5' });
  });

  test('needs no id first', () => {
    const rig = staticGroup();

    expect(rig.code(rig.join({ instanceId: 'b', needsKnownMemberId: true }))).toBe('NONE');
  });
});

describe('a static member that is away', () => {
  test('stays in the group through a gathering, until its session ends', () => {
    const rig = stableGroup(2, { instances: ['a'] });
    const third = rig.join({ instanceId: 'c' });
    const first = rig.join({ memberId: 'm2' });
    const ids = (): string[] => rig.core.members.map(({ id }) => id);
    const before = ids();

    rig.run(SESSION_MS);

    expect(before).toEqual(['m1', 'm2', 'm3']);
    expect(ids()).toEqual(['m2', 'm3']);
    expect(rig.joined(first)).toMatchObject({ generation: 2 });
    expect(rig.joined(third)).toMatchObject({ generation: 2 });
  });

  test('is in the next generation where only the time to gather was over', () => {
    const rig = stableGroup(2, { instances: ['a'] });
    rig.join({ memberId: 'm2', wants: ['range', 'sticky'] });

    for (let ms = 0; ms < REBALANCE_MS; ms += 5000) {
      rig.heartbeat('m1', { instanceId: 'a' });
      rig.run(5000);
    }

    expect(rig.core.generation).toBe(2);
    expect(rig.core.members.map(({ id }) => id)).toEqual(['m1', 'm2']);
    expect(rig.core.leaderId).toBe('m2');
  });

  test('may be removed by its instance id', () => {
    const rig = staticGroup();

    expect(rig.leave({ memberId: '', instanceId: 'b' })).toEqual(['NONE']);
    expect(rig.leave({ memberId: '', instanceId: 'b' })).toEqual(['UNKNOWN_MEMBER_ID']);
    expect(rig.core.members.map(({ id }) => id)).toEqual(['m1']);
  });
});
