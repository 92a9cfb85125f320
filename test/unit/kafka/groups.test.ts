import { describe, expect, it } from 'vitest';
import { errorNumber } from '../../../src/base/errors.ts';
import { APIS } from '../../../src/kafka/wire/apis.ts';
import { OFFSETS_TOPIC } from '../../../src/metadata/internal-topics.ts';
import { CoordinatorRig, GROUP, TOPIC } from '../broker/groups/coordinator-rig.ts';
import { SESSION_MS } from '../broker/groups/fixture.ts';
import type { Ask } from './ask.ts';
import { openKafkaClient } from './ask.ts';

/** Kafka's TRANSACTIONAL_ID_AUTHORIZATION_FAILED. */
const DENIED = 53;
const NOTHING = { committedOffset: -1, committedLeaderEpoch: -1, metadata: '' };

const openClient = ({ cluster }: CoordinatorRig, brokerId = 1): Ask =>
  openKafkaClient(cluster, { brokerId });

const joinBody = {
  groupId: GROUP,
  sessionTimeoutMs: SESSION_MS,
  rebalanceTimeoutMs: SESSION_MS,
  memberId: '',
  protocolType: 'consumer',
  protocols: [{ name: 'range', metadata: new Uint8Array([0, 1]) }],
};

const commitBody = (offset: number) => ({
  groupId: GROUP,
  topics: [
    {
      name: TOPIC,
      partitions: [{ partitionIndex: 0, committedOffset: offset, committedMetadata: 'words' }],
    },
  ],
});

const versionsOf = ({ minVersion, maxVersion }: { minVersion: number; maxVersion: number }) =>
  Array.from({ length: maxVersion - minVersion + 1 }, (_, at) => minVersion + at);

describe('a group over Kafka’s protocol', () => {
  it.each(versionsOf(APIS.joinGroup))('is joined, synced and left with JoinGroup %d', async (v) => {
    const rig = await CoordinatorRig.start(1);
    const ask = openClient(rig);

    let joined = await ask(APIS.joinGroup, v, joinBody);
    if (v >= 4) {
      expect(joined).toMatchObject({ errorCode: errorNumber('MEMBER_ID_REQUIRED') });
      joined = await ask(APIS.joinGroup, v, { ...joinBody, memberId: joined.memberId });
    }
    const { memberId, generationId } = joined;
    const who = { groupId: GROUP, memberId, generationId };
    const assignments = [{ memberId, assignment: new Uint8Array([7]) }];
    const synced = await ask(APIS.syncGroup, Math.min(v, 5), { ...who, assignments });
    const beat = await ask(APIS.heartbeat, Math.min(v, 4), who);
    const left = await ask(APIS.leaveGroup, Math.min(v, 5), {
      groupId: GROUP,
      memberId,
      members: [{ memberId }],
    });

    expect(joined).toMatchObject({ errorCode: 0, generationId: 1, leader: memberId });
    expect(joined).toMatchObject({ protocolName: 'range', members: [{ memberId }] });
    expect(synced).toMatchObject({ errorCode: 0, assignment: new Uint8Array([7]) });
    expect([beat.errorCode, left.errorCode]).toEqual([0, 0]);
    rig.cluster.expectHealthy();
  });

  it.each(versionsOf(APIS.offsetCommit))('keeps what OffsetCommit %d commits', async (v) => {
    const rig = await CoordinatorRig.start(1);
    const ask = openClient(rig);

    const committed = await ask(APIS.offsetCommit, v, commitBody(5));
    const fetched = await ask(APIS.offsetFetch, v, {
      groupId: GROUP,
      topics: [{ name: TOPIC, partitionIndexes: [0, 1] }],
      groups: [{ groupId: GROUP, topics: [{ name: TOPIC, partitionIndexes: [0, 1] }] }],
    });

    expect(committed.topics).toEqual([
      { name: TOPIC, partitions: [{ partitionIndex: 0, errorCode: 0 }] },
    ]);
    const topics = v < 8 ? fetched.topics : fetched.groups[0]?.topics;
    expect(topics?.[0]?.partitions).toMatchObject([
      { partitionIndex: 0, committedOffset: 5, metadata: 'words', errorCode: 0 },
      { partitionIndex: 1, ...NOTHING, errorCode: 0 },
    ]);
  });

  it.each([2, 7, 8, 9])('shows all that was committed to OffsetFetch %d', async (v) => {
    const rig = await CoordinatorRig.start(1);
    const ask = openClient(rig);
    await ask(APIS.offsetCommit, 8, commitBody(5));

    const groups = [{ groupId: GROUP, topics: null }];
    const fetched = await ask(APIS.offsetFetch, v, { groupId: GROUP, topics: null, groups });

    const topics = v < 8 ? fetched.topics : fetched.groups[0]?.topics;
    expect(topics).toMatchObject([{ name: TOPIC, partitions: [{ committedOffset: 5 }] }]);
  });

  it.each([
    [8, 'ILLEGAL_GENERATION'],
    [9, 'GROUP_ID_NOT_FOUND'],
  ] as const)('that nobody knows refuses a generation with OffsetCommit %d', async (v, code) => {
    const rig = await CoordinatorRig.start(1);
    const member = { memberId: 'm', generationIdOrMemberEpoch: 1 };

    const refused = await openClient(rig)(APIS.offsetCommit, v, { ...commitBody(5), ...member });

    expect(refused.topics[0]?.partitions[0]?.errorCode).toBe(errorNumber(code));
  });

  it('forgets what a consumer of old wanted to be kept for a while only', async () => {
    const rig = await CoordinatorRig.start(1);
    await rig.reconfigure({ retentionCheckIntervalMs: 1000 });
    const ask = openClient(rig);
    await ask(APIS.offsetCommit, 2, { ...commitBody(5), retentionTimeMs: 3000 });

    await rig.run(2500);
    expect(await rig.committed()).toBe(5);
    await rig.run(2000);

    expect(await rig.committed()).toBeUndefined();
  });

  it('keeps what a consumer of old wanted to be kept for longer than can be counted', async () => {
    const rig = await CoordinatorRig.start(2);
    const retentionTimeMs = Number.MAX_SAFE_INTEGER;
    await openClient(rig)(APIS.offsetCommit, 2, { ...commitBody(5), retentionTimeMs });

    await rig.moveTo(2);

    expect(await rig.committed(2)).toBe(5);
  });

  it('is listed and described by those who administer, and deleted once it is empty', async () => {
    const rig = await CoordinatorRig.start(1);
    const ask = openClient(rig);
    const { memberId, generationId } = await ask(APIS.joinGroup, 3, joinBody);
    const who = { groupId: GROUP, memberId, generationId };
    const assignments = [{ memberId, assignment: new Uint8Array([7]) }];
    await ask(APIS.syncGroup, 3, { ...who, assignments });

    const listed = await ask(APIS.listGroups, 5, { statesFilter: ['stable'], typesFilter: [] });
    const empty = await ask(APIS.listGroups, 5, { statesFilter: ['Empty'], typesFilter: [] });
    const described = await ask(APIS.describeGroups, 5, {
      groups: [GROUP, 'nobody'],
      includeAuthorizedOperations: true,
    });
    const refused = await ask(APIS.deleteGroups, 2, { groupsNames: [GROUP] });
    await ask(APIS.leaveGroup, 1, { groupId: GROUP, memberId });
    const deleted = await ask(APIS.deleteGroups, 2, { groupsNames: [GROUP, 'nobody'] });

    const told = { groupId: GROUP, protocolType: 'consumer', groupState: 'Stable' };
    expect(listed.groups).toEqual([{ ...told, groupType: 'classic' }]);
    expect(empty.groups).toEqual([]);
    expect(described.groups).toMatchObject([
      {
        ...told,
        protocolData: 'range',
        members: [{ memberId, clientId: 'c', clientHost: '/10.0.0.1' }],
        authorizedOperations: 328,
      },
      { errorCode: 0, groupId: 'nobody', groupState: 'Dead' },
    ]);
    expect(refused.results[0]?.errorCode).toBe(errorNumber('NON_EMPTY_GROUP'));
    expect(deleted.results.map(({ errorCode }) => errorCode)).toEqual([
      0,
      errorNumber('GROUP_ID_NOT_FOUND'),
    ]);
  });

  it('loses single offsets to OffsetDelete', async () => {
    const rig = await CoordinatorRig.start(1);
    const ask = openClient(rig);
    await ask(APIS.offsetCommit, 8, commitBody(5));
    const topics = [{ name: TOPIC, partitions: [{ partitionIndex: 0 }] }];

    const deleted = await ask(APIS.offsetDelete, 0, { groupId: GROUP, topics });
    const unknown = await ask(APIS.offsetDelete, 0, { groupId: 'nobody', topics });

    expect(deleted).toMatchObject({ errorCode: 0, topics: [{ partitions: [{ errorCode: 0 }] }] });
    expect(unknown).toMatchObject({ errorCode: errorNumber('GROUP_ID_NOT_FOUND'), topics: [] });
    expect(await rig.committed()).toBeUndefined();
  });
});

describe('who asks the wrong broker', () => {
  it.each([1, 2, 7, 8])('is told so by OffsetFetch %d', async (v) => {
    const rig = await CoordinatorRig.start(2);
    const topics = [{ name: TOPIC, partitionIndexes: [0] }];
    const groups = [{ groupId: GROUP, topics }];

    const fetched = await openClient(rig, 2)(APIS.offsetFetch, v, {
      groupId: GROUP,
      topics,
      groups,
    });

    const code = errorNumber('NOT_COORDINATOR');
    if (v === 1) expect(fetched.topics[0]?.partitions[0]?.errorCode).toBe(code);
    else expect(v < 8 ? fetched.errorCode : fetched.groups[0]?.errorCode).toBe(code);
  });

  it.each(versionsOf(APIS.findCoordinator))('is shown the right one by %d', async (v) => {
    const rig = await CoordinatorRig.start(2);
    const at = { key: GROUP, keyType: 0, coordinatorKeys: [GROUP, 'other'] };

    const found = await openClient(rig, 2)(APIS.findCoordinator, v, at);

    const place = { errorCode: 0, nodeId: 1, host: 'b1', port: 9092 };
    if (v < 4) expect(found).toMatchObject(place);
    else expect(found.coordinators).toMatchObject([{ key: GROUP, ...place }, { key: 'other' }]);
  });

  it('is looked for as fast as one, where several are', async () => {
    const rig = await CoordinatorRig.start(1);
    rig.cluster.controller.commit([{ kind: 'removeTopic', value: { topicId: OFFSETS_TOPIC } }]);
    rig.cluster.controller.refuseAll = errorNumber('REQUEST_TIMED_OUT');
    await rig.run(500);
    const { node } = rig.cluster.broker(1);
    const { groups } = node.clientContext();
    let openCount = 0;
    let maxOpenCount = 0;
    const find = groups.findCoordinator.bind(groups);
    groups.findCoordinator = async (groupId) => {
      openCount += 1;
      maxOpenCount = Math.max(maxOpenCount, openCount);
      return await find(groupId).finally(() => {
        openCount -= 1;
      });
    };
    const coordinatorKeys = ['a', 'b', 'c'];

    const found = await openClient(rig)(APIS.findCoordinator, 4, { keyType: 0, coordinatorKeys });

    expect(maxOpenCount).toBe(3);
    expect(found.coordinators?.map(({ key, errorCode }) => [key, errorCode])).toEqual(
      coordinatorKeys.map((key) => [key, errorNumber('COORDINATOR_NOT_AVAILABLE')]),
    );
  });

  it('that has too few brokers is waited for: the message says what to do', async () => {
    const rig = await CoordinatorRig.start(1);
    rig.cluster.controller.commit([{ kind: 'removeTopic', value: { topicId: OFFSETS_TOPIC } }]);
    rig.cluster.controller.refuseAll = errorNumber('INVALID_REPLICATION_FACTOR');
    await rig.run(500);

    const found = await openClient(rig)(APIS.findCoordinator, 3, { key: GROUP, keyType: 0 });

    expect(found.errorCode).toBe(errorNumber('COORDINATOR_NOT_AVAILABLE'));
    expect(found.errorMessage).toContain('set offsets.topic.replication.factor');
  });

  // librdkafka repeats any other error for ever, and Java hides the message of this one.
  it.each([
    [1, DENIED],
    [2, DENIED],
    [3, errorNumber('INVALID_REQUEST')],
  ])('of transactions is told that there are none, by %d in error %d', async (v, code) => {
    const rig = await CoordinatorRig.start(1);

    const found = await openClient(rig)(APIS.findCoordinator, v, { key: 't', keyType: 1 });

    expect(found).toMatchObject({ errorCode: code, nodeId: -1 });
    expect(found.errorMessage).toMatch(/leave out transactional.id/);
  });
});
