import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

const HEX = 16;

/** The process among these that holds the connection from `localPort` to `remotePort`. */
export const ownerOf = (
  { localPort, remotePort }: { readonly localPort: number; readonly remotePort: number },
  pids: readonly number[],
): number | undefined => {
  const inode = inodeOf(localPort, remotePort);
  if (inode === undefined) return undefined;
  return pids.find((pid) => holds(pid, `socket:[${inode}]`));
};

/** From the kernel's table of TCP sockets over IPv4: local address, remote address, ..., inode. */
const inodeOf = (localPort: number, remotePort: number): string | undefined => {
  for (const line of readFileSync('/proc/net/tcp', 'utf8').split('\n').slice(1)) {
    const fields = line.trim().split(/\s+/);
    if (portOf(fields[1]) === localPort && portOf(fields[2]) === remotePort) return fields[9];
  }
  return undefined;
};

const portOf = (address: string | undefined): number =>
  Number.parseInt(address?.split(':')[1] ?? '', HEX);

const holds = (pid: number, link: string): boolean => {
  try {
    const directory = `/proc/${pid}/fd`;
    return readdirSync(directory).some((fd) => linkOf(`${directory}/${fd}`) === link);
  } catch {
    return false;
  }
};

const linkOf = (path: string): string | undefined => {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
};
