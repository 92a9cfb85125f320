import { NONE, partitionKey } from '../../../src/base/ids.ts';
import { parsePartitionName } from '../../../src/log/file-names.ts';
import type { LogDirectories } from '../../../src/log/log-directories.ts';
import { changedPartitions } from '../../../src/metadata/image-diff.ts';
import type { ClusterView, Invariant, LiveNode, TruthChange } from './invariant.ts';

/**
 * A log directory that fails takes its replicas out of service and no others; nothing is made in
 * place of a replica that is only away, and none that is away since the start leads.
 */
export const logDirectories = (): Invariant => {
  /** Replicas that a broker had and was to have no more, at some time: it may begin anew. */
  const left = new Set<string>();
  return {
    name: 'log-directories',
    source: 'KIP-112; docs/adr/015-replicas-of-a-missing-directory.md',
    onEvent: (view) => {
      for (const live of severalOf(view)) checkFailed(view, live);
    },
    onInterval: (view) => {
      for (const live of severalOf(view)) checkOthers(view, live);
      checkPlaces(view, left);
    },
    onTruth: (view, change) => {
      if (!view.machines.some(({ devices }) => devices.hasSeveral)) return;
      noteLeft(change, left);
      for (const live of severalOf(view)) checkLeaders(view, live);
    },
  };
};

/** Those with several directories, as long as they can go on. */
const severalOf = ({ live }: ClusterView): LiveNode[] =>
  live.filter(
    ({ machine, node }) => machine.devices.hasSeveral && node.parts.logs?.failure === undefined,
  );

/** At once: whoever leads on acknowledges nothing, and whoever follows is waited for. */
const checkFailed = (view: ClusterView, { machine, node }: LiveNode): void => {
  const { logs, replicas } = node.parts;
  for (const { path, logs: those } of logs?.failed ?? []) {
    for (const log of those) {
      const replica = replicas?.find(log.topicId, log.partition);
      if (replica === undefined || replica.log !== log || replica.isOffline) continue;
      const what = `${replica.describe()} on ${machine.name} is ${replica.core.role}`;
      view.violate('failed-is-offline', `${what}, and ${path} has failed`);
    }
  }
};

const checkOthers = (view: ClusterView, { machine, node }: LiveNode): void => {
  const { logs, replicas } = node.parts;
  if (logs === undefined) return;
  const failed = new Set(logs.failed.map(({ path }) => path));
  for (const replica of replicas?.partitions() ?? []) {
    if (!replica.isOffline || view.isDamaged(machine.nodeId, replica)) continue;
    const directory = logs.directoryOf(replica.log);
    // Taken out of the table, or about to be: of a log that is deleted or begun anew.
    if (directory === undefined || failed.has(directory)) continue;
    const what = `${replica.describe()} on ${machine.name} is offline`;
    view.violate('others-go-on', `${what}, and ${directory} works`);
  }
};

/** On the disks, whether or not a process sees them. */
const checkPlaces = (view: ClusterView, left: ReadonlySet<string>): void => {
  for (const { nodeId, name, devices } of view.machines) {
    if (!devices.hasSeveral) continue;
    for (const doubled of devices.doubled()) {
      const at = parsePartitionName(doubled);
      if (at === undefined || left.has(keyOf(nodeId, at))) continue;
      view.violate('one-place', `${doubled} is in two directories of ${name}`);
    }
  }
};

/**
 * What is missing is reported before the broker is in service, and not elected after. When a process
 * knows what is missing, its registration has ended all that the broker led.
 */
const checkLeaders = (view: ClusterView, { machine, node }: LiveNode): void => {
  const { logs, replicas } = node.parts;
  // Of a replica that was only just assigned the directory may fail while it is made.
  if (logs?.isIncomplete !== true || logs.failed.length > 0) return;
  for (const { topicId, partition } of replicas?.offline() ?? []) {
    if (isThere(logs, topicId, partition)) continue;
    const topic = view.truth.topics.get(topicId);
    const { leader = NONE } = topic?.partitions[partition] ?? {};
    if (leader !== machine.nodeId) continue;
    const what = `${topic?.name}-${partition} is led by ${machine.name}`;
    view.violate('away-never-leads', `${what}, where its directory is missing`);
  }
};

const isThere = (logs: LogDirectories, topicId: string, partition: number): boolean =>
  logs.get(topicId, partition) !== undefined;

const noteLeft = ({ previous, next }: TruthChange, left: Set<string>): void => {
  for (const delta of changedPartitions(previous, next)) {
    const { topicId, partition } = delta;
    const before = previous.topics.get(topicId)?.partitions[partition]?.replicas ?? [];
    const after = delta.next?.replicas ?? [];
    for (const nodeId of before) {
      if (!after.includes(nodeId)) left.add(keyOf(nodeId, { topicId, partition }));
    }
  }
};

const keyOf = (
  nodeId: number,
  at: { readonly topicId: string; readonly partition: number },
): string => `${nodeId} ${partitionKey(at.topicId, at.partition)}`;
