import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { layBundle, ownPlatform } from '../../../deploy/remote/bundle.ts';
import type { Container } from '../../support/container-files.ts';
import {
  composeContainers,
  ENTRYPOINT,
  podContainers,
  readCompose,
  readManifests,
  withDisks,
} from '../../support/container-files.ts';
import type { Outcome } from './machines.ts';
import { Machines, whyNoMachines } from './machines.ts';

/**
 * What is in the image, started as the compose file and the manifests say: no container engine, but
 * the same entry point, files, variables, user and process 1, with names and addresses of their own.
 */

const missing = whyNoMachines();
if (missing !== undefined) process.stderr.write(`containers are not tested: ${missing}\n`);

const ID = 10_001;
const root = mkdtempSync(join(tmpdir(), 'ottla-containers-'));
const packed = join(root, 'packed');
const ottla = join(packed, 'bin', 'ottla');
let machines: Machines;

/** The address of the machine that ports are published on. */
const PUBLISHED_AT = '10.78.0.254';
const NAMESPACE = 'logs';

beforeAll(async () => {
  if (missing !== undefined) return;
  await layBundle(packed, ownPlatform());
}, 120_000);

afterEach(async () => machines?.close());

afterAll(() => rmSync(root, { recursive: true, force: true }));

/** The file system of a container: program and configuration, and a volume of its user's. */
const furnish = async ({ name, config }: Container): Promise<void> => {
  const files = machines.filesOf(name);
  const script = `
    mkdir -p ${files}/opt ${files}/etc/ottla ${files}/var/lib/ottla ${files}/var/lib/ottla-2
    cp -a ${packed} ${files}/opt/ottla
    install -m 0755 ${ENTRYPOINT} ${files}/opt/ottla-node
    cat >${files}/etc/ottla/server.properties
    chown ${ID}:${ID} ${files}/var/lib/ottla ${files}/var/lib/ottla-2`;
  expect((await machines.run(['sh', '-ec', script], config)).stderr).toBe('');
};

const boot = (container: Container): ChildProcess => {
  const variables = Object.entries(container.environment).map(
    ([name, value]) => `${name}=${value}`,
  );
  const user = ['setpriv', `--reuid=${ID}`, `--regid=${ID}`, '--clear-groups', '--no-new-privs'];
  const path = `PATH=${process.env['PATH']}`;
  const command = [...user, 'env', '-i', path, ...variables, '/opt/ottla-node'];
  return machines.boot(container.name, command, { stdio: ['ignore', 'ignore', 'inherit'] });
};

const PATIENCE_MS = 40_000;

/** As the probes do it. */
const untilReady = async (name: string): Promise<void> => {
  const page = `fetch('http://${name}:9644/readyz')`;
  const probe = `${page}.then((it) => process.exit(it.ok ? 0 : 1), () => process.exit(1))`;
  const deadline = Date.now() + PATIENCE_MS;
  while ((await machines.run([process.execPath, '-e', probe])).status !== 0) {
    if (Date.now() > deadline) throw new Error(`${name} is not ready`);
    await sleep(100);
  }
};

const client = (words: readonly string[], bootstrap: string, input = ''): Promise<Outcome> =>
  machines.run([process.execPath, ottla, ...words, '--bootstrap', bootstrap], input);

const roundTrip = async (bootstrap: string): Promise<string> => {
  const produced = await client(['produce', 'greetings'], bootstrap, 'hello\n');
  expect(produced.stderr).toMatch(/^topic greetings was not there/);
  const reading = ['consume', 'greetings', '--from-beginning', '--exit-at-end'];
  return (await client(reading, bootstrap)).stdout;
};

const up = async (containers: readonly Container[], names: readonly string[]) => {
  const directory = mkdtempSync(join(root, 'net-'));
  machines = await Machines.make(directory, names);
  for (const container of containers) await furnish(container);
  const started = containers.map(boot);
  for (const { name } of containers) await untilReady(name);
  return started;
};

describe.skipIf(missing !== undefined)('what the image runs', () => {
  it('is three nodes where the manifests for Kubernetes start it', async () => {
    const pods = podContainers(readManifests(), NAMESPACE);
    const names = pods.map(
      ({ name }) => `${name}=${name}.ottla-nodes,${name}.ottla-nodes.${NAMESPACE}.svc`,
    );
    const started = await up(pods, names);

    expect(await roundTrip('ottla-1:7091')).toBe('hello\n');

    const [first] = started;
    if (first === undefined) throw new Error('no pod was started');
    const ended = once(first, 'exit');
    machines.signal(first, 'SIGTERM');
    expect((await ended)[0]).toBe(0);
  }, 60_000);

  it('is three nodes where the compose file starts it, reached by published ports', async () => {
    const file = readCompose({ ADVERTISED_HOST: PUBLISHED_AT });
    const services = composeContainers(file);
    await up(
      services,
      services.map(({ name }) => name),
    );
    const published = Object.entries(file.services).flatMap(([name, { ports }]) =>
      ports.map((port) => ({ name, port: Number(port.split(':').at(-1)) })),
    );
    const proxy = publish(published.filter(({ port }) => port !== 9644));
    if (proxy.stdout !== null) await once(proxy.stdout, 'data');

    expect(await roundTrip(`${PUBLISHED_AT}:7093`)).toBe('hello\n');
  }, 60_000);
});

describe.skipIf(missing !== undefined)('a node of the compose file for several disks', () => {
  it('has replicas on both, and starts again where the second one is lost', async () => {
    const services = composeContainers(withDisks(readCompose({ ADVERTISED_HOST: PUBLISHED_AT })));
    const started = await up(
      services,
      services.map(({ name }) => name),
    );
    const files = services.map(({ name }) => machines.filesOf(name));
    const made = await client(['topic', 'create', 't', '-p', '4', '-r', '3'], 'node-1:7091');
    expect(made.stderr).toBe('');
    const second = `${files[0]}/var/lib/ottla-2`;
    const counted = `ls -d ${files[0]}/var/lib/ottla/*-[0-9] ${second}/*-[0-9] | wc -l`;
    expect((await machines.run(['sh', '-c', counted])).stdout.trim()).toBe('4');

    const [first] = started;
    if (first === undefined) throw new Error('no container was started');
    const ended = once(first, 'exit');
    machines.signal(first, 'SIGTERM');
    await ended;
    await machines.run(['sh', '-c', `rm -rf ${second}/*`]);
    const [service] = services;
    if (service !== undefined) boot(service);
    await untilReady('node-1');

    const listed = await client(['broker', 'list'], 'node-2:7092');
    expect(listed.stdout).toContain('/var/lib/ottla-2');
    expect((await machines.run(['ls', second])).stdout).toBe('');
  }, 60_000);
});

/** What Docker does for `ports`. */
const publish = (ports: ReadonlyArray<{ readonly name: string; readonly port: number }>) => {
  const program = `
    const net = require('node:net');
    const waiting = ${JSON.stringify(ports)}.map(({ name, port }) => new Promise((resolve) =>
      net.createServer((one) => {
        const other = net.connect(port, name);
        one.on('error', () => other.destroy()).pipe(other);
        other.on('error', () => one.destroy()).pipe(one);
      }).listen(port, '${PUBLISHED_AT}', resolve)));
    Promise.all(waiting).then(() => console.log('ready'));`;
  const stdio: ['ignore', 'pipe', 'inherit'] = ['ignore', 'pipe', 'inherit'];
  return machines.spawn([process.execPath, '-e', program], { stdio });
};
