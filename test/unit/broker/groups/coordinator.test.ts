import { describe, expect, it } from 'vitest';
import { errorNumber, OttlaError } from '../../../../src/base/errors.ts';
import { deleteFrom } from '../../../../src/broker/client/delete-records.ts';
import { OFFSETS_TOPIC } from '../../../../src/metadata/internal-topics.ts';
import { CoordinatorRig, GROUP, TOPIC } from './coordinator-rig.ts';
import { SESSION_MS, textOf } from './fixture.ts';

describe('a commit', () => {
  it('is answered when the in-sync replicas have it, and not before', async () => {
    const rig = await CoordinatorRig.start();
    rig.cluster.network.cut('b1', 'b2');
    rig.cluster.network.cut('b1', 'b3');

    const asked = rig.watch(rig.askCommit(5));
    await rig.run(200);
    expect(asked.reply).toBeUndefined();
    expect(await rig.committed()).toBe('NOT_COORDINATOR');
    rig.cluster.network.heal();
    await rig.run(2000);

    expect(asked.reply).toBe('NONE');
    expect(await rig.committed()).toBe(5);
    rig.cluster.expectHealthy();
  });

  it('that waits too long is COORDINATOR_NOT_AVAILABLE', async () => {
    const rig = await CoordinatorRig.start();
    rig.cluster.network.cut('b1', 'b2');
    rig.cluster.network.cut('b1', 'b3');
    rig.cluster.controller.refuseAll = 41;

    const code = await rig.commit(5);

    expect(code).toBe('COORDINATOR_NOT_AVAILABLE');
  });

  it('of a topic that nobody knows is refused alone', async () => {
    const rig = await CoordinatorRig.start(1);
    const of = (topic: string) => ({
      topic,
      partition: 0,
      offset: 1,
      leaderEpoch: 0,
      metadata: '',
    });
    const offsets = [of('nowhere'), of(TOPIC), of('__proto__')];

    const asked = rig.groups().commit(GROUP, { memberId: '', generation: -1, offsets });
    const { partitions } = await rig.get(asked);

    expect(partitions.map(({ topic, code }) => [topic, code])).toEqual([
      ['nowhere', 'UNKNOWN_TOPIC_OR_PARTITION'],
      [TOPIC, 'NONE'],
      ['__proto__', 'UNKNOWN_TOPIC_OR_PARTITION'],
    ]);
  });

  it('of a generation of a group that is not known is GROUP_ID_NOT_FOUND', async () => {
    const rig = await CoordinatorRig.start(1);

    const code = await rig.commit(5, { memberId: 'm', generation: 3 });

    expect(code).toBe('GROUP_ID_NOT_FOUND');
  });
});

describe('a broker that does not lead the partition of a group', () => {
  it('answers NOT_COORDINATOR and tells who does', async () => {
    const rig = await CoordinatorRig.start();

    const place = await rig.get(rig.groups(2).findCoordinator(GROUP));

    expect(place).toMatchObject({ code: 'NONE', brokerId: 1, partition: 0 });
    expect(await rig.commit(5, {}, 2)).toBe('NOT_COORDINATOR');
    expect(await rig.committed(2)).toBe('NOT_COORDINATOR');
    expect(rig.groups(2).describeGroup(GROUP).code).toBe('NOT_COORDINATOR');
    expect((await rig.get(rig.join({}, 2))).code).toBe('NOT_COORDINATOR');
  });
});

describe('when the coordinator moves', () => {
  it('members go on in their generation, and what was committed is still there', async () => {
    const rig = await CoordinatorRig.start();
    const joined = await rig.settleAlone();
    await rig.commit(42, { memberId: joined.memberId, generation: joined.generation });

    await rig.moveTo(2);

    expect(await rig.heartbeat(joined, 1)).toBe('NOT_COORDINATOR');
    expect(await rig.heartbeat(joined, 2)).toBe('NONE');
    expect(await rig.committed(2)).toBe(42);
    const described = rig.groups(2).describeGroup(GROUP);
    expect(described).toMatchObject({ state: 'stable', generation: 1, protocol: 'range' });
    expect(described.members.map(({ assignment }) => textOf(assignment))).toEqual(['all']);
    expect(await rig.commit(43, joined, 2)).toBe('NONE');
    rig.cluster.expectHealthy();
  });

  it('whoever waits is told NOT_COORDINATOR', async () => {
    const rig = await CoordinatorRig.start();
    const waiting = rig.watch(rig.join());
    await rig.run(100);

    await rig.moveTo(2);

    expect(waiting.reply?.code).toBe('NOT_COORDINATOR');
  });

  it('sessions begin anew, and end', async () => {
    const rig = await CoordinatorRig.start();
    const joined = await rig.settleAlone();
    await rig.run(SESSION_MS - 1000);

    await rig.moveTo(2);
    await rig.run(2000);
    expect(rig.groups(2).describeGroup(GROUP).members).toHaveLength(1);
    await rig.run(SESSION_MS);

    expect(rig.groups(2).describeGroup(GROUP).state).toBe('empty');
    expect(await rig.heartbeat(joined, 2)).toBe('UNKNOWN_MEMBER_ID');
  });

  it('a static member comes back into its generation', async () => {
    const rig = await CoordinatorRig.start();
    await rig.settleAlone({ instanceId: 'one' });
    await rig.moveTo(3);

    const back = await rig.get(rig.join({ instanceId: 'one', canSkipAssignment: true }, 3));

    expect(back).toMatchObject({ code: 'NONE', generation: 1, skipAssignment: true });
  });

  it('and comes back, the old leadership has decided nothing for the new one', async () => {
    const rig = await CoordinatorRig.start();
    await rig.commit(1);
    await rig.moveTo(2);
    await rig.commit(2, {}, 2);

    await rig.moveTo(1);

    expect(await rig.committed(1)).toBe(2);
    expect(await rig.committed(2)).toBe('NOT_COORDINATOR');
  });
});

describe('a coordinator that dies', () => {
  it.each([0, 1, 2, 3])(
    '%d ms after it appended a commit leaves it whole or not at all',
    async (afterMs) => {
      const rig = await CoordinatorRig.start();
      await rig.commit(1);
      const asked = rig.watch(rig.askCommit(2));
      await rig.run(afterMs);
      expect(asked.reply).toBeUndefined();
      rig.cluster.broker(1).crash({ power: true });

      rig.cluster.controller.fence(1);
      rig.cluster.controller.change(OFFSETS_TOPIC, { leader: 2, isr: [2, 3] });
      await rig.run(1000);

      // Not answered, so both are right; what was answered before is not lost.
      expect(asked.reply).not.toBe('NONE');
      expect([1, 2]).toContain(await rig.committed(2));
      expect(await rig.commit(3, {}, 2)).toBe('NONE');
      rig.cluster.broker(1).fatal.length = 0;
      rig.cluster.expectHealthy();
    },
  );

  it('and comes back alone finds all that it answered on its disk', async () => {
    const rig = await CoordinatorRig.start(1);
    const joined = await rig.settleAlone();
    await rig.commit(7, joined);

    rig.cluster.broker(1).crash({ power: true });
    await rig.cluster.broker(1).start();
    await rig.run(1500);

    expect(await rig.committed()).toBe(7);
    expect(await rig.heartbeat(joined)).toBe('NONE');
  });
});

describe('while its partition is read, a coordinator', () => {
  it('asks for patience, lets sessions be, and then knows everything', async () => {
    const rig = await CoordinatorRig.start();
    const joined = await rig.settleAlone();
    await rig.commit(9, joined);
    // The last commit reached broker 2 only: it may not be told before it is safe.
    rig.cluster.network.cut('b1', 'b3');
    rig.cluster.network.cut('b2', 'b3');
    const asked = rig.watch(rig.askCommit(10, joined));
    await rig.run(100);
    expect(asked.reply).toBeUndefined();

    await rig.moveTo(2);

    expect(await rig.committed(2)).toBe('COORDINATOR_LOAD_IN_PROGRESS');
    expect(rig.groups(2).listGroups().code).toBe('COORDINATOR_LOAD_IN_PROGRESS');
    expect(await rig.heartbeat(joined, 2)).toBe('NONE');
    expect((await rig.get(rig.syncAsLeader(joined, 'x', 2))).code).toBe('REBALANCE_IN_PROGRESS');
    rig.cluster.network.heal();
    await rig.run(2000);
    expect(await rig.committed(2)).toBe(10);
    rig.cluster.expectHealthy();
  });
});

describe('a partition of groups that cannot be read', () => {
  it('is told of by who lists groups: the list is short', async () => {
    const rig = await CoordinatorRig.start();
    await rig.commit(5);
    const { reader } = rig.cluster.broker(2).replica(OFFSETS_TOPIC);
    const unreadable = (): never => {
      throw new OttlaError('CORRUPT_MESSAGE', 'not what was written');
    };
    Object.assign(reader, { readCommitted: unreadable, readCommittedCold: unreadable });

    await rig.moveTo(2);

    expect(rig.groups(2).listGroups()).toEqual({ code: 'COORDINATOR_NOT_AVAILABLE', groups: [] });
    expect(rig.groups(1).listGroups()).toEqual({ code: 'NONE', groups: [] });
  });
});

describe('what a group has committed', () => {
  it('is found in a log that was compacted, by a log that is not the one it was told to', async () => {
    const rig = await CoordinatorRig.start(3, {
      'cleanup.policy': 'compact',
      'segment.bytes': '2000',
      'min.cleanable.dirty.ratio': '0',
    });
    const joined = await rig.settleAlone({ instanceId: 'one', sessionTimeoutMs: 1_000_000 });
    for (let offset = 1; offset <= 100; offset += 1) await rig.commit(offset, joined);
    const sizeBytes = (): number => rig.cluster.broker(2).replica(OFFSETS_TOPIC).log.sizeBytes;
    const before = sizeBytes();
    await rig.run(60_000);
    expect(sizeBytes()).toBeLessThan(before / 3);

    await rig.moveTo(2);

    expect(await rig.committed(2)).toBe(100);
    expect(await rig.heartbeat(joined, 2)).toBe('NONE');
    await rig.get(rig.groups(2).leave(GROUP, { members: [joined] }));
    await rig.run(100);
    expect(await rig.get(rig.groups(2).deleteGroup(GROUP))).toBe('NONE');
    await rig.run(60_000);
    await rig.moveTo(3);
    expect(rig.groups(3).listGroups()).toEqual({ code: 'NONE', groups: [] });
    rig.cluster.expectHealthy();
  });

  it('is forgotten when its time is over, and the group with it, for good', async () => {
    const rig = await CoordinatorRig.start();
    await rig.reconfigure({ offsetsRetentionMs: 20_000, retentionCheckIntervalMs: 5000 });
    await rig.commit(5);

    await rig.run(19_000);
    expect(await rig.committed()).toBe(5);
    await rig.run(7000);

    expect(await rig.committed()).toBeUndefined();
    expect(rig.groups().listGroups().groups).toEqual([]);
    await rig.moveTo(2);
    expect(await rig.committed(2)).toBeUndefined();
    expect(rig.groups(2).listGroups().groups).toEqual([]);
  });

  it('of a topic is forgotten when the topic is deleted; its consumers stay', async () => {
    const rig = await CoordinatorRig.start();
    const joined = await rig.settleAlone();
    await rig.commit(5, joined);

    rig.cluster.controller.commit([{ kind: 'removeTopic', value: { topicId: TOPIC } }]);
    await rig.run(500);

    expect(await rig.committed()).toBeUndefined();
    expect(await rig.heartbeat(joined)).toBe('NONE');
    await rig.moveTo(2);
    expect(await rig.committed(2)).toBeUndefined();
  });

  it('of a topic that was deleted while nobody coordinated is forgotten, too', async () => {
    const rig = await CoordinatorRig.start(1);
    await rig.commit(5);
    const [broker] = rig.cluster.brokers;
    broker?.crash({ power: false });
    rig.cluster.controller.commit([{ kind: 'removeTopic', value: { topicId: TOPIC } }]);

    await broker?.start();
    await rig.run(5000);

    expect(await rig.committed()).toBeUndefined();
  });

  it('is deleted with its group', async () => {
    const rig = await CoordinatorRig.start();
    await rig.commit(5);

    const code = await rig.get(rig.groups().deleteGroup(GROUP));

    expect(code).toBe('NONE');
    expect(rig.groups().listGroups().groups).toEqual([]);
    expect(await rig.get(rig.groups().deleteGroup(GROUP))).toBe('GROUP_ID_NOT_FOUND');
    await rig.moveTo(2);
    expect(rig.groups(2).listGroups().groups).toEqual([]);
  });

  it('is deleted in several batches where one would be too large', async () => {
    const rig = await CoordinatorRig.start(1);
    const offsets = Array.from({ length: 200 }, (_, partition) => {
      return { topic: TOPIC, partition, offset: 1, leaderEpoch: 0, metadata: '' };
    });
    for (let at = 0; at < offsets.length; at += 20) {
      await rig.commit(0, { offsets: offsets.slice(at, at + 20) });
    }
    const { log } = rig.cluster.broker(1).replica(OFFSETS_TOPIC);
    log.config = { ...log.config, maxMessageBytes: 1024 };

    const code = await rig.get(rig.groups().deleteGroup(GROUP));

    expect(code).toBe('NONE');
    expect(rig.groups().listGroups().groups).toEqual([]);
  });
});

describe('groups that nobody made', () => {
  it('are described as dead, and their members are unknown', async () => {
    const rig = await CoordinatorRig.start(1);
    const stranger = { memberId: 'm', generation: 1 };

    const described = rig.groups().describeGroup('nobody');

    expect(described).toMatchObject({ code: 'NONE', state: 'dead', members: [] });
    const beat = rig.groups().heartbeat('nobody', stranger);
    expect(await rig.get(beat)).toBe('UNKNOWN_MEMBER_ID');
    expect((await rig.get(rig.join({ memberId: 'm' }))).code).toBe('UNKNOWN_MEMBER_ID');
    const left = await rig.get(rig.groups().leave('nobody', { members: [{ memberId: 'm' }] }));
    expect(left.members.map(({ code }) => code)).toEqual(['UNKNOWN_MEMBER_ID']);
    expect(rig.groups().listGroups().groups).toEqual([]);
  });

  it('leave nothing behind when a join is refused', async () => {
    const rig = await CoordinatorRig.start(1);

    const refused = await rig.get(rig.join({ sessionTimeoutMs: 1 }));

    expect(refused.code).toBe('INVALID_SESSION_TIMEOUT');
    expect(rig.groups().listGroups().groups).toEqual([]);
  });

  it('may have the names of what objects inherit', async () => {
    const rig = await CoordinatorRig.start(1);
    const names = ['__proto__', 'constructor', 'toString'];
    const offsets = [{ topic: TOPIC, partition: 0, offset: 1, leaderEpoch: 0, metadata: '' }];
    for (const name of names) {
      expect(await rig.committed(1, name)).toBeUndefined();
      await rig.get(rig.groups().commit(name, { memberId: '', generation: -1, offsets }));
    }

    const listed = rig
      .groups()
      .listGroups()
      .groups.map(({ groupId }) => groupId);

    expect(listed).toEqual(names);
  });

  it('are refused where their names are too long to be stored, and harm no others', async () => {
    const rig = await CoordinatorRig.start(2);
    await rig.commit(1);
    const long = 'x'.repeat(40_000);
    const umlauts = 'ü'.repeat(20_000);
    const offsets = [{ topic: TOPIC, partition: 0, offset: 1, leaderEpoch: 0, metadata: '' }];

    const commit = rig.groups().commit(long, { memberId: '', generation: -1, offsets });
    const joins = [{ instanceId: long }, { clientId: umlauts }, { protocolType: long }];

    expect((await rig.get(commit)).partitions[0]?.code).toBe('INVALID_GROUP_ID');
    expect(await rig.committed(1, umlauts)).toBe('INVALID_GROUP_ID');
    for (const join of joins) {
      expect((await rig.get(rig.join(join))).code).toBe('INVALID_REQUEST');
    }
    await rig.moveTo(2);
    expect(await rig.committed(2)).toBe(1);
  });

  it('must have a name to be joined', async () => {
    const rig = await CoordinatorRig.start(1);
    const who = { memberId: '', generation: 1 };

    expect(await rig.get(rig.groups().heartbeat('', who))).toBe('INVALID_GROUP_ID');
  });
});

describe('__consumer_offsets', () => {
  it('is made when a coordinator is first looked for', async () => {
    const rig = await CoordinatorRig.start(1);
    rig.cluster.controller.commit([{ kind: 'removeTopic', value: { topicId: OFFSETS_TOPIC } }]);
    await rig.run(500);
    expect(await rig.committed()).toBe('NOT_COORDINATOR');

    const place = await rig.get(rig.groups().findCoordinator(GROUP), 5000);

    expect(place).toMatchObject({ code: 'NONE', brokerId: 1 });
    await rig.run(500);
    expect(await rig.commit(1)).toBe('NONE');
  });

  it('gives nothing away: its records are not deleted by clients', async () => {
    const rig = await CoordinatorRig.start(1);
    await rig.commit(5);
    const context = rig.cluster.broker(1).node.clientContext();
    const at = { topicId: OFFSETS_TOPIC, partition: 0, beforeOffset: 1 };

    const deleted = await rig.get(deleteFrom(context, at, 1000));

    expect(deleted.errorCode).toBe(errorNumber('INVALID_TOPIC'));
    expect(rig.cluster.broker(1).replica(OFFSETS_TOPIC).log.logStartOffset).toBe(0);
  });

  it('takes nothing from clients', async () => {
    const rig = await CoordinatorRig.start(1);
    const { appendBatch } = await import('../../../../src/broker/client/append-batch.ts');
    const { batchOf } = await import('../harness/test-cluster.ts');
    const context = rig.cluster.broker(1).node.clientContext();
    const at = { topicId: OFFSETS_TOPIC, partition: 0, acks: -1, timeoutMs: 1000 };

    const codes: string[] = [];
    appendBatch(context, { ...at, batch: batchOf(['x']) }, ({ code }) => codes.push(code));

    expect(codes).toEqual(['INVALID_TOPIC']);
  });
});
