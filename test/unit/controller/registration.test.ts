import { describe, expect, test } from 'vitest';
import type { RegistrationContext } from '../../../src/controller/registration.ts';
import { decideRegisterBroker } from '../../../src/controller/registration.ts';
import { metadataVersionRecord } from '../../../src/metadata/records.ts';
import { CLUSTER_ID, codeOf, registerRequest, TestCluster } from './fixtures.ts';

const context: RegistrationContext = { clusterId: CLUSTER_ID, hasLiveSession: false };

describe('registration of a broker', () => {
  test('a new broker gets the index of its entry as epoch and begins fenced', () => {
    const cluster = new TestCluster();

    const response = cluster.run(decideRegisterBroker(cluster.image, registerRequest(1), context));

    expect(response.brokerEpoch).toBe(1);
    expect(cluster.image.brokers.get(1)).toMatchObject({ brokerEpoch: 1, isFenced: true });
  });

  test('the same process asking again gets its epoch and stays in service', () => {
    const cluster = TestCluster.withBrokers(1);
    const before = cluster.image;

    const decision = decideRegisterBroker(before, registerRequest(1), {
      ...context,
      hasLiveSession: true,
    });

    expect(decision.records).toEqual([]);
    expect(decision.respond(99).brokerEpoch).toBe(cluster.epochOf(1));
  });

  test('another process is refused while the session of the first is live', () => {
    const cluster = TestCluster.withBrokers(1);
    const request = registerRequest(1, { incarnationId: 'run-1-b' });

    const code = codeOf(() =>
      decideRegisterBroker(cluster.image, request, { ...context, hasLiveSession: true }),
    );

    expect(code).toBe('DUPLICATE_BROKER_REGISTRATION');
  });

  test('another process takes the id over once the session is gone', () => {
    const cluster = TestCluster.withBrokers(1);
    const oldEpoch = cluster.epochOf(1);

    cluster.register(1, { incarnationId: 'run-1-b' });

    expect(cluster.epochOf(1)).toBeGreaterThan(oldEpoch);
    expect(cluster.image.brokers.get(1)?.isFenced).toBe(true);
  });

  test.each([
    ['INCONSISTENT_CLUSTER_ID', { clusterId: 'another' }],
    ['INVALID_REQUEST', { brokerId: 0 }],
    ['INVALID_REQUEST', { incarnationId: '' }],
    ['INVALID_REQUEST', { directoryId: '' }],
    ['INVALID_REQUEST', { directoryId: 'dir-1' }],
    ['UNSUPPORTED_VERSION', { minMetadataVersion: 2, maxMetadataVersion: 3 }],
  ])('is refused with %s for %j', (expected, overrides) => {
    const cluster = TestCluster.withBrokers(1);
    cluster.run({ records: [metadataVersionRecord(1)], respond: () => undefined });

    const code = codeOf(() =>
      decideRegisterBroker(cluster.image, registerRequest(2, overrides), context),
    );

    expect(code).toBe(expected);
  });

  test.each([
    [
      'too old',
      { minMetadataVersion: 1, maxMetadataVersion: 1 },
      'broker 2 knows metadata.version 1, the cluster is at 2: run a later release on this node',
    ],
    [
      'too new',
      { minMetadataVersion: 3, maxMetadataVersion: 4 },
      'broker 2 knows metadata.version 3 to 4, the cluster is at 2: run an earlier release on it, ' +
        "and 'ottla cluster upgrade' in the cluster first",
    ],
  ])('of a release that is %s is refused with what to do', (_, overrides, message) => {
    const cluster = TestCluster.withBrokers(1);
    cluster.run({ records: [metadataVersionRecord(2)], respond: () => undefined });

    const run = () => decideRegisterBroker(cluster.image, registerRequest(2, overrides), context);

    expect(run).toThrow(expect.objectContaining({ code: 'UNSUPPORTED_VERSION', message }));
  });

  test('a restarted leader hands over to an in-sync replica and leaves the in-sync set', () => {
    const cluster = TestCluster.withBrokers(2);
    cluster.createTopic('t', [[1, 2]]);

    cluster.register(1, { incarnationId: 'run-1-b' });

    expect(cluster.partition('t')).toMatchObject({ leader: 2, isr: [2], leaderEpoch: 1 });
  });

  test('a restarted sole replica leads on only in a new leader epoch (KAFKA-18106)', () => {
    const cluster = TestCluster.withBrokers(1);
    cluster.createTopic('t', [[1]]);
    const before = cluster.partition('t');

    cluster.start(1, { incarnationId: 'run-1-b' });

    expect(cluster.partition('t')).toMatchObject({ leader: 1, isr: [1] });
    expect(cluster.partition('t').leaderEpoch).toBeGreaterThan(before.leaderEpoch);
  });

  test('a broker with another directory leaves the in-sync set even for a fenced member', () => {
    const cluster = TestCluster.withBrokers(2);
    cluster.createTopic('t', [[1, 2]]);
    cluster.changePartition('t', 0, { leader: -1 });
    cluster.image = {
      ...cluster.image,
      brokers: new Map(
        [...cluster.image.brokers].map(([id, broker]) => [id, { ...broker, isFenced: true }]),
      ),
    };

    cluster.register(1, { incarnationId: 'run-1-b', directoryId: 'dir-1-new' });

    expect(cluster.partition('t')).toMatchObject({
      leader: -1,
      isr: [2],
      directories: ['dir-1-new', 'dir-2'],
    });
  });

  test('a wiped sole replica leaves an empty in-sync set and never leads by itself', () => {
    const cluster = TestCluster.withBrokers(1);
    cluster.createTopic('t', [[1]]);

    cluster.start(1, { incarnationId: 'run-1-b', directoryId: 'dir-1-new' });

    expect(cluster.partition('t')).toMatchObject({ leader: -1, isr: [] });
  });

  test('a replica reported as damaged leaves the in-sync set, the others of the broker wait', () => {
    const cluster = TestCluster.withBrokers(1);
    cluster.createTopic('t', [[1], [1]]);

    cluster.start(1, {
      incarnationId: 'run-1-b',
      damaged: [{ topicId: 'id-t', partition: 1 }],
    });

    expect(cluster.partition('t', 0)).toMatchObject({ leader: 1, isr: [1] });
    expect(cluster.partition('t', 1)).toMatchObject({ leader: -1, isr: [] });
  });
});
