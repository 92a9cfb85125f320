import type { NodeId } from '../base/ids.ts';
import { orAborted } from '../env/abort.ts';
import type { Logger } from '../env/logger.ts';
import { FileDisk } from '../platform/file-disk.ts';
import { systemRandom } from '../platform/system-random.ts';
import { initialiseRaftStore } from '../raft/raft-store.ts';
import { resolveConfig } from './config.ts';
import { formatDirectory } from './format.ts';
import type { LaunchedNode } from './launch.ts';
import { launchNode } from './launch.ts';

/** Loopback ports of one node; without `admin` it serves no pages. */
export interface LocalPorts {
  readonly client: number;
  readonly kafka: number;
  readonly peer: number;
  readonly admin?: number;
}

export interface LocalNodesOptions {
  /** By index: node 1 first. */
  readonly ports: readonly LocalPorts[];
  /** Where a node keeps its data. */
  readonly directoryOf: (nodeId: NodeId) => string;
  /** `key=value`, for every node. */
  readonly overrides?: readonly string[];
  readonly loggerOf: (nodeId: NodeId) => Logger;
  /** Ends the start with ABORTED, with all stopped again. */
  readonly signal?: AbortSignal | undefined;
}

/** Combined nodes in this process. */
export interface LocalNodes {
  /** Client addresses, separated by commas: where overrides have put them. */
  readonly bootstrap: string;
  /** The same for Kafka's clients: their `bootstrap.servers`; '' where none is served. */
  readonly kafkaBootstrap: string;
  readonly nodes: readonly LaunchedNode[];
  /** Resolves with the reason when a node cannot go on. */
  readonly fatal: Promise<Error>;
  stop(): Promise<void>;
}

const HOST = '127.0.0.1';
const REPLICAS_WANTED = 3;
/** All addresses of the machine, of which one is told. */
const ANY_HOST = /^(?:0\.0\.0\.0|\[?::\]?):/;

/**
 * Formats what is new and starts all nodes; resolves when all are ready. Throws the first failure,
 * with all stopped again.
 */
export const startLocalNodes = async (options: LocalNodesOptions): Promise<LocalNodes> => {
  const nodeIds = options.ports.map((_, index) => index + 1);
  await formatAll(options, nodeIds);
  const configs = nodeIds.map((nodeId) => configOf(options, nodeId));
  const starts = await Promise.allSettled(
    configs.map((config) => launchNode(config, options.loggerOf(config.nodeId))),
  );
  const nodes = starts.flatMap((start) => (start.status === 'fulfilled' ? [start.value] : []));
  const stop = async (): Promise<void> => {
    await Promise.all(nodes.map((launched) => launched.stop()));
  };
  const fatal = Promise.race(nodes.map(({ node }) => node.fatal));
  try {
    for (const start of starts) {
      if (start.status === 'rejected') throw start.reason;
    }
    const failed = fatal.then((error) => Promise.reject(error));
    const ready = Promise.race([Promise.all(nodes.map(({ node }) => node.ready)), failed]);
    await orAborted(ready, options.signal, 'the start of the nodes');
  } catch (error) {
    await stop();
    throw error;
  }
  const bootstrap = joined(nodes.map(({ node }) => node.clientAddress));
  const kafkaBootstrap = joined(nodes.map(({ node }) => node.kafkaAddress));
  return { bootstrap, kafkaBootstrap, nodes, fatal, stop };
};

/** Where nodes listen, not what they advertise: that may be a proxy which looks for them here. */
const joined = (bound: ReadonlyArray<string | undefined>): string =>
  bound.flatMap((address) => address?.replace(ANY_HOST, `${HOST}:`) ?? []).join(',');

/** All nodes get the cluster id of the first, which may have been there before. */
const formatAll = async (options: LocalNodesOptions, nodeIds: readonly NodeId[]): Promise<void> => {
  const disk = new FileDisk();
  let clusterId: string | undefined;
  for (const nodeId of nodeIds) {
    const { identity } = await formatDirectory(
      {
        disk,
        random: systemRandom,
        initialiseRaft: (directory, directoryId) =>
          initialiseRaftStore(disk, directory, { directoryId }),
      },
      {
        logDir: options.directoryOf(nodeId),
        nodeId,
        ignoreFormatted: true,
        ...(clusterId === undefined ? {} : { clusterId }),
      },
    );
    clusterId = identity.clusterId;
  }
};

const configOf = (options: LocalNodesOptions, nodeId: NodeId): ReturnType<typeof resolveConfig> => {
  const { ports, directoryOf, overrides = [] } = options;
  const own = ports[nodeId - 1];
  const replicas = Math.min(REPLICAS_WANTED, ports.length);
  const listeners = [
    `CLIENT://${HOST}:${own?.client}`,
    `KAFKA://${HOST}:${own?.kafka}`,
    `PEER://${HOST}:${own?.peer}`,
    ...(own?.admin === undefined ? [] : [`ADMIN://${HOST}:${own.admin}`]),
  ];
  const voters = ports.map(({ peer }, index) => `${index + 1}@${HOST}:${peer}`);
  return resolveConfig({
    overrides: [
      `node.id=${nodeId}`,
      `controller.quorum.voters=${voters.join(',')}`,
      `listeners=${listeners.join(',')}`,
      `log.dirs=${directoryOf(nodeId)}`,
      `default.replication.factor=${replicas}`,
      `offsets.topic.replication.factor=${replicas}`,
      // As Kafka's own quick start: nobody else is about to join.
      'group.initial.rebalance.delay.ms=0',
      `min.insync.replicas=${replicas >= REPLICAS_WANTED ? 2 : 1}`,
      ...overrides,
    ],
  });
};
