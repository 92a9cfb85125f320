import { createServer } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Ended, NodeFiles } from './processes.ts';
import { OTHER_CLUSTER, ottla, Workshop } from './processes.ts';

const workshop = new Workshop();

afterAll(() => workshop.close());

/** One line for a person on stderr, no stack, and this status. */
const expectRefusal = (result: Ended, status: number, message: RegExp): void => {
  const lines = result.stderr.trimEnd().split('\n');
  expect(lines.at(-1)).toMatch(message);
  expect(lines).toHaveLength(1);
  expect(result.stderr).not.toMatch(/\n\s+at /);
  expect(result.status).toBe(status);
};

describe('ottla start refuses, in one line,', () => {
  it('a configuration file that does not exist', async () => {
    const result = await ottla(['start', '--config', '/nowhere/server.properties']);

    expectRefusal(result, 1, /\/nowhere\/server.properties does not exist/);
  });

  it('a directory in the place of the configuration file', async () => {
    const result = await ottla(['start', '--config', workshop.root]);

    expectRefusal(result, 1, /it is a directory; name a file \(EISDIR\)$/);
  });

  it.each([
    ['an unknown key', 'num.partition=3', /'num.partition'.*did you mean 'num.partitions'/],
    ['a key that is like no other', 'colour=red', /'colour'.*remove it/],
    ['a key without a value', 'log.dirs=', /log.dirs is not set: add it/],
    ['a wrong type', 'num.partitions=six', /num.partitions: 'six'.*a whole number/],
  ])('%s', async (_, override, message) => {
    const { config } = await workshop.node(1);

    const result = await ottla(['start', '--config', config, '-X', override]);

    expectRefusal(result, 1, message);
  });

  it('a directory that is not formatted', async () => {
    const { config } = await workshop.node(1);

    const result = await ottla(['start', '--config', config]);

    expectRefusal(result, 1, /does not exist: run 'ottla format'/);
  });

  it('the directory of another node', async () => {
    const { logDir } = await workshop.formatted(1);
    const { config } = await workshop.node(2, { 'log.dirs': logDir });

    const result = await ottla(['start', '--config', config]);

    expectRefusal(result, 1, /belongs to node 1, not to node 2/);
  });

  it('a directory that cannot be written', async () => {
    // Permissions do not bind root, but no one can create a directory in /sys.
    const { config } = await workshop.node(1, { 'log.dirs': '/sys/ottla' });

    const result = await ottla(['format', '--config', config]);

    expectRefusal(result, 1, /\/sys\/ottla: .*(not permitted|denied)/);
  });

  it('a directory whose parent is a file', async () => {
    const { config } = await workshop.node(1);

    const result = await ottla(['format', '--config', config, '-X', `log.dirs=${config}/data`]);

    expectRefusal(result, 1, /data: a part of the path is not a directory; check the path/);
  });

  it.each(['client', 'peer', 'admin', 'kafka'] as const)('a %s port in use', async (listener) => {
    const node = await workshop.formatted(1);
    const server = createServer();
    const port = Number(node[listener].split(':')[1]);
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));

    const result = await ottla(['start', '--config', node.config]);

    server.close();
    expectRefusal(result, 1, new RegExp(`${node[listener]}.*in use`));
  });

  it('a directory that another process uses', async () => {
    const node = await workshop.formatted(1);
    await workshop.running(node);
    const other = await workshop.node(1, { 'log.dirs': node.logDir });

    const result = await ottla(['start', '--config', other.config]);

    expectRefusal(result, 1, /uses this directory; stop it/);
  });
});

describe('ottla format', () => {
  it('refuses a formatted directory, and accepts it when told to', async () => {
    const { config } = await workshop.formatted(1);

    expectRefusal(await ottla(['format', '-c', config]), 1, /already formatted for node 1/);
    expect((await ottla(['format', '-c', config, '--ignore-formatted'])).status).toBe(0);
  });
});

describe('a node beside a running cluster', () => {
  let first: NodeFiles;
  const brokerBeside = (): Readonly<Record<string, string>> => ({
    'process.roles': 'broker',
    'controller.quorum.voters': `1@${first.peer}`,
  });

  beforeAll(async () => {
    first = await workshop.formatted(1);
    await workshop.running(first);
  });

  it('is refused when its directory is of another cluster', async () => {
    const stranger = await workshop.formatted(2, brokerBeside(), OTHER_CLUSTER);

    const result = await workshop.start(stranger).ended;

    expectRefusal(result, 1, /cluster/);
  });

  it('is refused when its number is another node’s', async () => {
    await workshop.running(await workshop.formatted(2, brokerBeside()));
    const twin = await workshop.formatted(2, brokerBeside());

    const result = await workshop.start(twin).ended;

    expectRefusal(result, 1, /node.id|broker 2|node 2/);
  });
});

describe('verbs against a cluster', () => {
  let bootstrap: string;

  beforeAll(async () => {
    const node = await workshop.formatted(1, { 'auto.create.topics.enable': 'false' });
    await workshop.running(node);
    bootstrap = node.client;
    const second = await workshop.running(
      await workshop.formatted(2, {
        'process.roles': 'broker',
        'controller.quorum.voters': `1@${node.peer}`,
      }),
    );
    const strict = ['-r', '2', '--config', 'min.insync.replicas=2'];
    await ottla(['topic', 'create', 'strict', ...strict, '--bootstrap', bootstrap]);
    second.kill('SIGKILL');
    const small = ['--config', 'max.message.bytes=300'];
    await ottla(['topic', 'create', 'small', ...small, '--bootstrap', bootstrap]);
  });

  const run = (words: readonly string[], input?: string): Promise<Ended> =>
    ottla([...words, '--bootstrap', bootstrap], input === undefined ? {} : { input });

  it.each([
    [['consume', 'nope', '--exit-at-end']],
    [['produce', 'nope']],
    [['topic', 'describe', 'nope']],
    [['topic', 'delete', 'nope']],
  ])('name an unknown topic: %j', async (words) => {
    expectRefusal(await run(words, 'x\n'), 1, /topic nope.*(UNKNOWN_TOPIC_OR_PARTITION)/);
  });

  it('say that acks=all lacks replicas, and that nothing was acknowledged', async () => {
    const result = await run(['produce', 'strict', '--timeout-ms', '5000'], 'x\n');

    expectRefusal(result, 1, /1 of 1 records were not acknowledged.*(replica|ISR)/i);
  });

  it('say that a record cannot fit max.message.bytes', async () => {
    expectRefusal(await run(['produce', 'small'], 'x\n'), 1, /max.message.bytes of 300/);
  });

  it.each([
    ['a replication factor above the brokers', ['-r', '3'], /replication factor/i],
    ['an unknown topic setting', ['--config', 'retention.mss=1'], /did you mean retention.ms\?/],
    ['a topic setting of the wrong type', ['--config', 'retention.ms=soon'], /soon/],
  ])('refuse %s', async (_, words, message) => {
    expectRefusal(await run(['topic', 'create', 'bad', ...words]), 1, message);
  });

  it('refuse a topic that exists', async () => {
    const message = /^ottla: topic strict exists already: use it.*\(TOPIC_ALREADY_EXISTS\)$/;
    expectRefusal(await run(['topic', 'create', 'strict']), 1, message);
  });

  it('name a file that is no segment', async () => {
    const { config } = await workshop.node(1);

    const result = await ottla(['log', 'dump', config]);

    expectRefusal(result, 1, /is no segment file and no directory of a partition/);
  });

  it('name a file that cannot be read', async () => {
    const nowhere = await run(['produce', 'strict', '-f', '/nowhere']);
    expectRefusal(nowhere, 1, /reading \/nowhere: no such file .*check the path \(ENOENT\)$/);
    const folder = await run(['produce', 'strict', '-f', workshop.root]);
    expectRefusal(folder, 1, /it is a directory; name a file \(EISDIR\)$/);
  });
});

const healthOf = ({ admin }: NodeFiles): Promise<number> =>
  fetch(`http://${admin}/healthz`).then(
    ({ status }) => status,
    () => 0,
  );

describe('an unreachable cluster', () => {
  it('is named with the address, when nothing listens there', async () => {
    const { client } = await workshop.node(1);

    const result = await ottla(['topic', 'list', '--bootstrap', client]);

    expectRefusal(result, 1, new RegExp(`no answer from the cluster at ${client}`));
  });

  it('is told from the door of the peers', async () => {
    const node = await workshop.formatted(1);
    await workshop.running(node);

    const result = await ottla(['topic', 'list', '--bootstrap', node.peer]);

    expectRefusal(result, 1, /serves no clients.*give the CLIENT address/);
  });

  it('is reported when brokers run and the quorum does not', async () => {
    const { peer } = await workshop.node(9);
    const voters = { 'process.roles': 'broker', 'controller.quorum.voters': `9@${peer}` };
    const lonely = await workshop.formatted(1, voters);
    workshop.start(lonely);
    await expect.poll(() => healthOf(lonely), { timeout: 20_000 }).toBe(200);

    const result = await ottla(['topic', 'create', 't', '--bootstrap', lonely.client]);

    expectRefusal(result, 1, /controller|no answer from the cluster/i);
  });
});
