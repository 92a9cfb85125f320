import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chownSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as rest } from 'node:timers/promises';
import { promisify } from 'node:util';

const runFile = promisify(execFile);

/** Which does not run as root; `nobody` on Debian. */
const NOBODY = 65_534;
const asOther = process.getuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : {};

/** A database in this directory, empty until now, that listens to a socket in it. */
export const startPostgres = async (directory: string): Promise<() => Promise<void>> => {
  if ('uid' in asOther) chownSync(directory, NOBODY, NOBODY);
  const data = join(directory, 'data');
  const settings = { ...asOther, cwd: directory };
  await runFile('initdb', ['-D', data, '-U', 'postgres', '-A', 'trust', '-N'], settings);
  const words = ['-D', data, '-k', directory, '-c', 'listen_addresses='];
  const server = spawn('postgres', words, { ...settings, stdio: 'ignore' });
  const ended = once(server, 'exit');
  const asked = ['-h', directory, '-U', 'postgres', '-c', 'select 1'];
  const answers = (): Promise<boolean> =>
    runFile('psql', asked).then(
      () => true,
      () => false,
    );
  while (!(await answers())) {
    if (server.exitCode !== null) throw new Error(`postgres ended with ${server.exitCode}`);
    await rest(50);
  }
  return async () => {
    server.kill('SIGINT');
    await ended;
  };
};
