import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { archiveOf, layBundle, ownPlatform } from '../../../deploy/remote/bundle.ts';
import type { Outcome } from './machines.ts';
import { Machines } from './machines.ts';
import { SshHosts, whyNoSshHosts } from './ssh-hosts.ts';

/**
 * Three hosts, and a fourth that joins, with addresses of their own, deployed to by `make deploy`'s
 * program over ssh. The steps stand on each other, as in the life of a cluster.
 */

const missing = whyNoSshHosts();
if (missing !== undefined) process.stderr.write(`deployment over ssh is not tested: ${missing}\n`);

const HOSTS = 'alpha beta gamma';
const BOOTSTRAP = 'alpha:7091,beta:7091,gamma:7091';
const RACKS = 'alpha=r1 beta=r2 gamma=r3';

const root = mkdtempSync(join(tmpdir(), 'ottla-deploy-'));
const packed = join(root, 'packed');
const ottla = join(packed, 'bin', 'ottla');
let machines: Machines;
let hosts: SshHosts;

/** A bundle of the packed program with this version, and with this in place of its command line. */
const bundle = async (version: string, program?: string): Promise<string> => {
  const manifest = join(packed, 'package.json');
  const label = join(packed, 'bundle.json');
  const own = [manifest, label, ottla].map((path) => [path, readFileSync(path)] as const);
  const { name: _, ...rest } = JSON.parse(readFileSync(manifest, 'utf8'));
  writeFileSync(manifest, JSON.stringify({ name: 'ottla', ...rest, version }));
  writeFileSync(label, JSON.stringify({ release: `${version}-test`, platform: ownPlatform() }));
  if (program !== undefined) writeFileSync(ottla, program);
  const file = join(root, `${version}.tgz`);
  writeFileSync(file, await archiveOf(packed));
  for (const [path, bytes] of own) writeFileSync(path, bytes);
  return file;
};

const deploy = (file: string, ...words: readonly string[]): Promise<Outcome> =>
  hosts.deploy(['--hosts', HOSTS, '--racks', RACKS, '--bundle', file, ...words]);

const client = (words: readonly string[], input = ''): Promise<Outcome> =>
  machines.run([process.execPath, ottla, ...words, '--bootstrap', BOOTSTRAP], input);

/** Process ids of the nodes, by host. */
const pids = async (): Promise<string[]> =>
  Promise.all(
    machines.names
      .filter((name) => HOSTS.includes(name))
      .map(async (name) => (await hosts.ssh(name, 'cat /opt/ottla/node.pid')).stdout.trim()),
  );

const PATIENCE_MS = 30_000;

const until = async (what: () => Promise<boolean>): Promise<void> => {
  const deadline = Date.now() + PATIENCE_MS;
  while (!(await what())) {
    if (Date.now() > deadline) throw new Error(`it did not come within ${PATIENCE_MS / 1000} s`);
    await sleep(100);
  }
};

let first: string;
let second: string;

beforeAll(async () => {
  if (missing !== undefined) return;
  await layBundle(packed, ownPlatform());
  first = await bundle('1.0.0');
  second = await bundle('1.1.0');
  mkdirSync(join(root, 'net'));
  machines = await Machines.make(join(root, 'net'), ['alpha', 'beta', 'gamma', 'delta', 'down']);
  hosts = new SshHosts(machines, join(root, 'ssh'));
  await Promise.all(machines.names.filter((it) => it !== 'down').map((it) => hosts.boot(it)));
}, 120_000);

afterAll(async () => {
  await machines?.close();
  rmSync(root, { recursive: true, force: true });
}, 30_000);

describe.skipIf(missing !== undefined)('make deploy', () => {
  it('says in a dry run what it would do on each host, and does nothing', async () => {
    const { status, stdout, stderr } = await deploy(first, '--dry-run');

    expect(stderr).toBe('');
    expect(status).toBe(0);
    for (const text of ['alpha: node 1', 'beta: node 2', 'gamma: node 3']) {
      expect(stdout).toContain(text);
    }
    expect(stdout).toContain('controller.quorum.voters=1@alpha:7191,2@beta:7191,3@gamma:7191');
    expect(stdout).toContain('sh /opt/ottla/current/run.sh restart');
    expect((await hosts.ssh('beta', 'ls /opt/ottla /var/lib/ottla; id ottla')).stdout).toBe('');
  });

  it('begins on no host while one of them cannot be reached', async () => {
    const all = ['--hosts', 'alpha down', '--bundle', first];
    const { status, stdout, stderr } = await hosts.deploy(all);

    expect(status).toBe(1);
    expect(stderr).toMatch(
      /^down: cannot be reached by ssh: .*(route|refused|timed out)[^\n]*\n$/i,
    );
    expect(stdout).toBe('');
    expect((await hosts.ssh('alpha', 'ls /opt/ottla')).stdout).toBe('');
  });

  it('refuses a port that another program has', async () => {
    const taking = "require('node:net').createServer().listen(9092, () => console.log('taken'))";
    const command = ['ssh', ...hosts.sshWords, '-tt', 'gamma', `node -e "${taking}"`];
    const other = machines.spawn(command, { stdio: ['pipe', 'pipe', 'ignore'] });
    if (other.stdout !== null) await once(other.stdout, 'data');

    const { stderr } = await deploy(first);

    other.stdin?.write('\u0003');
    await once(other, 'exit');
    expect(stderr).toBe(
      'gamma: port 9092 of KAFKA is in use by another program: end that, or give --kafka-port\n',
    );
  });

  it('refuses hosts whose Node is too old', async () => {
    const old = "Object.defineProperty(process, 'version', { value: 'v18.20.8' })";
    const script = '#!/bin/sh\\nexec node -r /opt/old.cjs "$@"\\n';
    await hosts.ssh('beta', `echo "${old}" >/opt/old.cjs`);
    await hosts.ssh('beta', `printf '${script}' >/opt/node18; chmod +x /opt/node18`);

    const words = ['--hosts', 'beta', '--bundle', first, '--node', '/opt/node18'];
    const { stderr } = await hosts.deploy(words);

    expect(stderr).toMatch(/^beta: has Node v18\.20\.8, needed is 20\.19 or newer: [^\n]+\n$/);
  });

  it('starts a node on every host, each in its rack and known by its name', async () => {
    const { status, stderr } = await deploy(first);

    expect(stderr).toBe('');
    expect(status).toBe(0);
    const { brokers } = JSON.parse((await client(['cluster', 'status', '--json'])).stdout);
    expect(brokers).toMatchObject([
      { brokerId: 1, address: 'alpha:7091', rack: 'r1', isFenced: false },
      { brokerId: 2, address: 'beta:7091', rack: 'r2', isFenced: false },
      { brokerId: 3, address: 'gamma:7091', rack: 'r3', isFenced: false },
    ]);
  });

  it('has nodes run as a user of their own, from files that are not theirs', async () => {
    const [owner, files] = await Promise.all([
      hosts.ssh('beta', 'stat -c %U /proc/$(cat /opt/ottla/node.pid)'),
      hosts.ssh('beta', 'find /opt/ottla -user ottla; stat -c "%U %a" /var/lib/ottla'),
    ]);

    expect(owner.stdout).toBe('ottla\n');
    expect(files.stdout).toBe('ottla 750\n');
  });

  it('serves producers and consumers from outside of the hosts', async () => {
    const lines = Array.from({ length: 1000 }, (_, at) => `line ${at}\n`);
    const creating = ['topic', 'create', 'outside', '--partitions', '6'];

    expect((await client(creating)).status).toBe(0);
    expect((await client(['produce', 'outside'], lines.join(''))).status).toBe(0);

    const reading = ['consume', 'outside', '--from-beginning', '--exit-at-end'];
    const { stdout } = await client(reading);
    expect(stdout.split('\n').sort()).toEqual(lines.join('').split('\n').sort());
  });

  it('leaves everything untouched when it is run again', async () => {
    const before = await pids();

    const { status, stdout } = await deploy(first);

    expect(status).toBe(0);
    expect(stdout).toMatch(/^(\w+: node \d has it all, untouched\n){3}$/);
    expect(await pids()).toEqual(before);
  });

  it('leaves a node behind that is started again when it is killed', async () => {
    const [, before] = await pids();

    await hosts.ssh('beta', 'kill -9 $(cat /opt/ottla/node.pid)');

    await until(async () => {
      const [, now] = await pids();
      return now !== '' && now !== before;
    });
  });

  it('starts what does not run any more, and nothing else', async () => {
    const before = await pids();
    const both = 'kill -9 $(cat /opt/ottla/supervisor.pid) $(cat /opt/ottla/node.pid)';
    await hosts.ssh('gamma', both);

    const { status, stdout } = await deploy(first);

    expect(status).toBe(0);
    expect(stdout).toContain('gamma: node 3 is ready\n');
    const now = await pids();
    expect(now.slice(0, 2)).toEqual(before.slice(0, 2));
    expect(now[2]).not.toBe(before[2]);
  });

  it('restarts only the host whose configuration has changed', async () => {
    const before = await pids();

    const { stdout } = await deploy(first, '--racks', 'alpha=r1 beta=r9 gamma=r3');

    expect(stdout).toMatch(/beta: node 2 is ready again\n/);
    const now = await pids();
    expect(now.map((pid, at) => pid === before[at])).toEqual([true, false, true]);
    await deploy(first);
  });

  it('upgrades one host after the other, and no acknowledged record is lost', async () => {
    const creating = ['topic', 'create', 'upgrade', '--partitions', '6'];
    expect((await client(creating)).status).toBe(0);
    const producing = [process.execPath, ottla, 'produce', 'upgrade', '--bootstrap', BOOTSTRAP];
    const producer = machines.spawn(producing, { stdio: ['pipe', 'inherit', 'inherit'] });
    const sent: string[] = [];
    let isUpgraded = false;
    const upgrade = deploy(second).finally(() => {
      isUpgraded = true;
    });

    while (!isUpgraded) {
      const line = `line ${sent.length}`;
      sent.push(line);
      producer.stdin?.write(`${line}\n`);
      await sleep(5);
    }
    producer.stdin?.end();
    const [status] = await once(producer, 'exit');

    expect((await upgrade).stderr).toBe('');
    // Each of its records was acknowledged by all in-sync replicas.
    expect(status).toBe(0);
    const reading = ['consume', 'upgrade', '--from-beginning', '--exit-at-end'];
    const { stdout } = await client(reading);
    expect(stdout.trimEnd().split('\n').sort()).toEqual(sent.sort());
    const running = '/opt/ottla/current/program/bin/ottla --version; ls /opt/ottla/releases';
    expect((await hosts.ssh('alpha', running)).stdout).toBe('1.1.0\n1.0.0-test\n1.1.0-test\n');
  });

  it('returns a host to what ran before where the new program does not run', async () => {
    const broken = await bundle('1.2.0', 'console.error("ottla: out of order"); process.exit(3)');

    const { status, stderr } = await deploy(broken);

    expect(status).toBe(1);
    expect(stderr).toMatch(
      /^alpha: node 1 has ended: .*out of order; it runs 1\.1\.0-test-\w+ again, and hosts after it were not touched\n$/,
    );
    const again = await deploy(second);
    expect(again.stdout).toMatch(/^(\w+: node \d has it all, untouched\n){3}$/);
  });

  it('gives a node whose data is lost an empty directory only when that is said', async () => {
    const losing = 'sh /opt/ottla/current/run.sh stop; rm -rf /var/lib/ottla/*';
    await hosts.ssh('gamma', losing);

    const refused = await deploy(second);
    const rejoined = await deploy(second, '--rejoin', 'gamma');

    expect(refused.stderr).toMatch(/^gamma: node 3 is part of a cluster that has begun, and .*\n$/);
    expect(rejoined.stderr).toBe('');
    expect(rejoined.stdout).toContain('gamma: node 3 is ready\n');
  });

  it('adds a host at the end as a broker, and keeps the others as they are', async () => {
    const before = await pids();

    const words = ['--hosts', `${HOSTS} delta`, '--racks', RACKS, '--bundle', second];
    const { stderr, stdout } = await hosts.deploy(words);

    expect(stderr).toBe('');
    expect(stdout).toContain('delta: node 4 is ready\n');
    expect(await pids()).toEqual(before);
    const { brokers } = JSON.parse((await client(['cluster', 'status', '--json'])).stdout);
    expect(brokers).toHaveLength(4);
  });

  it('refuses another order of the hosts, which would make them other nodes', async () => {
    const words = ['--hosts', 'beta alpha gamma', '--bundle', second];
    const { stderr } = await hosts.deploy(words);

    expect(stderr).toMatch(/^beta: has node 2, and its place among the hosts makes it node 1: /);
  });
});
