import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { archiveOf, layBundle, ownPlatform } from '../../../deploy/remote/bundle.ts';
import { Machines } from './machines.ts';
import { SshHosts, whyNoSshHosts } from './ssh-hosts.ts';

/** A host whose first process is systemd, deployed to over ssh: the unit runs, hardening and all. */

const SYSTEMD = '/lib/systemd/systemd';
const SCRIPT = fileURLToPath(new URL('systemd.sh', import.meta.url));
const GROUP = `ottla-test-${process.pid}`;

const inCgroups = (script: string): number | null =>
  spawnSync('unshare', ['--mount', 'sh', '-ec', `mount -t cgroup2 none /mnt; ${script}`]).status;

const whyNoSystemd = (): string | undefined => {
  if (!existsSync(SYSTEMD)) return 'systemd is not installed';
  const trial = `mkdir /mnt/${GROUP} && rmdir /mnt/${GROUP}`;
  return inCgroups(trial) === 0 ? undefined : 'control groups cannot be made';
};

const missing = whyNoSshHosts() ?? whyNoSystemd();
if (missing !== undefined) process.stderr.write(`systemd is not tested: ${missing}\n`);

const root = mkdtempSync(join(tmpdir(), 'ottla-systemd-'));
const bundle = join(root, 'bundle.tgz');
let machines: Machines;
let hosts: SshHosts;

const run = async (command: string): Promise<string> =>
  (await hosts.ssh('alpha', command)).stdout.trim();

const property = (name: string): Promise<string> =>
  run(`systemctl show --property ${name} --value ottla`);

const deploy = (...words: readonly string[]) =>
  hosts.deploy(['--hosts', 'alpha', '--bundle', bundle, ...words]);

beforeAll(async () => {
  if (missing !== undefined) return;
  const packed = join(root, 'packed');
  await layBundle(packed, ownPlatform());
  writeFileSync(bundle, await archiveOf(packed));
  mkdirSync(join(root, 'net'));
  machines = await Machines.make(join(root, 'net'), ['alpha']);
  hosts = new SshHosts(machines, join(root, 'ssh'));
  await hosts.boot('alpha', ['sh', SCRIPT, GROUP, hosts.serverConfig]);
}, 120_000);

afterAll(async () => {
  await machines?.close();
  if (missing === undefined) inCgroups(`find /mnt/${GROUP} -depth -type d -exec rmdir {} +`);
  rmSync(root, { recursive: true, force: true });
}, 60_000);

describe.skipIf(missing !== undefined)('a host with systemd', () => {
  it('has its node as a service that starts with the host', async () => {
    const { status, stderr } = await deploy();

    expect(stderr).toBe('');
    expect(status).toBe(0);
    expect(await run('systemctl is-active ottla; systemctl is-enabled ottla')).toBe(
      'active\nenabled',
    );
    expect(await property('NRestarts')).toBe('0');
  });

  it('gives the node its own user, no capability, a filter of calls and all files it may have', async () => {
    const pid = await property('MainPID');

    const state = await run(`cat /proc/${pid}/status; grep 'open files' /proc/${pid}/limits`);

    expect(await run(`stat -c %U /proc/${pid}`)).toBe('ottla');
    expect(state).toMatch(/^CapEff:\s0+$/m);
    expect(state).toMatch(/^NoNewPrivs:\s1$/m);
    expect(state).toMatch(/^Seccomp:\s2$/m);
    // The host's own limit, where that is below the unit's.
    expect(state).toMatch(/^Max open files +(\d+) +\1 /m);
  });

  it('restarts it for a changed configuration, and not without one', async () => {
    const before = await property('MainPID');

    const again = await deploy();
    const same = await property('MainPID');
    const changed = await deploy('--racks', 'alpha=r7');

    expect(again.stdout).toBe('alpha: node 1 has it all, untouched\n');
    expect(same).toBe(before);
    expect(changed.stdout).toContain('alpha: node 1 is ready again\n');
    expect(await property('MainPID')).not.toBe(before);
  });

  it('gives it a further directory, and starts it without where its disk is missing', async () => {
    await run('mkdir /var/lib/disk2');
    const both = ['--data-directory', '/var/lib/ottla,/var/lib/disk2/ottla'];

    const added = await deploy(...both);
    const owner = await run('stat -c %U /var/lib/disk2/ottla/meta.json');
    await run('systemctl stop ottla; mv /var/lib/disk2 /var/lib/away; systemctl start ottla');
    const without = await deploy(...both);
    await run('systemctl stop ottla; rm -rf /var/lib/disk2; mv /var/lib/away /var/lib/disk2');
    await run('systemctl start ottla');
    const back = await deploy(...both);

    expect(added.stdout).toContain('alpha: node 1 is ready again\n');
    expect(owner).toBe('ottla');
    const untouched = 'alpha: node 1 has it all, untouched\n';
    expect([without.stdout, back.stdout]).toEqual([untouched, untouched]);
    expect(await property('NRestarts')).toBe('0');
  });

  it('stops it in order, by one signal', async () => {
    await run('systemctl stop ottla');

    expect(await property('Result')).toBe('success');
    expect(await property('ExecMainStatus')).toBe('0');
    expect(await run('ls /var/lib/ottla/clean-shutdown')).toBe('/var/lib/ottla/clean-shutdown');
  });
});
