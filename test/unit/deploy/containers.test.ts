import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { REPOSITORY } from '../../../deploy/local/layout.ts';
import type { NodeConfig } from '../../../src/app/config.ts';
import { resolveConfig } from '../../../src/app/config.ts';
import type { Container, Service, StatefulSet } from '../../support/container-files.ts';
import {
  composeContainers,
  imageConfig,
  manifest,
  podContainers,
  readCompose,
  readManifests,
  readManifestsWithDisks,
  withDisks,
} from '../../support/container-files.ts';

const hasKubectl = spawnSync('kubectl', ['version', '--client']).status === 0;
if (!hasKubectl) {
  process.stderr.write('manifests with several disks are not tested: kubectl is not installed\n');
}

/** As the entry point has it: the ordinal of a pod is the number of its node. */
const configOf = ({ name, environment, config }: Container): NodeConfig => {
  const ordinal =
    environment['POD_NAME'] === undefined ? undefined : Number(name.split('-').at(-1));
  return resolveConfig({
    file: { path: 'server.properties', text: config },
    environment: {
      ...environment,
      ...(ordinal === undefined ? {} : { OTTLA_NODE_ID: String(ordinal + 1) }),
    },
  });
};

const portOf = (address: string | undefined): number => Number(address?.split(':').at(-1));

describe('the image', () => {
  const lines = readFileSync(join(REPOSITORY, 'deploy/docker/Dockerfile'), 'utf8')
    .replaceAll('\\\n', ' ')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'));
  const last = lines.slice(lines.findLastIndex((line) => line.startsWith('FROM')));
  const instruction = (name: string): string =>
    last.find((line) => line.startsWith(`${name} `))?.slice(name.length + 1) ?? '';

  it('is a node by itself, for programs on the same machine', () => {
    const config = resolveConfig({ file: { path: 'server.properties', text: imageConfig() } });

    expect(config.voters).toEqual([{ nodeId: 1, address: '127.0.0.1:7191' }]);
    expect(config.advertised.kafka).toBe('127.0.0.1:9092');
    expect(config.metadataDir).toBe(instruction('VOLUME'));
    expect(instruction('EXPOSE').split(' ').map(Number)).toEqual(
      [
        config.listeners.client,
        config.listeners.kafka,
        config.listeners.peer,
        config.listeners.admin,
      ].map(portOf),
    );
  });

  it('runs its entry point without a shell, as no root', () => {
    expect(JSON.parse(instruction('ENTRYPOINT'))).toEqual(['/usr/local/bin/ottla-node']);
    expect(last.join('\n')).toContain('deploy/docker/entrypoint.sh /usr/local/bin/ottla-node');
    expect(instruction('USER')).toMatch(/^[1-9]\d*:[1-9]\d*$/);
  });

  it('copies only what its context has', () => {
    const kept = readFileSync(join(REPOSITORY, 'deploy/docker/Dockerfile.dockerignore'), 'utf8')
      .split('\n')
      .filter((line) => line.startsWith('!'))
      .map((line) => line.slice(1));
    const copied = lines
      .filter((line) => line.startsWith('COPY') && !line.includes('--from='))
      .flatMap((line) => line.split(' ').slice(1, -1))
      .filter((word) => !word.startsWith('--') && word !== '.');

    expect(copied.length).toBeGreaterThan(3);
    for (const path of copied) expect(kept).toContain(path.split('/')[0]);
    for (const path of kept) expect(existsSync(join(REPOSITORY, path)), path).toBe(true);
  });
});

describe('the compose file', () => {
  const file = readCompose({ ADVERTISED_HOST: '192.0.2.10' });
  const services = Object.entries(file.services);
  const configs = new Map(composeContainers(file).map((it) => [it.name, configOf(it)]));

  it('has three nodes that know each other by the names of their services', () => {
    expect([...configs.values()].map(({ nodeId }) => nodeId)).toEqual([1, 2, 3]);
    for (const config of configs.values()) {
      expect(config.voters).toEqual(
        services.map(([name], at) => ({ nodeId: at + 1, address: `${name}:7191` })),
      );
      expect(config.defaultReplicationFactor).toBe(3);
    }
  });

  it.each(services)('publishes the clients ports of %s as they are advertised', (name, service) => {
    const config = configs.get(name);
    const published = service.ports.filter((it) => !it.startsWith('127.0.0.1:'));

    expect(published).toEqual(
      [config?.listeners.client, config?.listeners.kafka].map(
        (address) => `${portOf(address)}:${portOf(address)}`,
      ),
    );
    expect(config?.advertised.client).toBe(`192.0.2.10:${portOf(config?.listeners.client)}`);
    expect(config?.advertised.kafka).toBe(`192.0.2.10:${portOf(config?.listeners.kafka)}`);
    expect(config?.advertised.peer).toBe(`${name}:7191`);
  });

  it.each(services)('gives %s a volume of its own for its data', (name, service) => {
    expect(service.volumes).toEqual([`${name}:${configs.get(name)?.metadataDir}`]);
    expect(Object.keys(file.volumes)).toContain(name);
  });

  it('publishes no port twice', () => {
    const all = services.flatMap(([, { ports }]) => ports.map((it) => it.split(':').at(-2)));

    expect(new Set(all).size).toBe(all.length);
  });

  it('builds the image from the repository', () => {
    for (const [, { build }] of services) {
      const context = join(REPOSITORY, 'deploy/docker', build.context);
      expect(readFileSync(join(context, build.dockerfile), 'utf8')).toMatch(/^FROM /m);
    }
  });
});

describe('the compose file for several disks', () => {
  const file = withDisks(readCompose());
  const configs = new Map(composeContainers(file).map((it) => [it.name, configOf(it)]));
  const dockerfile = readFileSync(join(REPOSITORY, 'deploy/docker/Dockerfile'), 'utf8');

  it.each(Object.entries(file.services))('gives %s a volume a log directory', (name, service) => {
    const { logDirs = [], metadataDir } = configs.get(name) ?? {};

    expect(logDirs.length).toBe(2);
    expect(logDirs[0]).toBe(metadataDir);
    expect(service.volumes.map((it) => it.split(':')[1])).toEqual(logDirs);
    const own = service.volumes.map((it) => it.split(':')[0]);
    expect(own.every((volume = '') => Object.hasOwn(file.volumes, volume))).toBe(true);
  });

  it('mounts them where the image has directories of its user', () => {
    const made = /for it in (.+); do install -d -o ottla -g ottla .*"\/var\/lib\/\$it"/.exec(
      dockerfile,
    );
    const paths = (made?.[1] ?? '').split(' ').map((name) => `/var/lib/${name}`);

    for (const { logDirs } of configs.values())
      expect(paths).toEqual(expect.arrayContaining([...logDirs]));
  });

  it('gives no volume to two', () => {
    const all = Object.values(file.services).flatMap(({ volumes }) => volumes);

    expect(new Set(all.map((it) => it.split(':')[0])).size).toBe(all.length);
  });
});

describe.skipIf(!hasKubectl)('the manifests for Kubernetes with several disks', () => {
  it('have a claim a log directory, and all else as those with one', () => {
    const manifests = readManifestsWithDisks();
    const set = manifest<StatefulSet>(manifests, 'StatefulSet/ottla');
    const mounts = set.spec.template.spec.containers[0]?.volumeMounts ?? [];
    const claims = set.spec.volumeClaimTemplates.map(({ metadata }) => metadata.name);

    for (const { logDirs, metadataDir } of podContainers(manifests, 'logs').map(configOf)) {
      expect(logDirs.length).toBe(2);
      expect(logDirs[0]).toBe(metadataDir);
      const holders = logDirs.map((path) =>
        mounts.find(({ mountPath }) => path.startsWith(`${mountPath}/`)),
      );
      expect(holders.map((mount) => mount?.name)).toEqual(claims);
    }
    expect([...manifests.keys()].sort()).toEqual([...readManifests().keys()].sort());
  });
});

describe('the manifests for Kubernetes', () => {
  const manifests = readManifests();
  const set = manifest<StatefulSet>(manifests, 'StatefulSet/ottla');
  const pod = set.spec.template.spec;
  const [container] = pod.containers;
  const configs = podContainers(manifests, 'logs').map(configOf);

  it('have pods that are nodes 1 to 3, and find each other by the names of the headless service', () => {
    const service = manifest<Service>(manifests, `Service/${set.spec.serviceName}`);

    expect(service.spec.clusterIP).toBe('None');
    expect(service.spec.publishNotReadyAddresses).toBe(true);
    expect(set.spec.podManagementPolicy).toBe('Parallel');
    expect(configs.map(({ nodeId }) => nodeId)).toEqual([1, 2, 3]);
    for (const [ordinal, { voters, advertised }] of configs.entries()) {
      expect(voters).toEqual(
        configs.map((_, at) => ({ nodeId: at + 1, address: `ottla-${at}.ottla-nodes:7191` })),
      );
      expect(advertised.client).toBe(`ottla-${ordinal}.ottla-nodes.logs.svc:7091`);
      expect(advertised.peer).toBe(`ottla-${ordinal}.ottla-nodes.logs.svc:7191`);
    }
  });

  it('probe pages that a node has, on a port that it listens on', () => {
    const ports = new Map(container?.ports.map((it) => [it.name, it.containerPort]));
    const probes = [container?.startupProbe, container?.livenessProbe, container?.readinessProbe];

    expect(probes.map((it) => it?.httpGet.path)).toEqual(['/healthz', '/healthz', '/readyz']);
    for (const probe of probes) {
      expect(ports.get(probe?.httpGet.port ?? '')).toBe(portOf(configs[0]?.listeners.admin));
    }
    for (const name of ['client', 'kafka', 'peer', 'admin'] as const) {
      expect(ports.get(name)).toBe(portOf(configs[0]?.listeners[name]));
    }
  });

  it('lead from both services to ports of the pods', () => {
    for (const name of ['ottla', 'ottla-nodes']) {
      const { spec } = manifest<Service>(manifests, `Service/${name}`);
      expect(set.spec.template.metadata.labels).toMatchObject(spec.selector);
      for (const { port, targetPort } of spec.ports) {
        expect(container?.ports).toContainEqual({ name: targetPort, containerPort: port });
      }
    }
  });

  it('let one pod be away at a time', () => {
    const { spec } = manifest<{ spec: { maxUnavailable: number; selector: unknown } }>(
      manifests,
      'PodDisruptionBudget/ottla',
    );

    expect(spec.maxUnavailable).toBe(1);
    expect(spec.selector).toEqual(set.spec.selector);
    expect(set.spec.selector.matchLabels).toEqual(set.spec.template.metadata.labels);
  });

  it('keep data on a claim of each pod', () => {
    const [claim] = set.spec.volumeClaimTemplates;
    const mount = container?.volumeMounts.find((it) => it.name === claim?.metadata.name);

    expect(configs[0]?.metadataDir.startsWith(`${mount?.mountPath}/`)).toBe(true);
  });

  it("keep out Kubernetes' variables for a service called ottla, which a node refuses", () => {
    const [first] = podContainers(manifests, 'logs');
    const environment = { ...first?.environment, OTTLA_PORT: 'tcp://10.0.0.1:7091' };

    expect(pod.enableServiceLinks).toBe(false);
    expect(() => first && configOf({ ...first, environment })).toThrow(/'port'/);
  });
});

describe('whoever stops a node', () => {
  it('waits as long everywhere: longer than a node needs', () => {
    const unit = readFileSync(join(REPOSITORY, 'deploy/systemd/ottla.service'), 'utf8');
    const script = readFileSync(join(REPOSITORY, 'deploy/remote/on-host/run.sh'), 'utf8');
    const set = manifest<StatefulSet>(readManifests(), 'StatefulSet/ottla');

    expect(unit).toMatch(/^TimeoutStopSec=60s$/m);
    expect(script).toMatch(/^stop_seconds=60$/m);
    expect(set.spec.template.spec.terminationGracePeriodSeconds).toBe(60);
    for (const service of Object.values(readCompose().services)) {
      expect(service.stop_grace_period).toBe('60s');
    }
  });
});
