import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { connect } from '../../../src/app/connect.ts';
import { run as describeGroup } from '../../../src/cli/group-describe.ts';
import { run as listGroups } from '../../../src/cli/group-list.ts';
import { run as overflow } from '../../../src/cli/group-overflow.ts';
import { run as standby } from '../../../src/cli/group-standby.ts';
import type { OttlaClient } from '../../../src/client/client.ts';
import type { Consumer } from '../../../src/client/group/consumer.ts';
import type { ConsumerOptions } from '../../../src/client/group/consumer-options.ts';
import { string } from '../../../src/client/serde/serde.ts';
import { tempDirs } from '../../support/temp-dir.ts';
import { RealCluster } from './real-cluster.ts';

const PARTITIONS = 6;
const makeTempDir = tempDirs();
let cluster: RealCluster;
let client: OttlaClient;

beforeAll(async () => {
  cluster = await RealCluster.start(makeTempDir(), [
    'group.initial.rebalance.delay.ms=0',
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

/** A member whose handler takes what it is told to. */
class Member {
  readonly consumer: Consumer<string, string>;
  readonly values: string[] = [];
  readonly #running: Promise<void>;

  constructor(
    topic: string,
    options: Partial<ConsumerOptions<string, string>> = {},
    pace: () => number = () => 0,
  ) {
    this.consumer = client.consumer<string, string>({
      topics: [topic],
      groupId: topic,
      offsetReset: 'earliest',
      heartbeatIntervalMs: 100,
      sessionTimeoutMs: 10_000,
      autoCommitIntervalMs: 200,
      deserializers: { key: string, value: string },
      ...options,
    });
    this.#running = this.consumer.run({
      order: 'partition',
      handler: async ({ value }) => {
        const delayMs = pace();
        if (delayMs > 0) await new Promise((resolve) => setTimeout(resolve, delayMs));
        this.values.push(value ?? '');
      },
    });
  }

  get share(): number {
    return this.consumer.partitions.length;
  }

  async leave(): Promise<void> {
    await this.consumer.close();
    await this.#running;
  }
}

const valuesOf = (...members: readonly Member[]): string[] =>
  members.flatMap(({ values }) => values);

const until = (condition: () => boolean): Promise<void> => cluster.until(condition);

/** While its members gather, nothing is told of them. */
const untilStable = async (group: string): Promise<void> => {
  while ((await client.admin().groups.describe(group)).state !== 'Stable') {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
};

const produce = async (topic: string, count: number, first = 0): Promise<void> => {
  await using producer = client.producer();
  const records = Array.from({ length: count }, (_, at) => ({
    topic,
    partition: (first + at) % PARTITIONS,
    value: `v${first + at}`,
  }));
  await producer.sendBatch(records);
};

describe('ottla group standby', () => {
  test('hands a running group over to dedicated members and back; each record is handled once', async () => {
    await client.admin().createTopic({ name: 'orders', partitions: PARTITIONS });
    const verb = { bootstrap: cluster.bootstrap };
    const app = new Member('orders', { label: 'app' });
    const dedicated = new Member('orders', { label: 'own' });
    await until(() => app.share === 3 && dedicated.share === 3);
    await untilStable('orders');
    await produce('orders', 60);
    await until(() => valuesOf(app, dedicated).length === 60);

    const told = await printedBy(() => standby('orders', { ...verb, label: ['app'] }));
    await until(() => app.share === 0 && dedicated.share === PARTITIONS);
    await produce('orders', 60, 60);
    await until(() => valuesOf(app, dedicated).length === 120);
    const handledByApp = app.values.length;
    await untilStable('orders');
    const described = await printedBy(() => describeGroup('orders', verb));
    const listed = await printedBy(() => listGroups(verb));
    await app.leave();
    const back = new Member('orders', { label: 'app' });
    await produce('orders', 60, 120);
    await until(() => valuesOf(app, back, dedicated).length === 180);
    const shareOfBack = back.share;
    const off = await printedBy(() => standby('orders', { ...verb, off: true }));
    await until(() => back.share === 3 && dedicated.share === 3);

    expect(told).toBe('group orders: members labelled app are on standby, 1 of 2');
    expect(described).toMatch(/^standby: members labelled app are on standby, 1 of 2$/m);
    expect(described).toMatch(/ app +main +standby$/m);
    expect(described).toMatch(/ own +main +6$/m);
    expect(listed).toMatch(/^orders +Stable +consumer +app$/m);
    expect(handledByApp).toBe(30);
    expect(shareOfBack).toBe(0);
    expect(off).toBe('group orders: no member is on standby');
    expect(new Set(valuesOf(app, back, dedicated)).size).toBe(180);
    expect(valuesOf(app, back, dedicated)).toHaveLength(180);
    await Promise.all([back.leave(), dedicated.leave()]);
  }, 60_000);

  test('says what holds where no other member is there', async () => {
    await client.admin().createTopic({ name: 'alone', partitions: PARTITIONS });
    const verb = { bootstrap: cluster.bootstrap };
    const app = new Member('alone', { label: 'app' });
    await until(() => app.share === PARTITIONS);
    await untilStable('alone');

    const told = await printedBy(() => standby('alone', { ...verb, label: ['app'] }));
    const none = await printedBy(() => standby('nobody', { ...verb, label: ['app', 'web'] }));

    expect(told).toMatch(/1 of 1; they keep their partitions until another joins$/);
    expect(none).toBe('group nobody: members labelled app or web are on standby, 0 of 0');
    expect(app.share).toBe(PARTITIONS);
    await app.leave();
  }, 60_000);

  test('holds when the coordinator is cut off in the middle of it', async () => {
    await client.admin().createTopic({ name: 'moved', partitions: PARTITIONS });
    const members = ['app', 'own'].map((label) => new Member('moved', { label }));
    await until(() => members.every(({ share }) => share === 3));
    const { coordinatorId } = await client.admin().groups.describe('moved');

    await client.admin().groups.standby('moved', ['app']);
    await cluster.cutOff(coordinatorId);
    await until(() => members[0]?.share === 0 && members[1]?.share === PARTITIONS);
    await produce('moved', 60);
    await until(() => valuesOf(...members).length >= 60);

    expect(members.map(({ values }) => values.length)).toEqual([0, 60]);
    await Promise.all(members.map((member) => member.leave()));
    await cluster.startNode(coordinatorId);
  }, 60_000);
});

describe('ottla group overflow', () => {
  test('has idle members share while the group is behind, and take their leave after it', async () => {
    await client.admin().createTopic({ name: 'peaks', partitions: PARTITIONS });
    let delayMs = 0;
    const main = new Member('peaks', {}, () => delayMs);
    const extra = new Member('peaks', { lane: 'overflow' }, () => delayMs);
    await until(() => main.share === PARTITIONS && extra.share === 0);

    const told = await printedBy(() =>
      overflow('peaks', { bootstrap: cluster.bootstrap, aboveLag: 200, belowLag: 20, for: 1 }),
    );
    delayMs = 100;
    await produce('peaks', 900);
    await until(() => main.share === 3 && extra.share === 3);
    await untilStable('peaks');
    const described = await client.admin().groups.describe('peaks');
    delayMs = 0;
    await until(() => main.share === PARTITIONS && extra.share === 0);
    await until(() => valuesOf(main, extra).length >= 900);

    expect(told).toBe(
      'group peaks: members of the overflow lane get partitions above 200 record(s), ' +
        'until 20 record(s) or less, for 1.0 s each',
    );
    expect(described.overflow?.above).toEqual({ lagCount: 200 });
    expect(described.members.map(({ lane }) => lane).sort()).toEqual(['main', 'overflow']);
    expect(extra.values.length).toBeGreaterThan(0);
    expect(new Set(valuesOf(main, extra)).size).toBe(900);
    expect(valuesOf(main, extra)).toHaveLength(900);
    await Promise.all([main.leave(), extra.leave()]);
  }, 60_000);

  test('is refused by the SDK where a bound cannot be, in one line', async () => {
    const { groups } = client.admin();

    await expect(
      groups.overflow('g', { above: { lagCount: 5 }, below: { lagCount: 6 } }),
    ).rejects.toThrow('overflow option below.lagCount=6 is more than above.lagCount=5');
    await expect(groups.overflow('g', { above: {} })).rejects.toThrow(
      'overflow option above has no bound: give lagCount, lagMs or both',
    );
    await expect(groups.standby('g', ['a b'])).rejects.toThrow("standby: label 'a b' is none");
  });
});
