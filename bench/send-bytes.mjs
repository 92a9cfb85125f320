/** Sends bytes to a port of this machine as fast as they are taken. Arguments: port, bytes, bytes of a piece. */
import { once } from 'node:events';
import { connect } from 'node:net';

const [port = 0, totalBytes = 0, pieceBytes = 1] = process.argv.slice(2).map(Number);
const socket = connect({ port, host: '127.0.0.1', noDelay: true });
await once(socket, 'connect');
const piece = Buffer.alloc(pieceBytes, 'a');
for (let left = totalBytes; left > 0; left -= pieceBytes) {
  const isTaken = socket.write(piece.subarray(0, Math.min(pieceBytes, left)));
  if (!isTaken) await once(socket, 'drain');
}
socket.end();
