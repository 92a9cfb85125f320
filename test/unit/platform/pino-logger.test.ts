import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const modulePath = fileURLToPath(new URL('../../../src/platform/pino-logger.ts', import.meta.url));

/** Runs a script that logs, in a process of its own; its two outputs. */
const run = (options: string, script: string): { stdout: string; stderr: string } => {
  const code = `import { pinoLogger } from ${JSON.stringify(modulePath)};
    const logger = await pinoLogger(${options}); ${script}; process.kill(process.pid, 'SIGKILL');`;
  const result = spawnSync(process.execPath, ['--import', 'tsx', '--input-type=module'], {
    input: code,
    encoding: 'utf8',
  });
  return { stdout: result.stdout, stderr: result.stderr };
};

describe('the pino logger', () => {
  it('has written its JSON lines when the process is killed right after', () => {
    const { stdout } = run(
      `{ fields: { node: 1 } }`,
      `logger.child({ topic: 't' }).warn('segment rolled', { baseOffset: 7 })`,
    );

    expect(JSON.parse(stdout)).toMatchObject({
      level: 40,
      node: 1,
      topic: 't',
      baseOffset: 7,
      msg: 'segment rolled',
    });
  });

  it('drops lines below its level', () => {
    const { stdout } = run(`{ level: 'warn' }`, `logger.info('quiet'); logger.error('loud')`);

    expect(stdout).not.toContain('quiet');
    expect(stdout).toContain('loud');
  });

  it('writes text for people to standard error where told', () => {
    const { stdout, stderr } = run(
      `{ destination: 'stderr', pretty: true }`,
      `logger.info('node started', { node: 1 })`,
    );

    expect(stdout).toBe('');
    expect(stderr).toContain('node started');
    expect(stderr).not.toContain('{"');
  });
});
