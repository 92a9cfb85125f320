import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { REPOSITORY } from '../../../deploy/local/layout.ts';
import { processState } from '../../../deploy/local/process-record.ts';
import { Workshop } from './processes.ts';

const workshop = new Workshop();

afterAll(() => workshop.close());

describe('a node whose standard input ends', () => {
  it('stops in order when it was told to', async () => {
    const node = await workshop.formatted(1);
    const started = workshop.start(node, ['--stop-on-stdin-end']);
    const { child, ended } = started;
    await workshop.untilReady(node, started);

    child.stdin?.end();

    expect((await ended).status).toBe(0);
    expect(existsSync(join(node.logDir, 'clean-shutdown'))).toBe(true);
  });

  it('ends all the same when it fails while its input is still open', async () => {
    const quick = { 'broker.session.timeout.ms': '1000', 'broker.heartbeat.interval.ms': '200' };
    const controller = await workshop.formatted(1, quick);
    await workshop.running(controller);
    const voters = { 'controller.quorum.voters': `1@${controller.peer}` };
    const twin = { ...quick, ...voters, 'process.roles': 'broker' };
    await workshop.running(await workshop.formatted(2, twin));

    const second = workshop.start(await workshop.formatted(2, twin), ['--stop-on-stdin-end']);
    const { status, stderr } = await second.ended;

    expect(status).toBe(1);
    expect(stderr).toContain('give one of the two nodes another node.id');
  });

  it('ends all the same when it cannot start while its input is still open', async () => {
    const node = await workshop.formatted(1);
    rmSync(join(node.logDir, 'meta.json'));

    const { status, stderr } = await workshop.start(node, ['--stop-on-stdin-end']).ended;

    expect(status).toBe(1);
    expect(stderr).toContain('ottla format');
  });

  it('lives on by default', async () => {
    const node = await workshop.formatted(1);
    const child = await workshop.running(node);

    child.stdin?.end();

    await expect(once(child, 'exit', { signal: AbortSignal.timeout(1000) })).rejects.toThrow();
  });
});

describe('the demo', () => {
  it('takes its nodes with it when it is killed with kill -9', async () => {
    const own = join(workshop.root, 'demo');
    mkdirSync(own);
    const demo = spawn(
      process.execPath,
      ['--import', 'tsx', join(REPOSITORY, 'deploy', 'local.ts'), 'demo'],
      {
        cwd: REPOSITORY,
        env: { ...process.env, TMPDIR: own },
        stdio: ['ignore', 'pipe', 'inherit'],
      },
    );
    let said = '';
    demo.stdout.on('data', (part) => {
      said += part;
    });
    await expect.poll(() => said, { timeout: 60_000 }).toMatch(/^sending/m);
    const nodes = nodeDirectories(own);
    expect(nodes.filter(isAlive)).toHaveLength(3);

    demo.kill('SIGKILL');

    try {
      await expect.poll(() => nodes.filter(isAlive), { timeout: 20_000 }).toEqual([]);
    } finally {
      for (const node of nodes.filter(isAlive)) process.kill(pidOf(node), 'SIGKILL');
      rmSync(own, { recursive: true, force: true });
    }
  });
});

const nodeDirectories = (root: string): string[] =>
  readdirSync(root)
    .filter((name) => name.startsWith('ottla-demo-'))
    .flatMap((name) => [1, 2, 3].map((nodeId) => join(root, name, `node-${nodeId}`)));

const isAlive = (directory: string): boolean => processState(directory).kind === 'alive';

const pidOf = (directory: string): number => Number(readFileSync(join(directory, 'pid'), 'utf8'));
