import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Pool } from 'mysql2/promise';
import { createPool } from 'mysql2/promise';

/** Debian's `mariadb-server`: tests that want it skip, by name, where it is not installed. */
export const hasMariadb = spawnSync('mariadbd', ['--version']).status === 0;

const READY_TIMEOUT_MS = 60_000;

export interface Mariadb extends AsyncDisposable {
  readonly socketPath: string;
  readonly pool: Pool;
}

/** A server with an empty database `delays`, on a socket in a directory of its own. */
export const startMariadb = async (): Promise<Mariadb> => {
  const folder = mkdtempSync(join(tmpdir(), 'ottla-mariadb-'));
  const [datadir, socketPath] = [join(folder, 'data'), join(folder, 'server.sock')];
  const common = ['--no-defaults', `--datadir=${datadir}`, '--user=root'];
  const auth = '--auth-root-authentication-method=normal';
  const made = spawnSync('mariadb-install-db', [...common, auth, '--skip-test-db']);
  if (made.status !== 0) throw new Error(`mariadb-install-db: ${made.stdout}${made.stderr}`);
  const words = [...common, '--skip-networking', `--socket=${socketPath}`];
  const server = spawn('mariadbd', [...words, `--pid-file=${folder}/pid`], { stdio: 'ignore' });
  const gone = once(server, 'exit');
  const admin = createPool({ socketPath, user: 'root' });
  const deadline = Date.now() + READY_TIMEOUT_MS;
  for (;;) {
    const isReady = await admin.query('CREATE DATABASE delays').then(
      () => true,
      () => false,
    );
    if (isReady) break;
    if (server.exitCode !== null || Date.now() > deadline)
      throw new Error('mariadbd did not start');
    await sleep(50);
  }
  await admin.end();
  const pool = createPool({ socketPath, user: 'root', database: 'delays' });
  return {
    socketPath,
    pool,
    [Symbol.asyncDispose]: async () => {
      await pool.end();
      server.kill('SIGTERM');
      await gone;
      rmSync(folder, { recursive: true, force: true });
    },
  };
};
