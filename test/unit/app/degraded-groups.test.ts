import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { run as degrade } from '../../../src/cli/group-degrade.ts';
import { string } from '../../../src/client/serde/serde.ts';
import type { DevCluster } from '../../../src/testing/index.ts';
import { startDevCluster } from '../../../src/testing/index.ts';

let cluster: DevCluster;

beforeAll(async () => {
  cluster = await startDevCluster({
    config: { 'group.initial.rebalance.delay.ms': 0, 'offsets.topic.num.partitions': 1 },
  });
}, 60_000);

afterAll(async () => {
  await cluster?.stop();
}, 60_000);

afterEach(() => {
  vi.restoreAllMocks();
});

const until = async (condition: () => Promise<boolean> | boolean): Promise<void> => {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 20));
};

/** What the verb prints. */
const cli = async (
  groupId: string,
  options: Partial<Parameters<typeof degrade>[1]> = {},
): Promise<string> => {
  let printed = '';
  const write = vi.spyOn(process.stdout, 'write').mockImplementation((text, ...rest) => {
    printed += String(text);
    const done = rest.find((each) => typeof each === 'function');
    done?.();
    return true;
  });
  await degrade(groupId, { bootstrap: cluster.bootstrap, ...options });
  write.mockRestore();
  return printed.trim();
};

describe('ottla group degrade', () => {
  test('pauses a running group, and lets it go on', { timeout: 60_000 }, async () => {
    const { client } = cluster;
    await client.admin().createTopic({ name: 'orders', partitions: 1 });
    await using producer = client.producer();
    const values: string[] = [];
    await using consumer = client.consumer({
      topics: ['orders'],
      groupId: 'billing',
      offsetReset: 'earliest',
      heartbeatIntervalMs: 200,
      deserializers: { key: string, value: string },
    });
    void consumer.run({ handler: ({ value }) => void values.push(value ?? '') });
    await producer.send({ topic: 'orders', value: 'a' });
    await until(() => values.length === 1);

    const paused = await cli('billing', { pause: true });
    await until(() => consumer.degraded.pause === true);
    await producer.send({ topic: 'orders', value: 'b' });
    await new Promise((resolve) => setTimeout(resolve, 500));
    const whilePaused = [...values];
    const ended = await cli('billing', { off: true });
    await until(() => values.length === 2);

    expect(paused).toBe('group billing: handles nothing');
    expect(whilePaused).toEqual(['a']);
    expect(ended).toBe('group billing: leaves nothing out');
    expect(values).toEqual(['a', 'b']);
  });

  test('shows what is set, of a group that has no members yet', async () => {
    await cluster.client.admin().groups.degrade('later', { skipOlderThanMs: 90_000, sample: 0.1 });

    const shown = await cli('later');

    expect(shown).toBe('group later: skips what is older than 1 min 30 s, handles a sample of 0.1');
  });

  test('takes back what is not named again', async () => {
    await cli('other', { skipOlderThan: 90, sample: 0.5 });

    const shown = await cli('other', { sample: 0.000_000_1, json: true });

    expect(JSON.parse(shown)).toEqual({ groupId: 'other', sample: 0.000_000_1, pause: false });
  });

  test('is refused where it says two things', async () => {
    await expect(cli('g', { off: true, pause: true })).rejects.toThrow('--off stands alone');
  });

  test('is refused without a name, by the cluster', async () => {
    const { groups } = cluster.client.admin();

    await expect(groups.degrade('', { pause: true })).rejects.toMatchObject({
      code: 'INVALID_REQUEST',
    });
  });

  test('is a setting of the group, which `alterConfigs` changes too', async () => {
    const admin = cluster.client.admin();
    const group = { type: 'group', name: 'by-config' } as const;

    await admin.alterConfigs([{ ...group, key: 'degrade.sample', value: 0.5 }]);
    const bad = admin.alterConfigs([{ ...group, key: 'degrade.sampel', value: 0.5 }]);

    await expect(bad).rejects.toMatchObject({ code: 'INVALID_CONFIG' });
    expect(await admin.groups.degraded('by-config')).toMatchObject({ sample: 0.5 });
    const described = await admin.describeConfigs(group);
    const set = described.filter(({ source }) => source === 'group');
    expect(set.map(({ key }) => key)).toEqual(['degrade.sample']);
  });
});
