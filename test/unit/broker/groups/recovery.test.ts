import { describe, expect, test } from 'vitest';
import {
  decodeGroupRecord,
  encodeGroupRecord,
} from '../../../../src/broker/groups/stored-records.ts';
import { bytesOf, GroupRig, SESSION_MS, stableGroup, textOf } from './fixture.ts';

describe('a coordinator that takes over', () => {
  test('goes on in the generation with the members; nobody gathers', () => {
    const rig = stableGroup(2, { instances: ['a'] });
    rig.commit(5, { memberId: 'm2', generation: 1 });

    rig.moveCoordinator();

    expect(rig.heartbeat('m1')).toBe('NONE');
    expect(rig.heartbeat('m2')).toBe('NONE');
    expect(rig.core).toMatchObject({ state: 'stable', generation: 1, leaderId: 'm1' });
    expect(rig.committed()).toBe(5);
    const again = rig.sync('m2');
    expect(textOf(rig.synced(again)?.assignment ?? bytesOf(''))).toBe('for m2');
    expect(rig.code(rig.commit(6, { memberId: 'm2', generation: 1 }))).toBe('NONE');
  });

  test('knows static members by their instance', () => {
    const rig = stableGroup(2, { instances: ['a', 'b'] });
    rig.moveCoordinator();

    const back = rig.join({ instanceId: 'b' });

    expect(rig.joined(back)).toMatchObject({ code: 'NONE', generation: 1 });
  });

  test('gives members a whole session to be heard of', () => {
    const rig = stableGroup(2);
    rig.run(SESSION_MS - 1);
    rig.moveCoordinator();

    rig.run(SESSION_MS - 1);
    const alive = rig.heartbeat('m1');
    rig.run(1);

    expect(alive).toBe('NONE');
    expect(rig.heartbeat('m2')).toBe('UNKNOWN_MEMBER_ID');
  });

  test('knows the end of an empty group, from which its offsets expire', () => {
    const rig = stableGroup(1);
    rig.commit(5, { memberId: 'm1', generation: 1 });
    rig.run(SESSION_MS);
    rig.moveCoordinator();

    rig.run(1000);
    rig.expire(1000);

    expect(rig.core.state).toBe('dead');
  });

  test('does not know a group that was deleted', () => {
    const rig = new GroupRig();
    rig.commit(5);
    rig.deleteGroup();

    rig.moveCoordinator();

    expect(rig.committed()).toBeUndefined();
    expect(rig.core.snapshot()).toMatchObject({ members: [], generation: 0 });
  });

  test('finds in the bytes of the log what was written', () => {
    const rig = stableGroup(3, { instances: ['a'] });
    rig.commit(5, { memberId: 'm2', generation: 1 });

    const stored = rig.log.map((record) => encodeGroupRecord('g', record));

    expect(stored.map((record) => decodeGroupRecord(record)?.record)).toEqual(rig.log);
  });
});

describe('a coordinator that resigns', () => {
  test('answers all who wait, once, and sets no timer', () => {
    const rig = new GroupRig();
    const parked = [rig.join(), rig.join()];
    const pending = rig.join({ needsKnownMemberId: true });
    rig.run(1000);

    rig.resign();

    expect(parked.map((id) => rig.code(id))).toEqual(['NOT_COORDINATOR', 'NOT_COORDINATOR']);
    expect(rig.code(pending)).toBe('MEMBER_ID_REQUIRED');
    expect(rig.timers.size).toBe(0);
  });

  test('answers commits whose outcome it does not learn', () => {
    const rig = stableGroup(1);
    rig.holdsWrites = true;
    const asked = rig.commit(5, { memberId: 'm1', generation: 1 });
    const back = rig.sync('m1');

    rig.resign();

    expect(rig.reply(asked)).toMatchObject({ partitions: [{ code: 'NOT_COORDINATOR' }] });
    expect(rig.code(back)).toBe('NONE');
    expect(rig.core.onWritten(rig.open[0]?.writeId ?? 0, 'NONE', rig.nowMs)).toEqual([]);
  });

  test('answers whatever comes later with an error', () => {
    const rig = stableGroup(1);
    rig.resign();

    expect(rig.code(rig.join())).toBe('COORDINATOR_NOT_AVAILABLE');
    expect(rig.heartbeat('m1')).toBe('COORDINATOR_NOT_AVAILABLE');
    expect(rig.leave({ memberId: 'm1' })).toEqual(['COORDINATOR_NOT_AVAILABLE']);
    expect(rig.code(rig.commit(5))).toBe('COORDINATOR_NOT_AVAILABLE');
    expect(rig.code(rig.deleteGroup())).toBe('GROUP_ID_NOT_FOUND');
  });
});
