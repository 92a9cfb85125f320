/**
 * The other end of a connection on loopback that does nothing else. Arguments: its port, then `send`
 * with bytes in all and bytes of a write, or `take`, or `echo`.
 */
import { once } from 'node:events';
import { connect } from 'node:net';

const [port = 0, work = '', totalBytes = 0, pieceBytes = 0] = process.argv.slice(2);
const socket = connect({ port: Number(port), host: '127.0.0.1', noDelay: true });
socket.on('error', () => process.exit(1));
if (work === 'echo') socket.pipe(socket);
if (work === 'take') socket.resume();
if (work === 'send') {
  const piece = Buffer.alloc(Number(pieceBytes), 'a');
  let left = Number(totalBytes);
  while (left > 0) {
    const part = left < piece.length ? piece.subarray(0, left) : piece;
    left -= part.length;
    if (!socket.write(part)) await once(socket, 'drain');
  }
  socket.end();
}
