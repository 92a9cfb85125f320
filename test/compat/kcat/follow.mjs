import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

/**
 * `BOOTSTRAP TOPIC`: kcat as a reader of all partitions by assignment, until the standard input ends,
 * as lines of JSON. A position that is lost is no new begin.
 */
const [bootstrap, topic] = process.argv.slice(2);

const settings = ['-o', 'beginning', '-X', 'auto.offset.reset=error'];
// It ends at an error of any partition, as one that lost its leader, unless told otherwise.
const flags = ['-E', '-q', '-u', '-f', '%p %o %s\n'];
const kcat = spawn('kcat', ['-C', '-b', bootstrap, '-t', topic, ...settings, ...flags], {
  stdio: ['ignore', 'pipe', 'pipe'],
});
createInterface({ input: kcat.stdout }).on('line', (line) => {
  const [partition, offset, ...words] = line.split(' ');
  const read = [Number(partition), Number(offset), words.join(' ')];
  process.stdout.write(`${JSON.stringify({ read })}\n`);
});
kcat.stderr.pipe(process.stderr);

kcat.on('close', (status) => process.exit(status ?? 1));
for await (const _ of process.stdin);
kcat.kill('SIGTERM');
