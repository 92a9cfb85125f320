import { Socket } from 'node:net';

/** What one read takes at the most: a producer's batch comes in one or two. */
const READ_BYTES = 256 * 1024;

/** Reads of all sockets go here, one after the other: each is over when its bytes are handed on. */
const shared = Buffer.allocUnsafeSlow(READ_BYTES);

/** What an accepted socket has, and its types do not tell. */
interface Accepted {
  _handle: { readonly useUserBuffer?: unknown } | null;
}

/**
 * The same connection as `accepted`, whose bytes `onBytes` gets as a view that holds until it
 * returns. Node makes fresh memory of 64 KiB for each read otherwise, which was a quarter of what a
 * broker's processor time went into: it is allocated, filled, copied into a frame and collected.
 *
 * Node reads into a given buffer (`onread`) where a program connects, and has no option for it
 * where one accepts; so the handle goes to a socket that is made with it. Where there is no such
 * handle, the socket itself is read as ever.
 */
export const readShared = (accepted: Socket, onBytes: (bytes: Uint8Array) => void): Socket => {
  const from = accepted as unknown as Accepted;
  const { _handle: handle } = from;
  if (typeof handle?.useUserBuffer !== 'function') return accepted.on('data', onBytes);
  from._handle = null;
  const callback = (count: number): boolean => {
    onBytes(shared.subarray(0, count));
    return true;
  };
  const options: object = { handle, onread: { buffer: shared, callback } };
  // The server counts the accepted one as open until that is destroyed.
  return new Socket(options).once('close', () => accepted.destroy());
};
