import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { connect } from '../../../src/app/connect.ts';
import { run as addPartitions } from '../../../src/cli/topic-add-partitions.ts';
import { run as unfence } from '../../../src/cli/topic-unfence.ts';
import { OttlaClient } from '../../../src/client/client.ts';
import type { Consumer } from '../../../src/client/group/consumer.ts';
import { string } from '../../../src/client/serde/serde.ts';
import { silentLogger } from '../../../src/env/logger.ts';
import { SystemClock } from '../../../src/platform/system-clock.ts';
import { systemRandom } from '../../../src/platform/system-random.ts';
import { GrpcTransport } from '../../../src/rpc/grpc-transport.ts';
import { tempDirs } from '../../support/temp-dir.ts';
import { RealCluster } from './real-cluster.ts';

/** Many times what the slower writer takes to go over. */
const SETTLE_SECONDS = 12;

const makeTempDir = tempDirs();
let cluster: RealCluster;
let client: OttlaClient;

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

afterEach(() => {
  vi.restoreAllMocks();
});

const until = (condition: () => boolean): Promise<void> => cluster.until(condition);

const untilTrue = async (condition: () => Promise<boolean>): Promise<void> => {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 50));
};

/** What a verb prints. */
const printedBy = async (verb: () => Promise<void>): Promise<string> => {
  let printed = '';
  const write = vi.spyOn(process.stdout, 'write').mockImplementation((text, ...rest) => {
    printed += String(text);
    const done = rest.find((each) => typeof each === 'function');
    done?.();
    return true;
  });
  await verb();
  write.mockRestore();
  return printed.trim();
};

/** Sends the numbers from 0 on for each of its keys, one round after the other. */
class KeyedWriter {
  readonly #own = connect({ bootstrap: cluster.bootstrap });
  readonly #topic: string;
  readonly #keys: readonly string[];
  readonly #running: Promise<void>;
  #isOver = false;
  round = 0;

  constructor(topic: string, keys: readonly string[]) {
    this.#topic = topic;
    this.#keys = keys;
    this.#running = this.#run();
  }

  /** Has it learn of partitions as a refresh of its metadata would. */
  async learnOf(partition: number): Promise<void> {
    const question = { topic: this.#topic, partition, at: 'latest' as const };
    await this.#own.admin().listOffsets([question]);
  }

  async stop(): Promise<void> {
    this.#isOver = true;
    await this.#running;
    await this.#own.close();
  }

  async #run(): Promise<void> {
    const producer = this.#own.producer();
    while (!this.#isOver) {
      const value = String(this.round);
      await producer.sendBatch(this.#keys.map((key) => ({ topic: this.#topic, key, value })));
      this.round += 1;
    }
  }
}

/** What a group has handled: per key the next number, and what came before its turn. */
class Order {
  readonly next = new Map<string, number>();
  readonly tooEarly: string[] = [];
  count = 0;

  take(key: string, value: number): void {
    const next = this.next.get(key) ?? 0;
    if (value > next) this.tooEarly.push(`${key}: ${value} before ${next}`);
    // What was in flight in a member that crashed comes again.
    this.next.set(key, Math.max(next, value + 1));
    this.count += 1;
  }
}

class Member {
  readonly consumer: Consumer<string, string>;
  readonly #running: Promise<void>;
  #isDead = false;

  constructor(topic: string, order: Order, by: OttlaClient = client) {
    this.consumer = by.consumer<string, string>({
      topics: [topic],
      groupId: topic,
      offsetReset: 'earliest',
      heartbeatIntervalMs: 100,
      sessionTimeoutMs: 2000,
      metadataMaxAgeMs: 500,
      autoCommitIntervalMs: 100,
      deserializers: { key: string, value: string },
    });
    this.#running = this.consumer
      .run({
        order: 'key',
        concurrency: 20,
        handler: async ({ key, value }) => {
          // Its process is gone: nothing of it has an effect any more.
          if (this.#isDead) return await new Promise<void>(() => {});
          order.take(key ?? '', Number(value));
          await new Promise((resolve) => setTimeout(resolve, 2));
        },
      })
      .catch((error: unknown) => {
        if (!this.#isDead) throw error;
      });
  }

  get share(): number[] {
    return this.consumer.partitions.map(({ partition }) => partition).sort();
  }

  die(): void {
    this.#isDead = true;
  }

  async leave(): Promise<void> {
    await this.consumer.close();
    await this.#running;
  }
}

const namesOf = (prefix: string): string[] => Array.from({ length: 20 }, (_, at) => prefix + at);

/** A client whose end nobody is told of. */
const mortalClient = (): { client: OttlaClient; transport: GrpcTransport } => {
  const clock = new SystemClock();
  const transport = new GrpcTransport(clock);
  const env = { transport, clock, random: systemRandom, logger: silentLogger };
  return { client: new OttlaClient(env, { bootstrap: cluster.bootstrap }), transport };
};

const shares = (...members: readonly Member[]): number[] =>
  members.flatMap(({ share }) => share).sort((a, b) => a - b);

describe('a topic that grows behind a fence', () => {
  test('keeps the order per key while leader and coordinator go', {
    timeout: 180_000,
  }, async () => {
    await client.admin().createTopic({ name: 'ordered', partitions: 3 });
    const order = new Order();
    const { client: mortal, transport } = mortalClient();
    const leader = new Member('ordered', order, mortal);
    await until(() => leader.share.length === 3);
    const second = new Member('ordered', order);
    await until(() => shares(leader, second).length === 3 && second.share.length > 0);
    const writers = ['a', 'b'].map((prefix) => new KeyedWriter('ordered', namesOf(prefix)));
    await until(() => writers.every(({ round }) => round > 20));

    const growth = { bootstrap: cluster.bootstrap, partitions: 6, sample: 1 };
    const fence = { fence: true, groups: ['ordered'], settle: SETTLE_SECONDS };
    const told = await printedBy(() => addPartitions('ordered', { ...growth, ...fence }));
    // One goes over at once, the other goes on as before for a while.
    await writers[0]?.learnOf(5);
    const roundAtGrowth = writers[1]?.round ?? 0;
    await until(() => (writers[1]?.round ?? 0) > roundAtGrowth + 5);
    await writers[1]?.learnOf(5);
    leader.die();
    await transport.close();
    const third = new Member('ordered', order);
    const { coordinatorId } = await client.admin().groups.describe('ordered');
    await cluster.cutOff(coordinatorId);
    await until(() => shares(second, third).length === 3);
    const behind = shares(second, third);
    await until(() => shares(second, third).length === 6);
    await cluster.startNode(coordinatorId);
    const roundAtPass = Math.min(...writers.map(({ round }) => round));
    await until(() => writers.every(({ round }) => round > roundAtPass + 20));
    await Promise.all(writers.map((writer) => writer.stop()));
    const ends = writers.map(({ round }) => round);
    const isDrained = (): boolean =>
      ['a', 'b'].every((prefix, at) =>
        namesOf(prefix).every((key) => order.next.get(key) === ends[at]),
      );
    await until(isDrained);

    expect(told).toMatch(
      /^topic ordered has 6 partitions\nfence: ordered read partitions from 3 on/,
    );
    expect(behind).toEqual([0, 1, 2]);
    expect(order.tooEarly).toEqual([]);
    await Promise.all([second.leave(), third.leave()]);
    await mortal.close({ signal: AbortSignal.abort() });
  });

  test('is refused where a group cannot keep it, in one line', async () => {
    await client.admin().createTopic({ name: 'refused', partitions: 2 });
    const admin = client.admin();
    const grow = (totalPartitions: number, groups: readonly string[]): Promise<unknown> =>
      admin.createPartitions([{ name: 'refused', totalPartitions, fence: { groups } }]);
    const order = new Order();
    const member = new Member('refused', order);
    await until(() => member.share.length === 2);

    await expect(grow(4, ['nobody'])).rejects.toThrow('group nobody does not exist');
    await expect(grow(5, ['refused'])).rejects.toThrow('ask for 6');
    await expect(grow(4, [])).rejects.toThrow('names no group');
    const verb = { bootstrap: cluster.bootstrap, partitions: 4, sample: 1, settle: 1 };
    await expect(addPartitions('refused', { ...verb, fence: true })).rejects.toThrow(
      'before which groups?',
    );
    await expect(addPartitions('refused', { ...verb, groups: ['g'] })).rejects.toThrow(
      '--groups goes with --fence',
    );
    await member.leave();
  }, 60_000);

  test('may grow again behind one only when its groups have passed, or it is lifted', async () => {
    const name = 'twice';
    await client.admin().createTopic({ name, partitions: 2 });
    const admin = client.admin();
    const member = new Member(name, new Order());
    await until(() => member.share.length === 2);
    const fence = { groups: [name], settleMs: 3_600_000 };
    await admin.createPartitions([{ name, totalPartitions: 4, fence }]);

    const again = admin.createPartitions([{ name, totalPartitions: 8, fence }]);
    await expect(again).rejects.toThrow('has not passed the fence before partition 2');
    const shareBehind = member.share;
    const told = await printedBy(() => unfence(name, { bootstrap: cluster.bootstrap }));
    await until(() => member.share.length === 4);
    await admin.createPartitions([{ name, totalPartitions: 8, fence: { ...fence, settleMs: 0 } }]);
    await untilTrue(async () => member.share.length === 8);

    expect(shareBehind).toEqual([0, 1]);
    expect(told).toBe('topic twice has no fence');
    await member.leave();
  }, 60_000);
});
