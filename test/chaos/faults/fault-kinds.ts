import type { NetworkMode } from '../cluster/chaos-cluster.ts';
import { canFakeTime } from '../cluster/fake-clock.ts';
import type { DiskMode } from '../run-settings.ts';
import { anyOf, COLD_START_MS } from './choose.ts';
import type { Fault } from './fault.ts';
import { CLOCK_FAULT, DIRECTORY_FAULT, DISK_FAULT, MACHINE_FAULTS } from './machine-faults.ts';
import { LOSS_FAULT, NETWORK_FAULTS } from './network-faults.ts';
import { PROCESS_FAULTS } from './process-faults.ts';
import { STORAGE_FAULTS } from './storage-faults.ts';

/** Together with a network in disorder. */
const COMBINED_PROCESS = [
  'kill-leader',
  'kill-follower',
  'kill-controller',
  'kill-minority',
  'kill-all',
  'pause',
  'pause-and-kill',
] as const;
const COMBINED_STORAGE = ['flip-leader', 'flip-follower', 'truncate-follower'] as const;
const COMBINED_NETWORK = ['delay', 'reorder', 'cut-clients', 'cut-pair', 'flap'] as const;

/** Nodes go, or a replica is damaged, while the network is in disorder; the bound is that of both. */
const combined: Fault = async (context) => {
  const { random, cluster } = context;
  const onNodes = [...COMBINED_PROCESS, ...(cluster.hasRealDisk ? COMBINED_STORAGE : [])];
  const [network, nodes] = [anyOf(random, COMBINED_NETWORK), anyOf(random, onNodes)];
  const begun = await Promise.all([
    faultNamed(network)({ ...context, random: random.fork(network) }),
    faultNamed(nodes)({ ...context, random: random.fork(nodes) }),
  ]);
  const [first, second] = begun;
  const detail = `${network} (${first.detail}) with ${nodes} (${second.detail})`;
  return { detail, boundMs: first.boundMs + second.boundMs + COLD_START_MS };
};

const COMBINED_FAULTS: Readonly<Record<string, Fault>> = { combined };

export const FAULTS: Readonly<Record<string, Fault>> = {
  ...PROCESS_FAULTS,
  ...NETWORK_FAULTS,
  ...STORAGE_FAULTS,
  ...MACHINE_FAULTS,
  ...COMBINED_FAULTS,
};

const faultNamed = (kind: string): Fault => {
  const fault = FAULTS[kind];
  if (fault === undefined) throw new Error(`there is no fault '${kind}'`);
  return fault;
};

export const isNetworkFault = (kind: string): boolean =>
  Object.hasOwn(NETWORK_FAULTS, kind) || Object.hasOwn(COMBINED_FAULTS, kind);

/** Where a run happens, as far as faults depend on it. */
export interface Surroundings {
  readonly network: NetworkMode;
  readonly disk: DiskMode;
  readonly hasSeparateRoles: boolean;
  readonly controllerCount: number;
  /** Log directories of each broker. */
  readonly directories: number;
}

/** Kinds that disturb what only a hub has: the network between nodes, or mounts. */
export const wantsHub = (kind: string): boolean =>
  isNetworkFault(kind) || kind === DISK_FAULT || kind === DIRECTORY_FAULT;

/** Undefined where this kind can be made there; else what is missing. */
export const whyNot = (kind: string, surroundings: Surroundings): string | undefined => {
  const { network, disk, hasSeparateRoles, controllerCount, directories } = surroundings;
  if (isNetworkFault(kind) && network === 'none') return 'nothing stands between the nodes';
  if (kind === LOSS_FAULT && network !== 'namespaces') return 'needs network namespaces';
  if (kind === DISK_FAULT && network !== 'namespaces') return 'needs to mount a small disk';
  if (kind === DIRECTORY_FAULT && directories < 2) return 'needs --directories 2';
  if (kind === DIRECTORY_FAULT && network !== 'namespaces') return 'needs to mount disks';
  if (kind === CLOCK_FAULT && !canFakeTime()) return "needs Debian's faketime";
  const isOfDisk = kind === DISK_FAULT || kind === DIRECTORY_FAULT;
  const isAtRest = Object.hasOwn(STORAGE_FAULTS, kind) || isOfDisk;
  if (isAtRest && disk !== 'real') return 'needs the real disk';
  if (kind === 'replace-controller' && controllerCount < 3) return 'needs three controllers';
  if (kind === 'wipe-broker' && !hasSeparateRoles) return 'needs brokers that are no voters';
  return undefined;
};
