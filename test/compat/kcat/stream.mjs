import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

/**
 * `produce BOOTSTRAP TOPIC CODEC`: kcat sending records as they come, as lines of JSON on the standard
 * input. Of these it takes the values only, which must be text of one line: one kcat a partition.
 */
const [, bootstrap, topic, codec] = process.argv.slice(2);

const running = new Map();

const kcatOf = (partition) => {
  const known = running.get(partition);
  if (known !== undefined) return known;
  const words = ['-b', bootstrap, '-t', topic, '-P', '-p', String(partition), '-z', codec];
  const kcat = spawn('kcat', [...words, '-X', 'enable.idempotence=true'], {
    stdio: ['pipe', 'ignore', 'inherit'],
  });
  const ended = new Promise((resolve) => {
    kcat.on('close', resolve);
  });
  const started = { kcat, ended };
  running.set(partition, started);
  return started;
};

for await (const line of createInterface({ input: process.stdin })) {
  const { partition, value } = JSON.parse(line);
  kcatOf(partition).kcat.stdin.write(`${Buffer.from(value, 'base64')}\n`);
}
for (const { kcat } of running.values()) kcat.stdin.end();
const statuses = await Promise.all(Array.from(running.values(), ({ ended }) => ended));
process.exitCode = statuses.find((status) => status !== 0) ?? 0;
