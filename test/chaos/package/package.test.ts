import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { freePorts } from '../../../src/platform/free-ports.ts';
import { compile, installPacked, runFile } from './installed.ts';
import { sampleOf } from './readme.ts';

const folder = mkdtempSync(join(tmpdir(), 'ottla-package-'));
const ottla = join(folder, 'node_modules', '.bin', 'ottla');
let bootstrap: string;
let stopNode = async (): Promise<void> => {};

/** `ottla dev --ephemeral`, as README says, but on free ports. */
const startNode = async (ports: readonly number[]): Promise<void> => {
  const [client, kafka, peer, admin] = ports;
  const doors = { CLIENT: client, KAFKA: kafka, PEER: peer, ADMIN: admin };
  const listeners = Object.entries(doors).map(([name, port]) => `${name}://127.0.0.1:${port}`);
  const keys = [`listeners=${listeners}`, `controller.quorum.voters=1@127.0.0.1:${peer}`];
  const words = ['dev', '--ephemeral', ...keys.flatMap((key) => ['-X', key])];
  const node = spawn(ottla, words, { cwd: folder, stdio: ['ignore', 'pipe', 'inherit'] });
  const gone = once(node, 'exit');
  stopNode = async () => {
    node.kill('SIGTERM');
    await gone;
  };
  const first = await Promise.race([once(node.stdout, 'data'), gone]);
  expect(String(first[0])).toMatch(/^Ottla is ready/);
};

const samples = () => ({
  'program.ts': sampleOf('ts', 'In a program').replace('127.0.0.1:7091', bootstrap),
  'in-test.ts': sampleOf('ts', 'In a test'),
});

beforeAll(async () => {
  const ports = await freePorts(4);
  bootstrap = `127.0.0.1:${ports[0]}`;
  await installPacked(folder);
  await Promise.all([startNode(ports), compile(folder, samples())]);
}, 120_000);

afterAll(async () => {
  await stopNode();
  rmSync(folder, { recursive: true, force: true });
});

describe('the package, installed elsewhere without scripts,', () => {
  it('runs the first lines of README', async () => {
    const [, ...lines] = sampleOf('sh', '').split('\n');
    const env = { ...process.env, OTTLA_BOOTSTRAP: bootstrap };

    const { stdout, stderr } = await runFile('bash', ['-ec', lines.join('\n')], {
      cwd: folder,
      env,
    });

    expect(stderr).toBe('topic greetings was not there: made with 1 partition(s)\n');
    expect(stdout).toBe('hello\n');
  });

  it('compiles and runs the program of README, which reads what it sent', async () => {
    const program = spawn(process.execPath, ['program.js'], {
      cwd: folder,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const gone = once(program, 'exit');
    // It reads on for ever; also where no line comes, and the time of this test is over.
    onTestFinished(async () => {
      program.kill('SIGKILL');
      await gone;
    });
    const lines = createInterface({ input: program.stdout });

    const [line] = await Promise.race([once(lines, 'line'), gone]);

    expect(line).toMatch(/^[0-5] 0 {"sum":12}$/);
  });

  it('compiles and runs the test of README, which ends by itself', async () => {
    const { stdout, stderr } = await runFile(process.execPath, ['in-test.js'], { cwd: folder });

    expect(stdout + stderr).toBe('');
  });
});
