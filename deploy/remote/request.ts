import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { checkAddress } from '../../src/app/listeners.ts';
import { parseProperties } from '../../src/app/properties.ts';
import type { NodePorts } from '../local/layout.ts';
import { fixedPorts } from '../local/layout.ts';

/** What is asked for with `make deploy`. */
export interface DeployRequest {
  /** As ssh knows them; the first is node 1. */
  readonly hosts: readonly string[];
  readonly user: string | undefined;
  readonly isDryRun: boolean;
  /** Words for ssh, before the host. */
  readonly sshWords: readonly string[];
  readonly hasSudo: boolean;
  /** Node's own command on the hosts. */
  readonly nodeCommand: string;
  /** A bundle that was made before; left out: this checkout. */
  readonly bundle: string | undefined;
  readonly directory: string;
  /** With the metadata, and with replicas. */
  readonly dataDirectory: string;
  /** Of other disks, for replicas alone. */
  readonly furtherDirectories: readonly string[];
  readonly ports: Required<NodePorts>;
  readonly controllers: number | undefined;
  readonly racks: ReadonlyMap<string, string>;
  /** Where other nodes reach a host whose name does not say it. */
  readonly addresses: ReadonlyMap<string, string>;
  /** Where clients reach a host, if not where other nodes do. */
  readonly publicAddresses: ReadonlyMap<string, string>;
  /** Further keys of every node's configuration. */
  readonly settings: ReadonlyMap<string, string>;
  /** Hosts whose data is known to be lost. */
  readonly rejoining: ReadonlySet<string>;
}

export const USAGE =
  "usage: remote.ts --hosts 'A B C' [--user NAME] [--dry-run] [--racks 'A=R ...'] " +
  "[--addresses 'A=ADDRESS ...'] [--public 'A=ADDRESS ...'] [--controllers N] [--settings FILE] " +
  "[--rejoin 'A ...'] [--ssh FLAGS] [--sudo] [--node PATH] [--bundle FILE] [--directory PATH] " +
  '[--data-directory PATH,...] [--client-port N] [--kafka-port N] [--peer-port N] [--admin-port N]';

/** Wrong words: the usage is said with it. */
export class RequestError extends Error {}

const fail = (message: string): never => {
  throw new RequestError(message);
};

const STANDARD = fixedPorts(1);

const FLAGS = {
  hosts: { type: 'string', default: '' },
  user: { type: 'string' },
  'dry-run': { type: 'boolean', default: false },
  racks: { type: 'string', default: '' },
  addresses: { type: 'string', default: '' },
  public: { type: 'string', default: '' },
  controllers: { type: 'string' },
  settings: { type: 'string' },
  rejoin: { type: 'string', default: '' },
  ssh: { type: 'string', default: '' },
  sudo: { type: 'boolean', default: false },
  node: { type: 'string', default: 'node' },
  bundle: { type: 'string' },
  directory: { type: 'string', default: '/opt/ottla' },
  'data-directory': { type: 'string', default: '/var/lib/ottla' },
  'client-port': { type: 'string', default: String(STANDARD.client) },
  'kafka-port': { type: 'string', default: String(STANDARD.kafka) },
  'peer-port': { type: 'string', default: String(STANDARD.peer) },
  'admin-port': { type: 'string', default: String(STANDARD.admin) },
} as const;

/** A name for ssh: nothing that a shell or ssh could take for something else. */
const HOST = /^[A-Za-z0-9_][A-Za-z0-9_.:@-]*$/;
const PATH = /^\/[A-Za-z0-9_.+/-]+$/;
const COMMAND = /^[A-Za-z0-9_.+/-]+$/;
const ADDRESS = /^(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9_.-]+)$/;
const RACK = /^[A-Za-z0-9_.:/-]+$/;
/** What is given by place, or by flags of its own. */
const OWN_KEYS: readonly string[] = [
  'node.id',
  'process.roles',
  'controller.quorum.voters',
  'listeners',
  'advertised.listeners',
  'log.dirs',
  'broker.rack',
];

const words = (text: string): string[] => text.split(/[\s,]+/).filter((word) => word !== '');

/** Reads the words after the program's name; throws `RequestError` with one line. */
export const parseRequest = (argv: readonly string[]): DeployRequest => {
  const { values } = parseWords(argv);
  const hosts = hostsOf(values.hosts);
  const pairs = (flag: string, text: string, shape: RegExp): ReadonlyMap<string, string> =>
    pairsOf({ flag, text, shape, hosts });
  const port = (name: 'client' | 'kafka' | 'peer' | 'admin'): number =>
    numberOf(`--${name}-port`, values[`${name}-port`], 65_535);
  const { controllers, settings } = values;
  return {
    hosts,
    user: values.user === undefined ? undefined : matching('--user', values.user, HOST),
    isDryRun: values['dry-run'],
    sshWords: words(values.ssh),
    hasSudo: values.sudo,
    nodeCommand: matching('--node', values.node, COMMAND),
    bundle: values.bundle,
    directory: matching('--directory', values.directory, PATH),
    ...dataDirectoriesOf(values['data-directory']),
    ports: portsOf(port),
    controllers:
      controllers === undefined ? undefined : numberOf('--controllers', controllers, hosts.length),
    racks: pairs('--racks', values.racks, RACK),
    addresses: pairs('--addresses', values.addresses, ADDRESS),
    publicAddresses: pairs('--public', values.public, ADDRESS),
    settings: settings === undefined ? new Map() : settingsOf(settings),
    rejoining: new Set(words(values.rejoin).map((host) => known('--rejoin', host, hosts))),
  };
};

const parseWords = (argv: readonly string[]) => {
  try {
    return parseArgs({ args: [...argv], options: FLAGS });
  } catch (error) {
    return fail(error instanceof Error ? error.message : String(error));
  }
};

const hostsOf = (text: string): string[] => {
  const hosts = words(text).map((host) => matching('--hosts', host, HOST));
  if (hosts.length === 0) fail("--hosts: name at least one host, for example: HOSTS='a b c'");
  const twice = hosts.find((host, at) => hosts.indexOf(host) < at);
  if (twice !== undefined) fail(`--hosts: ${twice} is named twice: a host has one node`);
  return hosts;
};

const dataDirectoriesOf = (
  text: string,
): Pick<DeployRequest, 'dataDirectory' | 'furtherDirectories'> => {
  const all = text.split(',').map((path) => matching('--data-directory', path, PATH));
  const [dataDirectory = '', ...furtherDirectories] = all;
  const twice = all.find((path, at) => all.indexOf(path) < at);
  if (twice !== undefined) fail(`--data-directory: ${twice} is named twice: name one a disk`);
  return { dataDirectory, furtherDirectories };
};

const portsOf = (
  port: (name: 'client' | 'kafka' | 'peer' | 'admin') => number,
): Required<NodePorts> => {
  const ports = {
    client: port('client'),
    kafka: port('kafka'),
    peer: port('peer'),
    admin: port('admin'),
  };
  const all = Object.values(ports);
  const twice = all.find((it, at) => all.indexOf(it) < at);
  if (twice !== undefined) fail(`port ${twice} is given to two listeners: each needs its own`);
  return ports;
};

const matching = (flag: string, text: string, shape: RegExp): string =>
  shape.test(text) ? text : fail(`${flag}: '${text}' has letters that are not understood here`);

const numberOf = (flag: string, text: string, max: number): number =>
  /^\d{1,6}$/.test(text) && Number(text) >= 1 && Number(text) <= max
    ? Number(text)
    : fail(`${flag}: '${text}' is not a number from 1 to ${max}`);

const known = (flag: string, host: string, hosts: readonly string[]): string =>
  hosts.includes(host) ? host : fail(`${flag}: ${host} is none of the hosts ${hosts.join(', ')}`);

const pairsOf = (input: {
  readonly flag: string;
  readonly text: string;
  readonly shape: RegExp;
  readonly hosts: readonly string[];
}): ReadonlyMap<string, string> => {
  const { flag, text, shape, hosts } = input;
  return new Map(
    words(text).map((pair) => {
      const [host = '', value = ''] = pair.split('=', 2);
      return [known(flag, host, hosts), matching(flag, value, shape)];
    }),
  );
};

const settingsOf = (path: string): ReadonlyMap<string, string> => {
  const settings = parseProperties(textOf(path));
  const own = OWN_KEYS.find((key) => settings.has(key));
  if (own !== undefined) {
    fail(`${path}: ${own} is given by the place of each host: take it out, see docs/deployment.md`);
  }
  return settings;
};

const textOf = (path: string): string => {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return fail(`--settings: ${path} cannot be read`);
  }
};

/** A host without the user that stands before it: what others may find it by. */
export const nameOf = (host: string): string => host.slice(host.lastIndexOf('@') + 1);

/** `host:port` for a listener, checked as the node's configuration does. */
export const addressWith = (host: string, port: number): string =>
  checkAddress('listeners', `${host}:${port}`);
