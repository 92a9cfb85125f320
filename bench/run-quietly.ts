import { spawn } from 'node:child_process';
import { once } from 'node:events';

/** Runs a program whose output nobody wants; throws with what it complained of when it failed. */
export const runQuietly = async ([program = '', ...words]: readonly string[]): Promise<void> => {
  const child = spawn(program, words, { stdio: ['ignore', 'ignore', 'pipe'] });
  let complaint = '';
  child.stderr.on('data', (chunk) => {
    complaint = `${complaint}${chunk}`.slice(-2000);
  });
  const [status] = await once(child, 'close');
  if (status !== 0) throw new Error(`${program} ended with ${status}: ${complaint.trim()}`);
};
