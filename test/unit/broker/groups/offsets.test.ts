import { describe, expect, test } from 'vitest';
import { bytesOf, GroupRig, SESSION_MS, stableGroup } from './fixture.ts';

const DAY_MS = 86_400_000;
const member = { memberId: 'm1', generation: 1 };

/** What members of type `consumer` join with: version 0, one topic. */
const subscribedTo = (topic: string) => [
  {
    name: 'range',
    metadata: new Uint8Array(
      Buffer.concat([Buffer.from([0, 0, 0, 0, 0, 1, 0, topic.length]), Buffer.from(topic)]),
    ),
  },
];

describe('a commit', () => {
  test('of a member of the generation is shown once it is stored', () => {
    const rig = stableGroup(1);
    rig.holdsWrites = true;

    const asked = rig.commit(5, member);
    const early = [rig.reply(asked), rig.committed()];
    rig.settleWrite();

    expect(early).toEqual([undefined, undefined]);
    expect(rig.reply(asked)).toEqual({
      kind: 'commit',
      code: 'NONE',
      partitions: [{ topic: 't', partition: 0, code: 'NONE' }],
    });
    expect(rig.core.committed({ topic: 't', partition: 0 })).toEqual({
      offset: 5,
      leaderEpoch: 1,
      metadata: '',
      committedAtMs: rig.nowMs,
      expiresAtMs: undefined,
    });
  });

  test.each([
    'REQUEST_TIMED_OUT',
    'NOT_ENOUGH_REPLICAS',
    'DISK_FULL',
    'REPLICA_NOT_AVAILABLE',
  ] as const)('that was not stored for %s is not shown, and may be asked again', (failure) => {
    const rig = stableGroup(1);
    rig.commit(5, member);
    rig.holdsWrites = true;

    const asked = rig.commit(6, member);
    rig.settleWrite(failure);

    expect(rig.reply(asked)).toMatchObject({ partitions: [{ code: 'COORDINATOR_NOT_AVAILABLE' }] });
    expect(rig.committed()).toBe(5);
  });

  test('that timed out is shown as soon as a later one is stored, as the log has it', () => {
    const rig = stableGroup(1);
    const other = { topic: 't', partition: 1, offset: 1, leaderEpoch: 1, metadata: '' };
    rig.holdsWrites = true;
    rig.commit(6, member);
    rig.settleWrite('REQUEST_TIMED_OUT');

    rig.commit(0, { ...member, offsets: [other] });
    rig.settleWrite();

    expect([rig.committed(), rig.committed('t', 1)]).toEqual([6, 1]);
  });

  test('of several partitions is one batch; what is too long is refused alone', () => {
    const rig = stableGroup(1);
    const shared = { topic: 't', offset: 1, leaderEpoch: -1 };
    const offsets = [
      { ...shared, partition: 0, metadata: 'x'.repeat(16) },
      { ...shared, partition: 1, metadata: 'x'.repeat(17) },
      { ...shared, partition: 2, metadata: '' },
    ];

    const asked = rig.commit(0, { ...member, offsets });

    expect(rig.reply(asked)).toMatchObject({
      partitions: [{ code: 'NONE' }, { code: 'OFFSET_METADATA_TOO_LARGE' }, { code: 'NONE' }],
    });
    expect(rig.committed('t', 1)).toBeUndefined();
    expect(rig.committed('t', 2)).toBe(1);
  });

  test.each([
    ['of an older generation', { memberId: 'm1', generation: 0 }, 'ILLEGAL_GENERATION'],
    ['of a stranger', { memberId: 'who', generation: 1 }, 'UNKNOWN_MEMBER_ID'],
    ['of nobody, in a group with members', {}, 'UNKNOWN_MEMBER_ID'],
  ])('%s is refused, and nothing is written', (_, change, code) => {
    const rig = stableGroup(1);
    const before = rig.log.length;

    const asked = rig.commit(5, change);

    expect(rig.reply(asked)).toMatchObject({ code, partitions: [{ code }] });
    expect(rig.log).toHaveLength(before);
  });

  test('of a generation in a group that never had one is refused', () => {
    const rig = new GroupRig();

    expect(rig.code(rig.commit(5, { memberId: 'm1', generation: 3 }))).toBe('ILLEGAL_GENERATION');
  });

  test('of nobody is taken by a group without members', () => {
    const rig = new GroupRig();

    rig.commit(5);

    expect(rig.committed()).toBe(5);
  });

  test('is taken while members gather, so that none is lost by a rebalance', () => {
    const rig = stableGroup(1);
    rig.join();

    expect(rig.code(rig.commit(5, member))).toBe('NONE');
  });

  test('is refused between a generation and its assignment', () => {
    const rig = new GroupRig();
    rig.join();
    rig.run(9000);

    expect(rig.code(rig.commit(5, member))).toBe('REBALANCE_IN_PROGRESS');
  });

  test('counts as a sign of life', () => {
    const rig = stableGroup(1);
    rig.run(SESSION_MS - 1);

    rig.commit(5, member);
    rig.run(SESSION_MS - 1);

    expect(rig.heartbeat('m1')).toBe('NONE');
  });

  test('for partitions named like parts of objects is one like any other', () => {
    const rig = new GroupRig();
    const at = { partition: 0, offset: 3, leaderEpoch: -1, metadata: '' };

    rig.commit(0, { offsets: ['__proto__', 'constructor'].map((topic) => ({ ...at, topic })) });

    expect(rig.committed('__proto__')).toBe(3);
    expect(rig.committed('constructor')).toBe(3);
    expect(rig.committed('toString')).toBeUndefined();
  });
});

describe('expiry', () => {
  test('of a used group is counted from its end', () => {
    const rig = stableGroup(1);
    rig.commit(5, member);
    rig.run(SESSION_MS);
    const endMs = rig.nowMs;

    rig.run(DAY_MS - 1);
    rig.expire(DAY_MS);
    const before = rig.committed();
    rig.run(1);
    rig.expire(DAY_MS);

    expect(rig.nowMs - endMs).toBe(DAY_MS);
    expect(before).toBe(5);
    expect(rig.committed()).toBeUndefined();
    expect(rig.core.state).toBe('dead');
    expect(rig.log.slice(-2)).toEqual([
      { kind: 'offset', topic: 't', partition: 0, value: undefined },
      { kind: 'group', value: undefined },
    ]);
  });

  test('of a name for offsets is counted from each commit', () => {
    const rig = new GroupRig();
    rig.commit(5);
    rig.run(DAY_MS - 1);
    rig.commit(6, {
      offsets: [{ topic: 'u', partition: 0, offset: 1, leaderEpoch: 0, metadata: '' }],
    });
    rig.run(1);

    rig.expire(DAY_MS);

    expect([rig.committed('t'), rig.committed('u')]).toEqual([undefined, 1]);
    expect(rig.core.state).toBe('empty');
  });

  test('obeys the moment that the consumer gave', () => {
    const rig = new GroupRig();
    const at = { topic: 't', partition: 0, offset: 5, leaderEpoch: -1, metadata: '' };
    rig.commit(0, { offsets: [{ ...at, expiresAtMs: rig.nowMs + 1000 }] });

    rig.run(1000);
    rig.expire(DAY_MS);

    expect(rig.committed()).toBeUndefined();
  });

  test('spares the topics that members are subscribed to, and no others', () => {
    const rig = new GroupRig();
    rig.join({ protocols: subscribedTo('t') });
    rig.run(3000);
    rig.sync('m1');
    const at = { partition: 0, offset: 5, leaderEpoch: -1, metadata: '' };
    rig.commit(0, { ...member, offsets: ['t', 'old'].map((topic) => ({ ...at, topic })) });

    rig.nowMs += DAY_MS;
    rig.expire(DAY_MS);

    expect([rig.committed('t'), rig.committed('old')]).toEqual([5, undefined]);
  });

  test('spares all while members do not tell what they are subscribed to', () => {
    const rig = stableGroup(1);
    rig.commit(5, member);

    rig.nowMs += DAY_MS;
    rig.expire(DAY_MS);

    expect(rig.committed()).toBe(5);
  });

  test('spares what is being committed anew', () => {
    const rig = new GroupRig();
    rig.commit(5);
    rig.run(DAY_MS);
    rig.holdsWrites = true;
    rig.commit(6);

    rig.expire(DAY_MS);
    while (rig.open.length > 0) rig.settleWrite();

    expect(rig.committed()).toBe(6);
  });
});

describe('deleting', () => {
  test('a group takes its offsets with it', () => {
    const rig = new GroupRig();
    rig.commit(5);

    const asked = rig.deleteGroup();

    expect(rig.code(asked)).toBe('NONE');
    expect(rig.core.state).toBe('dead');
    expect(rig.code(rig.deleteGroup())).toBe('GROUP_ID_NOT_FOUND');
    expect(rig.code(rig.join())).toBe('COORDINATOR_NOT_AVAILABLE');
  });

  test('a group with members is refused', () => {
    expect(
      (() => {
        const rig = stableGroup(1);
        return rig.code(rig.deleteGroup());
      })(),
    ).toBe('NON_EMPTY_GROUP');
  });

  test('a group that is used again before its deletion is stored goes on, without offsets', () => {
    const rig = new GroupRig();
    rig.commit(5);
    rig.holdsWrites = true;
    rig.deleteGroup();

    const joined = rig.join();
    rig.settleWrite();
    rig.run(3000);

    expect(rig.code(joined)).toBe('NONE');
    expect(rig.committed()).toBeUndefined();
  });

  test('offsets of a topic that a member is subscribed to is refused', () => {
    const rig = new GroupRig();
    rig.join({ protocols: subscribedTo('t') });
    rig.run(3000);
    rig.sync('m1');
    const at = { partition: 0, offset: 5, leaderEpoch: -1, metadata: '' };
    rig.commit(0, { ...member, offsets: ['t', 'old'].map((topic) => ({ ...at, topic })) });

    expect(rig.deleteOffsets('t')).toBe('GROUP_SUBSCRIBED_TO_TOPIC');
    expect(rig.deleteOffsets('old')).toBe('NONE');
    expect([rig.committed('t'), rig.committed('old')]).toEqual([5, undefined]);
  });

  test('offsets is refused while members do not tell what they are subscribed to', () => {
    const rig = stableGroup(1);

    expect(rig.deleteOffsets('t')).toBe('NON_EMPTY_GROUP');
  });

  test('a topic takes what was committed of it, in every partition', () => {
    const rig = new GroupRig();
    rig.commit(5);

    rig.perform(rig.core.onTopicDeleted('t'));

    expect(rig.committed()).toBeUndefined();
    expect(rig.core.state).toBe('empty');
  });

  test('a topic takes what is on its way to the log as well', () => {
    const rig = new GroupRig();
    rig.holdsWrites = true;
    rig.commit(5);

    rig.perform(rig.core.onTopicDeleted('t'));
    while (rig.open.length > 0) rig.settleWrite();

    expect(rig.committed()).toBeUndefined();
    rig.moveCoordinator();
    expect(rig.committed()).toBeUndefined();
  });

  test('offsets takes what is on its way to the log as well', () => {
    const rig = new GroupRig();
    rig.holdsWrites = true;
    rig.commit(5);

    rig.deleteOffsets('t');
    while (rig.open.length > 0) rig.settleWrite();

    expect(rig.committed()).toBeUndefined();
  });
});

test('metadata that is no subscription is taken as it is', () => {
  const rig = new GroupRig();
  rig.join({ protocols: [{ name: 'range', metadata: bytesOf('\u0000\u0001\u007f\u007f') }] });
  rig.run(3000);

  expect(rig.core.generation).toBe(1);
});
