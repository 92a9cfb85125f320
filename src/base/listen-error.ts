import { OttlaError } from './errors.ts';

const UNRESOLVED = 'the name is not known here; check it, or give an address';

const REMEDIES: readonly (readonly [pattern: RegExp, remedy: string])[] = [
  [/EADDRINUSE/, 'the port is in use; stop the process that has it, or choose another'],
  [/EADDRNOTAVAIL/, 'this machine has no such address; name one that it has, or 0.0.0.0'],
  [/EACCES/, 'permission denied; choose a port above 1023'],
  [/ENOTFOUND|EAI_AGAIN|Name resolution failed/, UNRESOLVED],
];

/** CONFIG: why `host:port` cannot be listened on, in one line with the remedy. */
export const listenError = (address: string, cause: Error): OttlaError => {
  const found = REMEDIES.find(([pattern]) => pattern.test(cause.message));
  const reason = found?.[1] ?? cause.message;
  return new OttlaError('CONFIG', `cannot listen on ${address}: ${reason}`, { cause });
};
