import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connect } from '../../../src/app/connect.ts';
import type { Consumer } from '../../../src/client/group/consumer.ts';
import type { Ended } from './processes.ts';
import { ottla, Workshop } from './processes.ts';

const workshop = new Workshop();
let bootstrap: string;

beforeAll(async () => {
  const node = await workshop.formatted(1, {
    'offsets.topic.replication.factor': '1',
    'group.initial.rebalance.delay.ms': '0',
  });
  await workshop.running(node);
  bootstrap = node.client;
  await run(['topic', 'create', 't', '-p', '2']);
  await run(['produce', 't'], 'a\nb\nc\nd\n');
});

afterAll(() => workshop.close());

const run = (words: readonly string[], input?: string): Promise<Ended> =>
  ottla([...words, '--bootstrap', bootstrap], input === undefined ? {} : { input });

const until = async (condition: () => boolean): Promise<void> => {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 20));
};

const json = async (words: readonly string[]): Promise<unknown> =>
  JSON.parse(String((await run([...words, '--json'])).stdout));

const drain = async (words: readonly string[]): Promise<string[]> => {
  const { stdout } = await run(['consume', 't', '--exit-at-end', ...words]);
  return String(stdout).split('\n').filter(Boolean).sort();
};

describe('consume in a group', () => {
  it('goes on where the group has got to', async () => {
    const first = await drain(['--group', 'g', '--from-beginning', '-n', '3']);
    const second = await drain(['--group', 'g', '--from-beginning']);
    const third = await drain(['--group', 'g', '--from-beginning']);

    expect(first.length).toBe(3);
    expect([...first, ...second].sort()).toEqual(['a', 'b', 'c', 'd']);
    expect(third).toEqual([]);
  });

  it('waits for a share that others have to give up first', async () => {
    await run(['topic', 'create', 'shared', '-p', '2']);
    const client = connect({ bootstrap });
    // It holds both, and would never come to its records.
    const other: Consumer = client.consumer({
      topics: ['shared'],
      groupId: 'shared',
      offsetReset: 'earliest',
      listener: { onAssigned: (): void => other.pause() },
    });
    const reading = other.batches().next();
    await until(() => other.partitions.length === 2);
    const producer = client.producer();
    for (const partition of [0, 1]) {
      await producer.send({ topic: 'shared', partition, value: `in ${partition}` });
    }

    const words = ['consume', 'shared', '--exit-at-end', '--group', 'shared'];
    const { stdout } = await run([...words, '--from-beginning']);
    await client.close();
    await reading;

    expect(String(stdout)).toMatch(/^in [01]\n$/);
  });

  it('without --group joins default, from the end, and says so once', async () => {
    const before = await run(['consume', 't', '--exit-at-end']);
    await run(['produce', 't'], 'later\n');

    const { stdout, stderr, status } = await run(['consume', 't', '--exit-at-end']);

    expect(String(before.stdout)).toBe('');
    expect(String(stdout)).toBe('later\n');
    expect(stderr.trimEnd().split('\n')).toEqual([expect.stringContaining('group default')]);
    expect(status).toBe(0);
  });

  it('says at once why a cluster has no groups', async () => {
    const alone = await workshop.formatted(1);
    await workshop.running(alone);
    await ottla(['topic', 'create', 't', '--bootstrap', alone.client]);

    const { status, stderr } = await ottla([
      'consume',
      't',
      '-g',
      'g',
      '--bootstrap',
      alone.client,
    ]);

    expect(status).toBe(1);
    expect(stderr).toContain('group g has no coordinator now');
    expect(stderr).toContain('offsets.topic.replication.factor');
  });

  it('shares the partitions out itself', async () => {
    const { status, stderr } = await run(['consume', 't', '--group', 'g', '--partition', '0']);

    expect(status).toBe(2);
    expect(stderr).toContain('--group or --partition');
  });
});

describe('group', () => {
  it('lists, describes with lag, and moves a group back', async () => {
    await run(['topic', 'create', 'm', '-p', '2']);
    await run(['produce', 'm'], 'a\nb\nc\nd\n');
    await run(['consume', 'm', '--exit-at-end', '--group', 'moved', '--from-beginning']);

    const listed = await json(['group', 'list']);
    const described = await json(['group', 'describe', 'moved']);
    const planned = await run(['group', 'seek', 'moved', '--to-earliest', '--dry-run']);
    const moves = await json(['group', 'reset-offsets', 'moved', '--to-earliest']);
    const after = await json(['group', 'describe', 'moved']);

    expect(listed).toContainEqual({
      groupId: 'moved',
      state: 'Empty',
      protocolType: 'consumer',
      standbyLabels: [],
    });
    const lags = (group: unknown): number[] =>
      (group as { offsets: Array<{ lagCount: number }> }).offsets.map(({ lagCount }) => lagCount);
    expect(lags(described)).toEqual([0, 0]);
    expect(String(planned.stdout)).toContain('nothing was changed');
    expect((moves as Array<{ to: number }>).map(({ to }) => to)).toEqual([0, 0]);
    expect(lags(after).reduce((sum, count) => sum + count, 0)).toBe(4);
  });

  it('forgets the offsets of a topic, and the group', async () => {
    await drain(['--group', 'old', '--from-beginning']);

    const offsets = await run(['group', 'delete-offsets', 'old', '-t', 't']);
    const gone = await run(['group', 'delete', 'old', '--if-exists']);
    const again = await run(['group', 'delete', 'old']);

    expect(String(offsets.stdout)).toBe('deleted 2 offset(s) of group old\n');
    expect(gone.status).toBe(0);
    expect(again.status).toBe(1);
    expect(again.stderr).toContain('group old does not exist');
  });

  it('is not moved without a target, or with two', async () => {
    const none = await run(['group', 'seek', 'g']);
    const two = await run(['group', 'seek', 'g', '--to-earliest', '--to-latest']);

    expect([none.status, two.status]).toEqual([2, 2]);
    expect(none.stderr).toContain('--to-earliest');
  });
});
