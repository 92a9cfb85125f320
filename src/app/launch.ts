import { NONE } from '../base/ids.ts';
import type { Logger } from '../env/logger.ts';
import type { HttpListening } from '../platform/http-server.ts';
import { PromMeter } from '../platform/prom-meter.ts';
import { startAdmin } from './admin.ts';
import type { NodeConfig } from './config.ts';
import type { NodeHealth, RunningNode } from './node.ts';
import { startNode } from './node.ts';
import { systemEnv } from './system-env.ts';

export interface LaunchedNode {
  readonly node: RunningNode;
  /** Port of the admin pages; undefined where none were asked for. */
  readonly adminPort: number | undefined;
  /** Stops the node in order, then its pages and connections. */
  stop(): Promise<void>;
}

/**
 * Starts a node in the real world, with its admin pages: they are there first, and tell of a node
 * that recovers. Errors: as `startNode`; what was opened is closed again.
 */
export const launchNode = async (config: NodeConfig, logger: Logger): Promise<LaunchedNode> => {
  const meter = new PromMeter();
  const env = systemEnv({ logger, meter });
  let node: RunningNode | undefined;
  const health = (): NodeHealth => node?.health() ?? startingHealth(config);
  const address = config.listeners.admin;
  const admin =
    address === undefined ? undefined : await startAdmin({ address, meter, health, logger });
  const closeRest = async (): Promise<void> => {
    await env.transport.close();
    await admin?.close();
  };
  try {
    node = await startNode(env, config);
  } catch (error) {
    await closeRest();
    throw error;
  }
  return launched(node, admin, closeRest);
};

const launched = (
  node: RunningNode,
  admin: HttpListening | undefined,
  closeRest: () => Promise<void>,
): LaunchedNode => ({
  node,
  adminPort: admin?.port,
  stop: async () => {
    try {
      await node.stop();
    } finally {
      await closeRest();
    }
  },
});

const startingHealth = ({ nodeId }: NodeConfig): NodeHealth => ({
  nodeId,
  isHealthy: true,
  isReady: false,
  isActiveController: false,
  offlineLogDirs: [],
  leaderId: NONE,
  term: 0,
});
