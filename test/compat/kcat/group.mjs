import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

/**
 * `BOOTSTRAP TOPIC GROUP`: kcat as a member of a group, until the standard input ends. Says what it
 * is assigned, what it reads, and that it has left, as lines of JSON.
 */
const [bootstrap, topic, groupId] = process.argv.slice(2);
const say = (told) => process.stdout.write(`${JSON.stringify(told)}\n`);

const settings = ['auto.offset.reset=earliest', 'session.timeout.ms=10000'].flatMap((it) => [
  '-X',
  it,
]);
const kcat = spawn('kcat', [
  ...['-b', bootstrap, ...settings, '-u', '-f', '%p %o %s\n', '-G', groupId, topic],
]);

createInterface({ input: kcat.stdout }).on('line', (line) => {
  const [partition, offset, ...words] = line.split(' ');
  say({ read: [Number(partition), Number(offset), words.join(' ')] });
});

/** It tells of partitions as `topic [0], topic [1]`. */
createInterface({ input: kcat.stderr }).on('line', (line) => {
  const change = /rebalanced .*: (assigned|revoked): (.*)$/.exec(line);
  if (change === null) return void process.stderr.write(`${line}\n`);
  const [, kind, list] = change;
  const partitions = Array.from(list.matchAll(/\[(\d+)\]/g), ([, partition]) => Number(partition));
  say({ assigned: kind === 'assigned' ? partitions : [] });
});

kcat.on('close', (status) => {
  say({ left: true });
  process.exit(status ?? 1);
});
for await (const _ of process.stdin);
kcat.kill('SIGTERM');
