import { relative } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { formatTable } from '../../src/cli/table.ts';
import type { LocalCluster } from './cluster.ts';
import { hasRole } from './layout.ts';
import type { NodeProcess } from './node-process.ts';
import { runOttla } from './node-process.ts';

type Say = (line: string) => void;

const HEADINGS = ['NODE', 'ROLES', 'STATE', 'PID', 'CLIENT', 'KAFKA', 'PEER', 'ADMIN', 'DATA'];

/** One row a node: what runs, and where. */
export const printNodes = async (cluster: LocalCluster, say: Say): Promise<void> => {
  const rows = await Promise.all(cluster.nodes.map(rowOf));
  for (const line of formatTable(HEADINGS, rows)) say(line);
};

const rowOf = async (it: NodeProcess): Promise<(string | number)[]> => {
  const { node, ports, state } = it;
  const isBroker = hasRole(node, 'broker');
  return [
    node.nodeId,
    node.roles.join(','),
    await describeState(it),
    state.kind === 'alive' ? String(state.pid) : '-',
    isBroker ? `127.0.0.1:${ports.client}` : '-',
    isBroker && ports.kafka !== undefined ? `127.0.0.1:${ports.kafka}` : '-',
    `127.0.0.1:${ports.peer}`,
    `http://127.0.0.1:${ports.admin}`,
    relative('.', it.logDir),
  ];
};

const describeState = async (it: NodeProcess): Promise<string> => {
  const { state } = it;
  if (state.kind === 'none') return 'stopped';
  if (state.kind === 'stale') return 'dead';
  return (await it.readiness()).isReady ? 'ready' : 'not ready';
};

const SETTLE_TIMEOUT_MS = 60_000;
const SETTLE_POLL_MS = 200;

/**
 * Restarts the nodes one after another; goes on only when all replicas are in sync again, so that
 * no partition ever lacks more than one.
 */
export const rollingRestart = async (
  cluster: LocalCluster,
  { say, onForce }: { readonly say: Say; readonly onForce: (nodeId: number) => void },
): Promise<void> => {
  for (const node of cluster.nodes) {
    const { nodeId } = node.node;
    if (node.state.kind !== 'alive') {
      throw new Error(`node ${nodeId} does not run: 'make start NODE=${nodeId}' first`);
    }
    await waitSettled(cluster);
    await cluster.stop(node, onForce);
    await cluster.start(nodeId);
    say(`node ${nodeId} restarted`);
  }
  await waitSettled(cluster);
};

/** Until no partition lacks a replica. */
export const waitSettled = async (cluster: LocalCluster): Promise<void> => {
  const deadline = Date.now() + SETTLE_TIMEOUT_MS;
  for (;;) {
    const words = ['cluster', 'status', '--json', '--bootstrap', cluster.bootstrap];
    const { status, stdout } = await runOttla(words);
    if (status === 0) {
      const { underReplicated, offline } = JSON.parse(stdout) as Record<string, number>;
      if (underReplicated === 0 && offline === 0) return;
    }
    if (Date.now() > deadline) {
      throw new Error(`replicas are still behind after 60 s; see 'ottla cluster status'`);
    }
    await sleep(SETTLE_POLL_MS);
  }
};
