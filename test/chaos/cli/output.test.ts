import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { expect, it } from 'vitest';
import { OTTLA } from './processes.ts';

/** How `ottla --help` ends with this output, and what it says on standard error. */
const helpInto = async (stdout: number | 'pipe'): Promise<{ status: number; stderr: string }> => {
  const child = spawn(process.execPath, [OTTLA, '--help'], { stdio: ['ignore', stdout, 'pipe'] });
  child.stdout?.destroy();
  let stderr = '';
  child.stderr?.on('data', (part) => {
    stderr += String(part);
  });
  const [status] = await once(child, 'close');
  return { status, stderr };
};

it('ends without a word when the reader of its output has gone', async () => {
  const result = await helpInto('pipe');

  expect(result).toEqual({ status: 0, stderr: '' });
});

it('ends with 1 and one line when its output takes no more', async () => {
  const full = openSync('/dev/full', 'w');

  const result = await helpInto(full).finally(() => closeSync(full));

  const line = 'ottla: writing to standard output: the disk is full; free space on it';
  expect(result).toMatchObject({ status: 1, stderr: expect.stringContaining(line) });
  expect(result.stderr.trimEnd().split('\n')).toHaveLength(1);
});
