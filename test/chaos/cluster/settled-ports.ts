import { createServer } from 'node:net';

const FIRST = 20_000;
/** The kernel gives outgoing connections ports from 32768 on. */
const END = 32_000;
const HOST = '127.0.0.1';

/**
 * Free loopback ports, none of which an outgoing connection can take while its node is down: a
 * port that the kernel chose would be lost to one sooner or later.
 */
export const settledPorts = async (count: number): Promise<number[]> => {
  const found: number[] = [];
  let port = FIRST + (process.pid % (END - FIRST));
  for (let tried = 0; found.length < count; tried += 1) {
    if (tried === END - FIRST) throw new Error(`there are no ${count} free ports below ${END}`);
    port = port + 1 >= END ? FIRST : port + 1;
    if (await isFree(port)) found.push(port);
  }
  return found;
};

export const isFree = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, HOST, () => server.close(() => resolve(true)));
  });
