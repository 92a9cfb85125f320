import { describe, expect, test } from 'vitest';
import { errorCodeOf } from '../../../src/base/errors.ts';
import { ControllerService } from '../../../src/gen/ottla.ts';
import { METADATA_VERSION_MAX } from '../../../src/metadata/versions.ts';
import { newTopic, registerRequest } from './fixtures.ts';
import { CONTROLLER, FakeBroker, Harness } from './harness.ts';

const createTopics = (harness: Harness) =>
  harness.admin.call(CONTROLLER, ControllerService.createTopics, {
    request: { topics: [newTopic('t')], validateOnly: false },
    deadlineMs: 5000,
  });

describe('a controller that is not active', () => {
  test('refuses a registration with NOT_CONTROLLER', async () => {
    const broker = new FakeBroker(new Harness(), 1);

    const { errorCode } = await broker.register();

    expect(errorCodeOf(errorCode)).toBe('NOT_CONTROLLER');
  });

  test('refuses the administration with NOT_CONTROLLER', async () => {
    const harness = new Harness();

    const answer = harness.wait(createTopics(harness));

    await expect(answer).rejects.toMatchObject({ code: 'NOT_CONTROLLER' });
  });

  test('refuses a heartbeat with NOT_CONTROLLER', async () => {
    const harness = new Harness();
    const broker = new FakeBroker(harness, 1);

    broker.openSession();
    await harness.clock.settle(50);

    expect(broker.lastCodes).toEqual(['NOT_CONTROLLER']);
  });

  test('describes the quorum all the same', async () => {
    const harness = new Harness();

    const answer = await harness.wait(
      harness.admin.call(CONTROLLER, ControllerService.describeQuorum, {
        request: {},
        deadlineMs: 1000,
      }),
    );

    expect(answer).toMatchObject({ nodeId: 100, leaderId: -1 });
    expect(answer.voters.map(({ nodeId }) => nodeId)).toEqual([1]);
  });
});

describe('a broker that runs and is not in service', () => {
  test('is unregistered once it has not been heard from for its session', async () => {
    const { harness, brokers } = await Harness.withBrokers(2);
    const [, starting] = brokers;
    if (starting !== undefined) starting.beat = { wantFence: true };
    await harness.clock.settle(500);
    const call = { request: { brokerId: 2 }, deadlineMs: 1000 };
    const unregister = () =>
      harness.wait(harness.admin.call(CONTROLLER, ControllerService.unregisterBroker, call));

    const early = await Promise.allSettled([unregister()]);
    starting?.kill();
    await harness.clock.settle(2500);
    await unregister();

    expect(early).toMatchObject([{ reason: { code: 'INVALID_REQUEST' } }]);
    expect([...harness.loader.image.brokers.keys()]).toEqual([1]);
  });
});

describe('becoming active', () => {
  test('on an empty log sets metadata.version', async () => {
    const harness = new Harness();

    harness.activate(1);
    await harness.clock.settle(1);

    expect(harness.loader.image.metadataVersion).toBe(METADATA_VERSION_MAX);
    expect(harness.gauge('activecontrollercount')).toBe(1);
  });

  test('fences at once the brokers whose process is gone, and no other', async () => {
    const { harness, brokers } = await Harness.withBrokers(2);
    harness.resign(2);
    brokers[0]?.kill();

    harness.activate(3);
    await harness.clock.settle(300);

    expect([harness.isFenced(1), harness.isFenced(2)]).toEqual([true, false]);
  });

  test('gives a broker that lives a whole session to find the controller', async () => {
    const { harness } = await Harness.withBrokers(1);
    harness.resign(2);
    harness.activate(3);

    await harness.clock.settle(1900);
    const before = harness.isFenced(1);
    await harness.clock.settle(300);

    expect([before, harness.isFenced(1)]).toEqual([false, true]);
  });

  test('again in another term begins anew', async () => {
    const { harness } = await Harness.withBrokers(1);
    const waiting = createTopics(harness);

    harness.activate(5);
    await harness.wait(waiting);

    expect(harness.node.isActive).toBe(true);
    expect(harness.loader.image.term).toBe(5);
  });
});

describe('resigning', () => {
  test('fails what waits with NOT_CONTROLLER, whether it is committed or not', async () => {
    const { harness } = await Harness.withBrokers(1);
    harness.raft.commitsAtOnce = false;
    const waiting = createTopics(harness);
    const refusal = expect(waiting).rejects.toMatchObject({ code: 'NOT_CONTROLLER' });
    await harness.clock.settle(50);

    harness.resign(2);
    await harness.clock.settle(50);

    await refusal;
    expect(harness.gauge('activecontrollercount')).toBe(0);
  });

  test('tells the brokers at once', async () => {
    const { harness, brokers } = await Harness.withBrokers(1);

    harness.resign(2);
    await harness.clock.settle(50);

    expect(brokers[0]?.lastCodes).toEqual(['NOT_CONTROLLER']);
  });

  test('leaves no timer behind', async () => {
    const harness = new Harness();
    harness.activate(1);
    await harness.clock.settle(10);

    harness.node.close();

    expect(harness.clock.timerCount).toBe(0);
  });
});

describe('a broker in service', () => {
  test('is unfenced by its first heartbeats, and told so', async () => {
    const { harness, brokers } = await Harness.withBrokers(1);

    expect(harness.isFenced(1)).toBe(false);
    expect(brokers[0]?.replies.at(-1)).toMatchObject({ errorCode: 0, fenced: false });
  });

  test('that is killed is fenced within 300 ms', async () => {
    const { harness, brokers } = await Harness.withBrokers(2);
    await harness.createTopic('t', [1, 2]);

    brokers[0]?.kill();
    await harness.clock.settle(300);

    expect(harness.isFenced(1)).toBe(true);
    expect(harness.partition('t')).toMatchObject({ leader: 2, isr: [2] });
  });

  test('that only loses its stream is asked, and stays', async () => {
    const { harness, brokers } = await Harness.withBrokers(1);

    brokers[0]?.closeSession();
    await harness.clock.settle(1500);

    expect(harness.isFenced(1)).toBe(false);
  });

  test('that cannot be reached in time is fenced by its session, not by the probe', async () => {
    const { harness, brokers } = await Harness.withBrokers(1);
    harness.network.cut('controller', 'node-1');

    brokers[0]?.closeSession();
    await harness.clock.settle(1500);
    const before = harness.isFenced(1);
    await harness.clock.settle(1000);

    expect([before, harness.isFenced(1)]).toEqual([false, true]);
  });

  test('that falls silent is fenced when its session has run out', async () => {
    const { harness, brokers } = await Harness.withBrokers(1);

    brokers[0]?.fallSilent();
    await harness.clock.settle(1700);
    const before = harness.isFenced(1);
    await harness.clock.settle(500);

    expect([before, harness.isFenced(1)]).toEqual([false, true]);
  });

  test('is not charged with the time for which the controller was stopped', async () => {
    const { harness, brokers } = await Harness.withBrokers(1);
    brokers[0]?.fallSilent();
    await harness.clock.settle(1000);

    harness.controllerClock.stall(5000);
    await harness.clock.settle(600);
    const before = harness.isFenced(1);
    await harness.clock.settle(700);

    expect([before, harness.isFenced(1)]).toEqual([false, true]);
  });

  test('that speaks again before the probe has failed stays', async () => {
    const { harness, brokers } = await Harness.withBrokers(1);
    await harness.createTopic('t', [1]);
    harness.network.minLatencyMs = 5;
    harness.network.maxLatencyMs = 5;
    await brokers[0]?.unlisten();

    brokers[0]?.closeSession();
    await harness.clock.settle(2);
    brokers[0]?.openSession();
    await harness.clock.settle(500);

    expect(harness.partition('t')).toMatchObject({ leader: 1, leaderEpoch: 0 });
  });

  test('need not wait for the next check when several expire in one', async () => {
    const { harness, brokers } = await Harness.withBrokers(2, { sessionCheckIntervalMs: 1500 });

    for (const broker of brokers) broker.fallSilent();
    await harness.clock.settle(2700);

    expect([harness.isFenced(1), harness.isFenced(2)]).toEqual([true, true]);
  });

  test('beside another that expires with it is fenced knowing of that one', async () => {
    const { harness, brokers } = await Harness.withBrokers(3);
    await harness.createTopic('t', [1, 2, 3]);

    brokers[0]?.fallSilent();
    brokers[1]?.fallSilent();
    await harness.clock.settle(2300);

    expect(harness.partition('t')).toMatchObject({ leader: 3, isr: [3] });
  });

  test('is fenced later when the fence cannot be proposed at first', async () => {
    const { harness, brokers } = await Harness.withBrokers(1, { metadataMaxIdleIntervalMs: 0 });
    brokers[0]?.fallSilent();
    await harness.clock.settle(1700);

    harness.raft.refuseNext();
    await harness.clock.settle(700);

    expect(harness.isFenced(1)).toBe(true);
  });
});

describe('one id', () => {
  test('is free at once for the restarted process when the old one was killed', async () => {
    const { harness, brokers } = await Harness.withBrokers(1);
    brokers[0]?.fallSilent();
    const restarted = new FakeBroker(harness, 1, 'b');
    await restarted.listen();

    const { errorCode, brokerEpoch } = await restarted.register();

    expect(errorCodeOf(errorCode)).toBe('NONE');
    expect(brokerEpoch).toBeGreaterThan(brokers[0]?.brokerEpoch ?? 0);
  });

  test('is refused to a second process while the first lives', async () => {
    const { harness } = await Harness.withBrokers(1);
    const message = {
      request: registerRequest(1, { incarnationId: 'run-1-other' }),
      deadlineMs: 1000,
    };

    const answer = await harness.wait(
      harness.admin.call(CONTROLLER, ControllerService.registerBroker, message),
    );

    expect(errorCodeOf(answer.errorCode)).toBe('DUPLICATE_BROKER_REGISTRATION');
    expect(answer.errorMessage).toContain('node.id');
  });

  test('of a superseded process is told to register again', async () => {
    const { harness, brokers } = await Harness.withBrokers(1);
    const first = brokers[0];
    first?.closeSession();
    await harness.clock.settle(3000);
    const second = new FakeBroker(harness, 1, 'b');
    await second.start();
    await harness.clock.settle(300);

    second.brokerEpoch -= 1;
    await harness.clock.settle(300);

    expect(second.lastCodes).toEqual(['STALE_BROKER_EPOCH']);
  });
});

describe('controlled shutdown', () => {
  test('is allowed once the leaders are away and the others know', async () => {
    const { harness, brokers } = await Harness.withBrokers(2);
    await harness.createTopic('t', [1, 2]);
    const [leaving, staying] = brokers;
    if (leaving === undefined || staying === undefined) throw new Error('two brokers are there');
    staying.beat = { metadataIndex: harness.loader.image.index };
    await harness.clock.settle(250);

    leaving.beat = { wantShutdown: true };
    await harness.clock.settle(700);
    const before = leaving.replies.at(-1)?.mayShutDown;
    staying.beat = {};
    await harness.clock.settle(700);

    expect(harness.partition('t')).toMatchObject({ leader: 2, isr: [2] });
    expect([before, leaving.replies.at(-1)?.mayShutDown]).toEqual([false, true]);
  });

  test('is allowed to a sole replica', async () => {
    const { harness, brokers } = await Harness.withBrokers(1);
    await harness.createTopic('t', [1]);
    if (brokers[0] !== undefined) brokers[0].beat = { wantShutdown: true };

    await harness.clock.settle(700);

    expect(brokers[0]?.replies.at(-1)?.mayShutDown).toBe(true);
  });
});

describe('damage that a broker reports', () => {
  test('is answered only when the replica is out of the in-sync set for good', async () => {
    const { harness, brokers } = await Harness.withBrokers(2);
    await harness.createTopic('t', [1, 2]);
    const broker = brokers[0];
    const topicId = harness.loader.image.topicIdsByName.get('t') ?? '';
    harness.raft.commitsAtOnce = false;

    if (broker !== undefined) broker.beat = { damaged: [{ topicId, partition: 0 }] };
    await harness.clock.settle(210);
    const count = broker?.replies.length ?? 0;
    await harness.clock.settle(410);
    const countLater = broker?.replies.length;
    harness.raft.commitsAtOnce = true;
    harness.raft.commit();
    await harness.clock.settle(50);

    expect(countLater).toBe(count);
    expect(harness.partition('t')).toMatchObject({ leader: 2, isr: [2] });
    expect(broker?.replies.length).toBeGreaterThan(count);
  });
});

describe('the periodic checks', () => {
  test('bring a leader back to its first replica after a second or two', async () => {
    const { harness, brokers } = await Harness.withBrokers(2);
    await harness.createTopic('t', [1, 2]);
    brokers[0]?.kill();
    await harness.clock.settle(300);
    const restarted = new FakeBroker(harness, 1, 'b');
    await restarted.start();
    await harness.clock.settle(500);
    const { leaderEpoch = 0, partitionEpoch = 0 } = harness.partition('t') ?? {};

    const members = [1, 2].map((brokerId) => ({ brokerId, brokerEpoch: -1 }));
    const topicId = harness.loader.image.topicIdsByName.get('t') ?? '';
    const item = { topicId, partition: 0, leaderEpoch, partitionEpoch, newIsr: members };
    const brokerEpoch = brokers[1]?.brokerEpoch ?? -1;
    const request = { brokerId: 2, brokerEpoch, partitions: [item] };
    await harness.wait(
      harness.admin.call(CONTROLLER, ControllerService.alterPartition, {
        request,
        deadlineMs: 1000,
      }),
    );
    const before = harness.partition('t')?.leader;
    await harness.clock.settle(2100);

    expect([before, harness.partition('t')?.leader]).toEqual([2, 1]);
  });

  test('keep the log moving when nothing happens', async () => {
    const { harness } = await Harness.withBrokers(1);
    const before = harness.loader.image.index;

    await harness.clock.settle(2600);

    const count = harness.loader.image.index - before;
    expect(count).toBeGreaterThanOrEqual(4);
    expect(count).toBeLessThanOrEqual(6);
  });

  test('write nothing when that is switched off', async () => {
    const { harness } = await Harness.withBrokers(1, { metadataMaxIdleIntervalMs: 0 });
    const before = harness.loader.image.index;

    await harness.clock.settle(3000);

    expect(harness.loader.image.index).toBe(before);
  });
});

test('the gauges count committed topics, partitions and brokers', async () => {
  const { harness, brokers } = await Harness.withBrokers(2);
  await harness.createTopic('t', [1, 2]);
  await harness.createTopic('u', [1]);

  brokers[0]?.kill();
  await harness.clock.settle(300);

  expect(
    ['globaltopiccount', 'globalpartitioncount', 'offlinepartitionscount'].map((name) =>
      harness.gauge(name),
    ),
  ).toEqual([2, 2, 1]);
  expect(['activebrokercount', 'fencedbrokercount'].map((name) => harness.gauge(name))).toEqual([
    1, 1,
  ]);
});
