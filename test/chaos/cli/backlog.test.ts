import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connect } from '../../../src/app/connect.ts';
import type { Ended } from './processes.ts';
import { ottla, Workshop } from './processes.ts';

const workshop = new Workshop();
const HOUR_MS = 3_600_000;
let bootstrap: string;

/** Two partitions of keyed records an hour old, four of ten of one key; one was handled. */
beforeAll(async () => {
  const node = await workshop.formatted(1, { 'offsets.topic.replication.factor': '1' });
  await workshop.running(node);
  bootstrap = node.client;
  await using client = connect({ bootstrap });
  await client.admin().createTopic({ name: 't', partitions: 2 });
  const producer = client.producer();
  const keys = ['hot', 'hot', 'hot', 'hot', 'a', 'b', 'c', 'd', 'e', 'f'];
  const timestampMs = Date.now() - HOUR_MS;
  await producer.sendBatch(keys.map((key) => ({ topic: 't', key, value: 'v', timestampMs })));
  const { groups } = client.admin();
  await groups.resetOffsets('g', { topics: ['t'], to: 'earliest' });
});

afterAll(() => workshop.close());

const run = (...words: readonly string[]): Promise<Ended> =>
  ottla([...words, '--bootstrap', bootstrap]);

const json = async (...words: readonly string[]): Promise<Record<string, unknown>> => {
  const { stdout, stderr } = await run(...words, '--json');
  return stderr === '' ? JSON.parse(String(stdout)) : { stderr };
};

describe('group lag', () => {
  it('tells records and time, by partition, topic and group', async () => {
    const told = await json('group', 'lag', 'g');

    expect(told).toMatchObject({
      groupId: 'g',
      lagCount: 10,
      topics: [{ topic: 't', lagCount: 10 }],
    });
    expect(told.maxLagMs).toBeGreaterThanOrEqual(HOUR_MS);
    expect(told.partitions).toHaveLength(2);
  });

  it('is a table for people', async () => {
    const { stdout } = await run('group', 'lag', 'g');

    expect(String(stdout)).toMatch(/^TOPIC +PARTITION +COMMITTED +END +LAG +TIME LAG +MEMBER\n/);
    expect(String(stdout)).toMatch(/^group g: 10 record\(s\) behind, 1 h 0 min at most$/m);
  });

  it('looks again and again with --watch, and ends with 0 when it is stopped', async () => {
    const words = ['group', 'lag', 'g', '--watch', '--interval', '1', '--json'];
    const { child, ended } = workshop.run([...words, '--bootstrap', bootstrap]);
    let lines = '';
    const twice = new Promise<void>((resolve) => {
      child.stdout?.on('data', (part) => {
        lines += String(part);
        if (lines.split('\n').length > 2) resolve();
      });
    });

    await twice;
    child.kill('SIGINT');

    expect((await ended).status).toBe(0);
  });

  it('of a group that is not there is an error', async () => {
    const { status, stderr } = await run('group', 'lag', 'nobody', '--watch');

    expect(stderr).toContain('group nobody does not exist');
    expect(status).toBe(1);
  });

  it('of a topic that the group does not read is an error', async () => {
    const { status, stderr } = await run('group', 'lag', 'g', '--topic', 't', '--topic', 'tt');

    expect(stderr).toContain('group g does not read topic tt: it reads t');
    expect(status).toBe(1);
  });
});

describe('group doctor', () => {
  it('says that nobody reads, and which key is hot', async () => {
    const told = await json('group', 'doctor', 'g', '--window', '1');

    expect(told).toMatchObject({
      verdict: 'noMembers',
      lagCount: 10,
      arrivalPerSecond: 0,
      hotKey: { topic: 't', key: 'hot', share: 0.4 },
    });
  });

  it('names what helps a group that commits too slowly, and leaves out what breaks order', async () => {
    await using client = connect({ bootstrap });
    const { groups } = client.admin();
    const words = ['group', 'doctor', 'g', '--window', '4', '--drain-in', '1', '--total-order'];
    const doctor = run(...words);
    for (let offset = 1; offset <= 2; offset += 1) {
      await new Promise((resolve) => setTimeout(resolve, 1500));
      const partitions = [0, 1].map((partition) => ({ topic: 't', partition }));
      await groups.resetOffsets('g', { partitions, to: { offset } });
    }

    const { stdout, stderr } = await doctor;

    expect(stderr).toBe('');
    expect(String(stdout)).toContain('group g: it is too slow');
    expect(String(stdout)).toMatch(/^handler +\S.* make it /m);
    expect(String(stdout)).toMatch(/^concurrency +left out /m);
    expect(String(stdout)).toContain('the time that handlers take is not reported');
  });
});

describe('topic add-partitions', () => {
  it('tells with --dry-run what share of keys would move, and adds none', async () => {
    const told = await json('topic', 'add-partitions', 't', '-p', '4', '--dry-run');

    expect(told).toMatchObject({
      before: 2,
      after: 4,
      sampledRecordCount: 10,
      keyCount: 7,
      expectedShare: 0.5,
    });
    expect(told.movedKeyCount).toBeLessThanOrEqual(7);
    const { partitions } = await json('topic', 'describe', 't');
    expect(partitions).toHaveLength(2);
  });

  it('refuses fewer than there are', async () => {
    const { status, stderr } = await run('topic', 'add-partitions', 't', '-p', '2', '--dry-run');

    expect(stderr).toContain('has 2 partitions already');
    expect(status).toBe(1);
  });

  it('adds them without it', async () => {
    await run('topic', 'create', 'grown');

    const { status } = await run('topic', 'add-partitions', 'grown', '-p', '3');

    expect(status).toBe(0);
    expect((await json('topic', 'describe', 'grown')).partitions).toHaveLength(3);
  });
});
