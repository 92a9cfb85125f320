import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { REPOSITORY } from '../../../deploy/local/layout.ts';
import { Workshop } from '../cli/processes.ts';
import { EXAMPLES } from './examples.ts';

const runFile = promisify(execFile);
const workshop = new Workshop();
const FOLDER = join(REPOSITORY, 'examples');
const TSX = join(REPOSITORY, 'node_modules', '.bin', 'tsx');
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

describe('examples', () => {
  it('are all run here', () => {
    const files = readdirSync(FOLDER).filter((file) => file.endsWith('.ts'));

    expect(files.sort()).toEqual(EXAMPLES.map(({ file }) => file).sort());
  });

  it.each(EXAMPLES)('$file does what it says, and ends', async ({ file, says }) => {
    const { stdout, stderr } = await runFile(TSX, [join(FOLDER, file)], { cwd: REPOSITORY, env });

    expect(stderr).toBe('');
    for (const line of says) expect(stdout).toMatch(line);
  });
});
