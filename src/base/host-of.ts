/** The host of `host:port`, an IPv6 one in its brackets; empty where no port is behind it. */
export const hostOf = (address: string): string =>
  address.slice(0, Math.max(0, address.lastIndexOf(':')));
