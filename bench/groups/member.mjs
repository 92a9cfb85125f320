/**
 * A member of a group, until its standard input ends. Argument: bootstrap, topic and options of the
 * consumer in JSON; with `joinsWhenTold` it joins at the first byte of its standard input, so that
 * what joining does to others is not mixed with what the start of a process does to the machine.
 * Says in lines of JSON when it is ready, what it is given and gives up, and, ten times a second,
 * what it handled: partition, offset and when, in ms since the epoch.
 * Plain JavaScript: a loader that compiles would slow each start, and what runs beside it.
 */
import { once } from 'node:events';
import { connect } from '../../dist/index.js';

const {
  bootstrap,
  topic,
  handlerMs = 0,
  joinsWhenTold = false,
  ...options
} = JSON.parse(process.argv[2] ?? '{}');
const say = (told) => process.stdout.write(`${JSON.stringify(told)}\n`);
const nowMs = () => performance.timeOrigin + performance.now();
const tell = (what) => (partitions) =>
  say({ [what]: partitions.map(({ partition }) => partition), atMs: nowMs() });

say({ isReady: true });
if (joinsWhenTold) await once(process.stdin, 'data');
const client = connect({ bootstrap });
const consumer = client.consumer({
  ...options,
  topics: [topic],
  listener: {
    onAssigned: tell('assigned'),
    onRevoked: tell('revoked'),
    onLost: tell('lost'),
  },
});
let handled = [];
const flush = () => {
  if (handled.length > 0) say({ handled });
  handled = [];
};
setInterval(flush, 100).unref();
process.stdin.on('end', () => consumer.close().then(() => client.close()));
process.stdin.resume();
for await (const { partition, offset } of consumer) {
  if (handlerMs > 0) await new Promise((resolve) => setTimeout(resolve, handlerMs));
  handled.push([partition, offset, nowMs()]);
}
flush();
