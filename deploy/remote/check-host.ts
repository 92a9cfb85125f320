import { parseProperties } from '../../src/app/properties.ts';
import { hasRole } from '../local/layout.ts';
import type { HostFacts } from './facts.ts';
import type { Place } from './place.ts';
import { listenersOf } from './place.ts';
import type { DeployRequest } from './request.ts';

const NODE_MIN = [20, 19] as const;

/** One line about one host. */
export const fail = (host: string, message: string): never => {
  throw new Error(`${host}: ${message}`);
};

export const isController = ({ node }: Place): boolean => hasRole(node, 'controller');

/** Refuses a host that cannot run the node which is meant for it. */
export const checkHost = (place: Place, facts: HostFacts, request: DeployRequest): void => {
  checkMachine(place, facts);
  checkIdentity(place, facts, request);
  checkListeners(place, facts, request);
};

const checkMachine = ({ host }: Place, facts: HostFacts): void => {
  const { platform, nodeVersion, unwritable } = facts;
  if (platform.system !== 'linux') {
    fail(host, `runs ${platform.system}: only Linux hosts are deployed to`);
  }
  const [major = 0, minor = 0] = nodeVersion.replace(/^v/, '').split('.').map(Number);
  const [majorMin, minorMin] = NODE_MIN;
  if (major < majorMin || (major === majorMin && minor < minorMin)) {
    fail(
      host,
      `has Node ${nodeVersion}, needed is ${NODE_MIN.join('.')} or newer: install it, or name ` +
        'another with --node',
    );
  }
  if (unwritable !== null) {
    fail(
      host,
      `${unwritable} cannot be written to: deploy as root, with --sudo, or name --directory and ` +
        '--data-directory',
    );
  }
};

const checkIdentity = ({ host, node }: Place, facts: HostFacts, request: DeployRequest): void => {
  const { dataDirectory } = request;
  if (facts.identity?.clusterId === 'damaged') {
    fail(host, `${dataDirectory}/meta.json is damaged: see docs/recovery.md`);
  }
  const known = facts.identity ?? facts.started;
  if (known === null || known.nodeId === node.nodeId) return;
  fail(
    host,
    `has node ${known.nodeId}, and its place among the hosts makes it node ${node.nodeId}: keep ` +
      'the order, and add new hosts at the end',
  );
};

const checkListeners = (place: Place, facts: HostFacts, request: DeployRequest): void => {
  const { host } = place;
  const own = facts.running === null ? '' : ownListeners(facts);
  for (const [name, address] of Object.entries(listenersOf(place, request))) {
    const code = facts.refusedListeners[name];
    const port = address.slice(address.lastIndexOf(':') + 1);
    if (code === undefined || (code === 'EADDRINUSE' && hasPort(own, port))) continue;
    fail(host, refusal({ name, address, port, code }));
  }
};

const ownListeners = ({ config }: HostFacts): string =>
  parseProperties(config ?? '').get('listeners') ?? '';

const hasPort = (listeners: string, port: string): boolean =>
  listeners.split(',').some((it) => it.endsWith(`:${port}`));

const refusal = (input: {
  readonly name: string;
  readonly address: string;
  readonly port: string;
  readonly code: string;
}): string => {
  const { name, address, port, code } = input;
  const flag = `--${name.toLowerCase()}-port`;
  switch (code) {
    case 'EADDRINUSE':
      return `port ${port} of ${name} is in use by another program: end that, or give ${flag}`;
    case 'EADDRNOTAVAIL':
      return `${address} of ${name} is no address of this host: give its own with --addresses`;
    default:
      return `${address} of ${name} cannot be bound (${code}): give another port with ${flag}`;
  }
};
