import type { AddressInfo, Server } from 'node:net';
import { createServer } from 'node:net';

const HOST = '127.0.0.1';

/**
 * Loopback ports that are free now, all different. For nodes that must know each other's address
 * before any of them listens; another process may take one in between.
 */
export const freePorts = async (count: number): Promise<number[]> => {
  const servers = await Promise.all(Array.from({ length: count }, () => listening()));
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
};

const listening = (): Promise<Server> =>
  new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, HOST, () => resolve(server));
  });
