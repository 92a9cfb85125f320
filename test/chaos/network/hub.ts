import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { runTool } from './run-tool.ts';

/**
 * A run that is root lives in namespaces of its own (network, mounts, processes): the network
 * between nodes is the kernel's, and all of it, mounts and processes too, is gone with the run.
 */

const MARK = 'CHAOS_HUB';
const NAMESPACES = ['--net', '--mount', '--pid', '--fork', '--kill-child', '--mount-proc'];
const PREFIX = '10.77.0.';
const PREFIX_BITS = 24;
const BRIDGE = 'chaos';

/** The address of the harness's clients. */
export const CLIENTS_ADDRESS = `${PREFIX}254`;
/** The address of the relay: a connection from here is no client's. */
export const RELAY_ADDRESS = `${PREFIX}253`;

export const addressOf = (nodeId: number): string => `${PREFIX}${nodeId}`;
export const namespaceOf = (nodeId: number): string => `node-${nodeId}`;

/** True in the process that was started in namespaces of its own. */
export const isInHub = (): boolean => process.env[MARK] !== undefined;

/** All that a run in a hub will do once, tried out in one that is gone at once. */
const TRIAL = `
  mount -t tmpfs tmpfs /run && mkdir -p /run/netns && ip link add trial type bridge && ip netns add t &&
  ip netns exec t nft 'add table ip t; add chain ip t o { type nat hook output priority -100; };
    add rule ip t o tcp dport 1 dnat to 127.0.0.1:2; add chain ip t i { type filter hook input priority 0; };
    add rule ip t i numgen random mod 100 < 5 drop; add rule ip t i ip protocol tcp reject with tcp reset'`;

/** Undefined where a hub can be made; else what is missing, for a person. */
export const whyNoHub = (): string | undefined => {
  if (process.getuid?.() !== 0) return 'this user is not root';
  const { status, stderr, error } = spawnSync('unshare', [...NAMESPACES, 'sh', '-c', TRIAL]);
  if (status === 0) return undefined;
  const [reason = ''] = `${error?.message ?? stderr.toString()}`.trim().split('\n');
  return `namespaces cannot be used (iproute2 and nftables are needed): ${reason}`;
};

/** Runs this same program with the same words in a hub; resolves with its status. */
export const runInHub = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const self = [process.execPath, ...process.execArgv, ...process.argv.slice(1)];
    const child = spawn('unshare', [...NAMESPACES, ...self], {
      stdio: 'inherit',
      env: { ...process.env, [MARK]: '1' },
    });
    // `unshare` takes no signal while it waits, and the run in it none before it has begun.
    const forward = (signal: NodeJS.Signals): void => {
      for (const pid of childrenOf(child.pid)) process.kill(pid, signal);
      setTimeout(() => child.kill('SIGKILL'), END_PATIENCE_MS).unref();
    };
    process.on('SIGINT', forward).on('SIGTERM', forward);
    child.on('error', reject);
    child.on('close', (status) => resolve(status ?? 1));
  });

const END_PATIENCE_MS = 10_000;

const childrenOf = (pid: number | undefined): number[] => {
  try {
    const text = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8');
    return text
      .split(' ')
      .filter((it) => it !== '')
      .map(Number);
  } catch {
    return [];
  }
};

/** The bridge that all namespaces of nodes hang on, with the clients at it. */
export const openHub = async (): Promise<void> => {
  // Each node has mounts of its own by `ip netns exec`: a disk that is pulled out is so for all of them.
  await runTool('mount', ['--make-rshared', '/']);
  await runTool('mount', ['-t', 'tmpfs', 'tmpfs', '/run']);
  await runTool('mount', ['-t', 'tmpfs', 'tmpfs', '/dev/shm']);
  mkdirSync('/run/netns');
  await runTool('ip', ['link', 'set', 'lo', 'up']);
  await runTool('ip', ['link', 'add', BRIDGE, 'type', 'bridge']);
  for (const address of [CLIENTS_ADDRESS, RELAY_ADDRESS]) {
    await runTool('ip', ['addr', 'add', `${address}/${PREFIX_BITS}`, 'dev', BRIDGE]);
  }
  await runTool('ip', ['link', 'set', BRIDGE, 'up']);
};

/** A namespace for one node, with an address that all others reach. */
export const addNamespace = async (nodeId: number): Promise<void> => {
  const name = namespaceOf(nodeId);
  const veth = `veth-${nodeId}`;
  const inside = ['-n', name];
  const address = `${addressOf(nodeId)}/${PREFIX_BITS}`;
  await runTool('ip', ['netns', 'add', name]);
  const peer = ['peer', 'name', 'eth0', 'netns', name];
  await runTool('ip', ['link', 'add', veth, 'type', 'veth', ...peer]);
  await runTool('ip', ['link', 'set', veth, 'master', BRIDGE, 'up']);
  await runTool('ip', [...inside, 'link', 'set', 'lo', 'up']);
  await runTool('ip', [...inside, 'addr', 'add', address, 'dev', 'eth0']);
  await runTool('ip', [...inside, 'link', 'set', 'eth0', 'up']);
};

/** A file system in memory of this size on a directory, gone with the hub. */
export const mountSmallDisk = async (directory: string, megabytes: number): Promise<void> => {
  mkdirSync(directory, { recursive: true });
  await runTool('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', directory]);
};
