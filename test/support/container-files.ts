import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, parseAllDocuments } from 'yaml';
import { REPOSITORY } from '../../deploy/local/layout.ts';

/** What a container gets: its words, its variables, its `server.properties`, and what is around it. */
export interface Container {
  readonly name: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly config: string;
}

const DEPLOY = join(REPOSITORY, 'deploy');
export const ENTRYPOINT = join(DEPLOY, 'docker', 'entrypoint.sh');

const read = (...path: readonly string[]): string => readFileSync(join(DEPLOY, ...path), 'utf8');

/** The configuration within the image. */
export const imageConfig = (): string => read('docker', 'server.properties');

export interface ComposeService {
  readonly environment: Readonly<Record<string, string>>;
  readonly ports: readonly string[];
  readonly volumes: readonly string[];
  readonly healthcheck: { readonly test: readonly string[] };
  readonly build: { readonly context: string; readonly dockerfile: string };
  readonly stop_grace_period: string;
}

export interface ComposeFile {
  readonly services: Readonly<Record<string, ComposeService>>;
  readonly volumes: Readonly<Record<string, unknown>>;
}

/** As `docker compose` reads it: `${NAME:-default}` is filled in, and `<<` merged. */
export const readCompose = (variables: Readonly<Record<string, string>> = {}): ComposeFile => {
  const filled = read('docker', 'compose.yaml').replace(
    /\$\{(\w+):-([^}]*)\}/g,
    (_, name: string, fallback: string) => variables[name] ?? fallback,
  );
  return parse(filled, { merge: true }) as ComposeFile;
};

/** What `docker compose` makes of a second file: variables and volumes are added. */
export const withDisks = ({ services, volumes }: ComposeFile): ComposeFile => {
  const more = parse(read('docker', 'compose.disks.yaml'), { merge: true }) as ComposeFile;
  const merged = Object.entries(services).map(([name, service]) => {
    const further = more.services[name];
    const environment = { ...service.environment, ...further?.environment };
    const all = [...service.volumes, ...(further?.volumes ?? [])];
    return [name, { ...service, environment, volumes: all }] as const;
  });
  return { services: Object.fromEntries(merged), volumes: { ...volumes, ...more.volumes } };
};

export const composeContainers = (file: ComposeFile): Container[] =>
  Object.entries(file.services).map(([name, { environment }]) => ({
    name,
    environment,
    config: imageConfig(),
  }));

interface EnvironmentEntry {
  readonly name: string;
  readonly value?: string;
  readonly valueFrom?: {
    readonly fieldRef?: { readonly fieldPath: string };
    readonly configMapKeyRef?: { readonly name: string; readonly key: string };
  };
}

interface Probe {
  readonly httpGet: { readonly path: string; readonly port: string };
}

export interface PodContainer {
  readonly command: readonly string[];
  readonly env: readonly EnvironmentEntry[];
  readonly ports: ReadonlyArray<{ readonly name: string; readonly containerPort: number }>;
  readonly startupProbe: Probe;
  readonly livenessProbe: Probe;
  readonly readinessProbe: Probe;
  readonly volumeMounts: ReadonlyArray<{ readonly name: string; readonly mountPath: string }>;
}

type Labels = Readonly<Record<string, string>>;

export interface StatefulSet {
  readonly metadata: { readonly name: string };
  readonly spec: {
    readonly serviceName: string;
    readonly replicas: number;
    readonly podManagementPolicy: string;
    readonly selector: { readonly matchLabels: Labels };
    readonly template: {
      readonly metadata: { readonly labels: Labels };
      readonly spec: {
        readonly enableServiceLinks: boolean;
        readonly terminationGracePeriodSeconds: number;
        readonly containers: readonly PodContainer[];
      };
    };
    readonly volumeClaimTemplates: ReadonlyArray<{ readonly metadata: { readonly name: string } }>;
  };
}

export interface Service {
  readonly metadata: { readonly name: string };
  readonly spec: {
    readonly clusterIP?: string;
    readonly publishNotReadyAddresses?: boolean;
    readonly selector: Labels;
    readonly ports: ReadonlyArray<{ readonly port: number; readonly targetPort: string }>;
  };
}

/** The objects of `deploy/kubernetes`, by kind and name. */
export const readManifests = (): ReadonlyMap<string, unknown> =>
  manifestsIn(read('kubernetes', 'ottla.yaml'));

/** Those that `kubectl` makes of them for a second disk. */
export const readManifestsWithDisks = (): ReadonlyMap<string, unknown> => {
  const words = ['kustomize', join(DEPLOY, 'kubernetes-disks')];
  return manifestsIn(execFileSync('kubectl', words, { encoding: 'utf8' }));
};

const manifestsIn = (text: string): ReadonlyMap<string, unknown> =>
  new Map(
    parseAllDocuments(text).map((document) => {
      const [error] = document.errors;
      if (error !== undefined) throw error;
      const object = document.toJS() as { kind: string; metadata: { name: string } };
      return [`${object.kind}/${object.metadata.name}`, object];
    }),
  );

export const manifest = <T>(manifests: ReadonlyMap<string, unknown>, name: string): T => {
  const found = manifests.get(name);
  if (found === undefined) throw new Error(`there is no ${name}`);
  return found as T;
};

/** The pods of the set, as Kubernetes makes them in a namespace. */
export const podContainers = (
  manifests: ReadonlyMap<string, unknown>,
  namespace: string,
): Container[] => {
  const set = manifest<StatefulSet>(manifests, 'StatefulSet/ottla');
  const { data } = manifest<{ data: Record<string, string> }>(manifests, 'ConfigMap/ottla');
  const [container] = set.spec.template.spec.containers;
  if (container === undefined) throw new Error('the pods have no container');
  return Array.from({ length: set.spec.replicas }, (_, ordinal) => {
    const name = `${set.metadata.name}-${ordinal}`;
    const fields = { 'metadata.name': name, 'metadata.namespace': namespace };
    return {
      name,
      environment: environmentOf(container.env, { fields, data }),
      config: data['server.properties'] ?? '',
    };
  });
};

const environmentOf = (
  entries: readonly EnvironmentEntry[],
  from: {
    readonly fields: Readonly<Record<string, string>>;
    readonly data: Readonly<Record<string, string>>;
  },
): Record<string, string> => {
  const environment: Record<string, string> = {};
  for (const { name, value, valueFrom } of entries) {
    const field = from.fields[valueFrom?.fieldRef?.fieldPath ?? ''];
    const known = value ?? field ?? from.data[valueFrom?.configMapKeyRef?.key ?? ''];
    if (known === undefined) throw new Error(`${name} has no value`);
    // Only variables above it are known.
    environment[name] = known.replace(/\$\((\w+)\)/g, (whole, it) => environment[it] ?? whole);
  }
  return environment;
};
