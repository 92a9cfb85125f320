import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { REPOSITORY } from '../../../deploy/local/layout.ts';
import { freePorts } from '../../../src/platform/free-ports.ts';
import { Workshop } from '../cli/processes.ts';
import { EXAMPLES } from './examples.ts';

/** Of one example; less than what a test is given, so that its output is shown. */
const EXAMPLE_TIMEOUT_MS = 90_000;
const workshop = new Workshop();
const FOLDER = join(REPOSITORY, 'examples');
const env: NodeJS.ProcessEnv = { ...process.env };

/** `ottla dev --ephemeral`, as the examples say, but on free ports. */
beforeAll(async () => {
  const { client, peer, admin, kafka } = await workshop.node(1);
  const doors = `CLIENT://${client},PEER://${peer},ADMIN://${admin},KAFKA://${kafka}`;
  const { child, ended } = workshop.run([
    ...['dev', '--ephemeral', '-X', `controller.quorum.voters=1@${peer}`],
    ...['-X', `listeners=${doors}`],
  ]);
  await Promise.race([once(child.stdout ?? child, 'data'), ended]);
  Object.assign(env, { OTTLA_BOOTSTRAP: client, KAFKA_BOOTSTRAP: kafka, MINUTE_MS: '100' });
});

afterAll(() => workshop.close());

interface Ran {
  /** `exit 1`, or by which signal it was ended. */
  readonly end: string;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program to its end, or for as long as an example may take. */
const run = async (file: string, changes: NodeJS.ProcessEnv = {}): Promise<Ran> => {
  const child = spawn(process.execPath, ['--import', 'tsx', join(FOLDER, file)], {
    cwd: REPOSITORY,
    env: { ...env, ...changes },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: EXAMPLE_TIMEOUT_MS,
    killSignal: 'SIGKILL',
  });
  const texts = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (part: string) => {
      texts[name] += part;
    });
  }
  const [code, signal] = (await once(child, 'close')) as [number | null, string | null];
  return { end: signal ?? `exit ${code}`, ...texts };
};

describe('examples', () => {
  it('are all run here', () => {
    const files = readdirSync(FOLDER).filter((file) => file.endsWith('.ts'));

    expect(files.sort()).toEqual(EXAMPLES.map(({ file }) => file).sort());
  });

  it.each(EXAMPLES)('$file does what it says, and ends', async ({ file, says }) => {
    const ran = await run(file);

    const whole = `${file} ended with ${ran.end}, and said:\n${ran.stdout}${ran.stderr}`;
    expect([ran.end, ran.stderr], whole).toEqual(['exit 0', '']);
    for (const line of says) expect(ran.stdout, whole).toMatch(line);
  });

  it.each(EXAMPLES)('$file looks for its cluster first', ({ file }) => {
    const text = readFileSync(join(FOLDER, file), 'utf8');

    expect(text).toContain("import './support/needs-cluster.ts';");
  });

  it('end with one line where there is none', async () => {
    const nowhere = `127.0.0.1:${(await freePorts(1))[0]}`;

    const ran = await run('account.ts', { OTTLA_BOOTSTRAP: nowhere });

    expect(ran).toEqual({
      end: 'exit 1',
      stdout: '',
      stderr:
        `no cluster answers at ${nowhere}; start one with: ` +
        'npx ottla dev --ephemeral (or name another in OTTLA_BOOTSTRAP)\n',
    });
  });
});
