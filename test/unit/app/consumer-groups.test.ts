import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { connect } from '../../../src/app/connect.ts';
import { OttlaClient } from '../../../src/client/client.ts';
import type { Consumer } from '../../../src/client/group/consumer.ts';
import type { ConsumerOptions } from '../../../src/client/group/consumer-options.ts';
import { string } from '../../../src/client/serde/serde.ts';
import { silentLogger } from '../../../src/env/logger.ts';
import { SystemClock } from '../../../src/platform/system-clock.ts';
import { systemRandom } from '../../../src/platform/system-random.ts';
import { GrpcTransport } from '../../../src/rpc/grpc-transport.ts';
import { tempDirs } from '../../support/temp-dir.ts';
import { BROKERS, RealCluster } from './real-cluster.ts';

const PARTITIONS = 6;
const SESSION_MS = 2000;
/** Heartbeats show a rebalance within this time. */
const HEARTBEAT_MS = 200;

const makeTempDir = tempDirs();
let cluster: RealCluster;
let client: OttlaClient;
let topicCount = 0;

beforeAll(async () => {
  cluster = await RealCluster.start(makeTempDir(), [
    'group.initial.rebalance.delay.ms=0',
    'group.min.session.timeout.ms=500',
    'offsets.topic.num.partitions=3',
  ]);
  client = connect({ bootstrap: cluster.bootstrap });
}, 60_000);

afterAll(async () => {
  await client?.close();
  await cluster?.stop();
}, 60_000);

/** A topic of six partitions, and a group of the same name that nobody has used. */
const newTopic = async (): Promise<string> => {
  topicCount += 1;
  const name = `topic-${topicCount}`;
  await client.admin().createTopic({ name, partitions: PARTITIONS });
  return name;
};

const produce = async (topic: string, count: number, first = 0): Promise<void> => {
  const producer = client.producer();
  const records = Array.from({ length: count }, (_, at) => ({
    topic,
    partition: (first + at) % PARTITIONS,
    value: `v${first + at}`,
  }));
  await producer.sendBatch(records);
  await producer.close();
};

interface Handled {
  readonly value: string;
  readonly partition: number;
  readonly atMs: number;
}

/** A consumer in a loop of its own. */
class Member {
  readonly consumer: Consumer<string, string>;
  readonly handled: Handled[] = [];
  readonly revoked: number[] = [];
  error: unknown;
  readonly #done: Promise<void>;

  constructor(topic: string, options: Partial<ConsumerOptions<string, string>> = {}, by = client) {
    this.consumer = by.consumer<string, string>({
      topics: [topic],
      groupId: topic,
      offsetReset: 'earliest',
      sessionTimeoutMs: SESSION_MS,
      heartbeatIntervalMs: HEARTBEAT_MS,
      deserializers: { key: string, value: string },
      listener: {
        onRevoked: (partitions) => {
          this.revoked.push(...partitions.map(({ partition }) => partition));
        },
      },
      ...options,
    });
    this.#done = this.#run(options.autoCommit === false).catch((error: unknown) => {
      this.error = error;
    });
  }

  get share(): number[] {
    return this.consumer.partitions.map(({ partition }) => partition).sort();
  }

  async leave(): Promise<void> {
    await this.consumer.close();
    await this.#done;
  }

  async #run(isManual: boolean): Promise<void> {
    for await (const batch of this.consumer.batches()) {
      const atMs = performance.now();
      const { partition } = batch;
      for (const { value } of batch.records) {
        this.handled.push({ value: value ?? '', partition, atMs });
      }
      if (isManual) await this.consumer.commit([batch]);
    }
  }
}

const valuesOf = (...members: readonly Member[]): string[] =>
  members.flatMap(({ handled }) => handled.map(({ value }) => value));

const until = async (condition: () => boolean): Promise<void> => cluster.until(condition);

/** All partitions are shared out among these, and no two have the same. */
const haveShared = (...members: readonly Member[]): boolean => {
  const all = members.flatMap(({ share }) => share);
  return all.length === PARTITIONS && new Set(all).size === PARTITIONS;
};

const generationOf = async (topic: string): Promise<number> =>
  (await client.admin().groups.describe(topic)).generation;

describe('members of a group, over gRPC', () => {
  test('share, hand over to one that comes and take over from one that leaves', async () => {
    const topic = await newTopic();
    await produce(topic, 60);
    const one = new Member(topic, { autoCommit: false });
    await until(() => one.handled.length === 60);

    const two = new Member(topic, { autoCommit: false });
    await until(() => two.share.length === 3 && haveShared(one, two));
    await produce(topic, 60, 60);
    await until(() => one.handled.length + two.handled.length >= 120);
    await one.leave();
    await until(() => haveShared(two));
    await produce(topic, 60, 120);
    await until(() => one.handled.length + two.handled.length >= 180);
    await two.leave();

    // Commits by hand, and nobody crashed: once each.
    const values = valuesOf(one, two);
    expect(new Set(values).size).toBe(180);
    expect(values.length).toBe(180);
    expect([one.error, two.error]).toEqual([undefined, undefined]);
  });

  test('hear at once that another joins or leaves, however seldom they beat', async () => {
    const topic = await newTopic();
    const seldom = { heartbeatIntervalMs: 9000, sessionTimeoutMs: 60_000 };
    const one = new Member(topic, seldom);
    await until(() => one.share.length === PARTITIONS);
    const begunMs = performance.now();

    const two = new Member(topic, seldom);
    await until(() => two.share.length === 3 && haveShared(one, two));
    await two.leave();
    await until(() => haveShared(one));

    expect(performance.now() - begunMs).toBeLessThan(seldom.heartbeatIntervalMs);
    await one.leave();
  });

  test('one of seven on six partitions is idle, and is shown so', async () => {
    const topic = await newTopic();
    const members = Array.from({ length: 7 }, () => new Member(topic));
    await until(() => members.filter(({ share }) => share.length === 1).length === 6);

    const { members: shown } = await client.admin().groups.describe(topic);

    expect(shown.map(({ partitions }) => partitions.length).sort()).toEqual([0, 1, 1, 1, 1, 1, 1]);
    await Promise.all(members.map((member) => member.leave()));
  });

  test('that crashes is replaced after its session, and nothing it had is missed', async () => {
    const topic = await newTopic();
    const other = new Member(topic);
    const clock = new SystemClock();
    const transport = new GrpcTransport(clock);
    const env = { transport, clock, random: systemRandom, logger: silentLogger };
    const crashing = new OttlaClient(env, { bootstrap: cluster.bootstrap });
    const crashed = new Member(topic, { autoCommit: false }, crashing);
    await until(() => crashed.share.length === 3 && haveShared(other, crashed));

    // Its heartbeats end, and nobody is told: the process of this client might as well be gone.
    await transport.close();
    await produce(topic, 60);
    await until(() => haveShared(other) && new Set(valuesOf(other)).size === 60);

    expect(new Set(valuesOf(other)).size).toBe(60);
    await Promise.all([other.leave(), crashing.close()]);
  });

  test('go on with what stays while one joins: no longer gap than before', async () => {
    const topic = await newTopic();
    const one = new Member(topic);
    await until(() => haveShared(one));
    const load = startLoad(topic);
    await until(() => one.handled.length > 200);
    const joinedMs = performance.now();

    const two = new Member(topic);
    await until(() => two.share.length === 3 && haveShared(one, two));
    await until(() => two.handled.length > 200);
    await load.stop();

    const stayed = one.share;
    const gapMs = (from: number, to: number): number =>
      Math.max(
        ...stayed.map((partition) =>
          longestGapMs(
            one.handled.filter((it) => it.partition === partition).map(({ atMs }) => atMs),
            from,
            to,
          ),
        ),
      );
    expect(stayed.some((partition) => one.revoked.includes(partition))).toBe(false);
    const before = gapMs(joinedMs - 1000, joinedMs);
    const during = gapMs(joinedMs, performance.now());
    // A machine that is busy with other tests has gaps of its own; `make bench-groups` has figures.
    expect(during).toBeLessThan(Math.max(before * 3, SESSION_MS));
    await Promise.all([one.leave(), two.leave()]);
  }, 30_000);
});

describe('a coordinator that goes', () => {
  test('in a rolling restart moves nothing: members, generation and shares stay', async () => {
    const topic = await newTopic();
    const members = [new Member(topic), new Member(topic)];
    await until(() => members.every(({ share }) => share.length === 3) && haveShared(...members));
    const before = { generation: await generationOf(topic), shares: members.map((it) => it.share) };

    for (const broker of BROKERS) {
      await cluster.stopNode(broker);
      await cluster.startNode(broker);
    }
    await produce(topic, 60);
    await until(() => new Set(valuesOf(...members)).size === 60);

    const after = { generation: await generationOf(topic), shares: members.map((it) => it.share) };
    expect(after).toEqual(before);
    expect(members.flatMap(({ revoked }) => revoked)).toEqual([]);
    await Promise.all(members.map((member) => member.leave()));
  }, 60_000);

  test('at once keeps what was committed, the members and their generation', async () => {
    const topic = await newTopic();
    await produce(topic, 60);
    const members = [1, 2].map(() => new Member(topic, { sessionTimeoutMs: 10_000 }));
    await until(() => members.every(({ share }) => share.length === 3) && haveShared(...members));
    await until(() => new Set(valuesOf(...members)).size === 60);
    await Promise.all(members.map(({ consumer }) => consumer.commit()));
    const { coordinatorId, generation } = await client.admin().groups.describe(topic);

    await cluster.cutOff(coordinatorId);
    await produce(topic, 60, 60);
    await until(() => new Set(valuesOf(...members)).size === 120);
    await Promise.all(members.map(({ consumer }) => consumer.commit()));

    expect(await generationOf(topic)).toBe(generation);
    const lag = await client.admin().groups.lag(topic);
    expect(lag.map(({ lagCount }) => lagCount)).toEqual([0, 0, 0, 0, 0, 0]);
    expect(members.flatMap(({ revoked }) => revoked)).toEqual([]);
    await Promise.all(members.map((member) => member.leave()));
    await cluster.startNode(coordinatorId);
  }, 60_000);
});

/** A record to each partition every few milliseconds. */
const startLoad = (topic: string): { stop(): Promise<void> } => {
  let isOver = false;
  const run = async (): Promise<void> => {
    await using producer = client.producer();
    const round = Array.from({ length: PARTITIONS }, (_, partition) => ({
      topic,
      partition,
      value: 'load',
    }));
    while (!isOver) await producer.sendBatch(round);
  };
  const running = run();
  return {
    stop: () => {
      isOver = true;
      return running;
    },
  };
};

const longestGapMs = (momentsMs: readonly number[], fromMs: number, toMs: number): number => {
  const within = momentsMs.filter((atMs) => atMs >= fromMs && atMs <= toMs);
  return Math.max(0, ...within.map((atMs, at) => atMs - (within[at - 1] ?? fromMs)));
};
