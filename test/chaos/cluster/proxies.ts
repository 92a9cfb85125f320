import { ownerOf } from '../network/connection-owner.ts';
import { CLIENTS } from '../network/network.ts';
import { ProxiedNetwork } from '../network/proxied-network.ts';
import type { ChaosNode } from './chaos-node.ts';

/** Proxies that know their callers by process: what no node has opened is a client's. */
export const proxiesOf = (nodes: readonly ChaosNode[]): ProxiedNetwork =>
  new ProxiedNetwork({
    listeners: [],
    host: '127.0.0.1',
    findOwner: (socket, { relayPort }) => {
      const running = nodes.flatMap(({ state, nodeId }) =>
        state.kind === 'alive' ? [{ nodeId, pid: state.pid }] : [],
      );
      const ports = { localPort: socket.remotePort ?? 0, remotePort: relayPort };
      const pids = running.map(({ pid }) => pid);
      const owner = ownerOf(ports, pids);
      return running.find(({ pid }) => pid === owner)?.nodeId ?? CLIENTS;
    },
  });
